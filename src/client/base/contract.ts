import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { SendsOf } from '../../core/declare/definition.ts';
import type { Wire } from '../../core/declare/wire.ts';
import type { QueryInput } from './query.ts';

/** What a client asks an endpoint with: what its `params` schema takes. */
export type QueryOf<Endpoint> = 0 extends 1 & Endpoint
  ? QueryInput
  : Endpoint extends { params: StandardSchemaV1<infer Params, any> | undefined }
    ? Declared<Params>
    : QueryInput;

/** What a client may send to an endpoint: what its `receives` schema takes; anything, where it has none. */
export type SentOf<Endpoint> = 0 extends 1 & Endpoint
  ? any
  : Endpoint extends { receives: StandardSchemaV1<infer Message, any> | undefined }
    ? unknown extends Message
      ? any
      : Message
    : any;

/** What a client receives from an endpoint: what JSON leaves of what it `sends`. */
export type ReceivedOf<Endpoint> = Wire<SendsOf<Endpoint>>;

/** Parameters of any name are as good as none that are declared. */
type Declared<Params> = unknown extends Params
  ? QueryInput
  : string extends keyof Params
    ? QueryInput
    : Params;
