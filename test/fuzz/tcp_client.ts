import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { upgrade_request } from '../support/raw.ts';
import { chunks_of, type FuzzCase } from './case.ts';
import type { Judged } from './judge.ts';
import type { Outcome } from './outcome.ts';
import { happens, NEVER_CLOSED, turns } from './play.ts';
import type { Subject } from './subject.ts';

/** Plays cases against the package over real sockets, on the loopback interface. */
export class TcpClient implements Judged {
  readonly #subject: Subject;

  constructor(subject: Subject) {
    this.#subject = subject;
  }

  async play(fuzz_case: FuzzCase, expected: Outcome): Promise<Outcome> {
    const { url, witness, forget } = this.#subject.expect(fuzz_case);
    const { port } = this.#subject.server.address() as AddressInfo;
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    const written: Buffer[] = [];
    socket.on('data', (chunk) => written.push(chunk));
    // The server may cut the connection.
    socket.on('error', () => {});
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    await once(socket, 'connect');

    const request = Buffer.from(upgrade_request(url, headers_of(fuzz_case)));
    const chunks = chunks_of(fuzz_case);
    const head = (fuzz_case.has_head ? chunks.shift() : undefined) ?? Buffer.alloc(0);
    for (const chunk of [Buffer.concat([request, head]), ...chunks]) {
      socket.write(chunk);
      if (fuzz_case.waits) await turns(1);
    }
    socket.end();
    if (!(await happens(closed))) {
      socket.destroy();
      witness.close(0, NEVER_CLOSED);
    }
    const is_accepted = expected.response.startsWith('HTTP/1.1 101');
    if (is_accepted && !(await happens(witness.closed))) witness.close(0, NEVER_CLOSED);
    forget();
    // Which side a client sees end first depends on the kernel.
    return witness.outcome(Buffer.concat(written), expected);
  }
}

function headers_of({ offer }: FuzzCase): { headers: Record<string, string> } {
  return { headers: offer === undefined ? {} : { 'Sec-WebSocket-Extensions': offer } };
}
