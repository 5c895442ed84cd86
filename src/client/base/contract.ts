import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { SendsOf } from '../../core/declare/definition.ts';
import type { Wire } from '../../core/declare/wire.ts';
import type { QueryInput } from './query.ts';

/** The query with which a client connects to an endpoint: the input of its `params` schema. */
export type QueryOf<Endpoint> = 0 extends 1 & Endpoint
  ? QueryInput
  : Endpoint extends { params: StandardSchemaV1<infer Params, any> | undefined }
    ? Declared<Params>
    : QueryInput;

/** A message that a client may send to an endpoint: the input of its `receives` schema, or `any` without a schema. */
export type SentOf<Endpoint> = 0 extends 1 & Endpoint
  ? any
  : Endpoint extends { receives: StandardSchemaV1<infer Message, any> | undefined }
    ? unknown extends Message
      ? any
      : Message
    : any;

/** A message that a client receives from an endpoint: its `sends` type, as JSON transmits it. */
export type ReceivedOf<Endpoint> = Wire<SendsOf<Endpoint>>;

/** Parameters with arbitrary names count as not declared. */
type Declared<Params> = unknown extends Params
  ? QueryInput
  : string extends keyof Params
    ? QueryInput
    : Params;
