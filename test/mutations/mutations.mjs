import {
  always,
  argument,
  becomes,
  calls,
  condition,
  drop,
  never,
  operator,
  returns,
  statement,
  unawaited,
  without,
} from './operators.mjs';

/**
 * One way to break the core. All of them break what a connection can show; those that only one transport shows say so.
 * A file below `src/node` is broken as well, and the fuzz test has to notice it.
 *
 * @typedef {object} Mutation
 * @property {string} name A fact about what is broken.
 * @property {string} file The name of the file, without its folder; of a file of the transport, its path below `src`.
 * @property {string} inside The function, by as much of its path as is unique in the file.
 * @property {import('./operators.mjs').Operator} change
 */

/** @returns {Mutation} */
const broken = (name, file, inside, change) => ({ name, file, inside, change });

export const mutations = [
  // The order of handlers.
  broken(
    'a message does not wait for on_open',
    'dispatcher.ts',
    'can_start',
    without('is_opening'),
  ),
  broken(
    'a message that arrives during on_open is lost',
    'dispatcher.ts',
    'message',
    becomes('takes_messages', '$ && !this.#is_opening'),
  ),
  broken(
    'a message does not wait for the one before it',
    'dispatcher.ts',
    'message',
    condition('can_start', '!this.#is_opening'),
  ),
  broken(
    'a handler that is asynchronous counts as settled at once',
    'dispatcher.ts',
    'start',
    statement('settle', 'this.#running--'),
  ),
  broken(
    'messages that wait are handled last to first',
    'inbox.ts',
    'push',
    statement(
      'messages.push',
      'const first = this.#messages.shift(); $; if (first) this.#messages.push(first)',
    ),
  ),
  broken(
    'of two messages that wait, the second is lost',
    'inbox.ts',
    'push',
    statement('messages.push', 'if (this.#messages.length !== 1) $'),
  ),
  broken(
    'max_concurrent_messages is always 1',
    'dispatcher.ts',
    'can_start',
    becomes('max_concurrent_messages', '1'),
  ),
  broken(
    'one message more than max_concurrent_messages is handled at once',
    'dispatcher.ts',
    'can_start',
    operator('max_concurrent_messages', '<='),
  ),
  broken(
    'a handler that was synchronous counts as running for ever',
    'dispatcher.ts',
    'start',
    drop('running--'),
  ),
  broken(
    'nothing is handled after a handler that was asynchronous',
    'dispatcher.ts',
    'settle',
    drop('next'),
  ),
  broken(
    'a thenable that is no Promise is not awaited',
    'thenable.ts',
    'is_thenable',
    returns('$ && value instanceof Promise'),
  ),

  // Backpressure of what is read.
  broken('reading is never paused', 'dispatcher.ts', 'wait', drop('pause_reading')),
  broken('reading is never resumed', 'dispatcher.ts', 'next', drop('resume')),
  broken(
    'reading goes on however many bytes wait',
    'inbox.ts',
    'is_full',
    without('max_message_size_in_bytes'),
  ),
  broken(
    'messages that were handled count as waiting for ever',
    'inbox.ts',
    'shift',
    drop('bytes'),
  ),

  // Closing.
  broken(
    'on_close is called twice',
    'dispatcher.ts',
    'call_on_close',
    becomes('on_close()', '[1, 2].map(() => $)[1]'),
  ),
  broken(
    'on_close is called again at the end of the grace',
    'dispatcher.ts',
    'force_end',
    always('called'),
  ),
  broken(
    'on_close is never called',
    'dispatcher.ts',
    'call_on_close',
    becomes('on_close()', 'undefined'),
  ),
  broken(
    'on_close is never called where a handler hangs',
    'dispatcher.ts',
    'force_end',
    statement('call_on_close', 'this.#connection.on_close_settled()'),
  ),
  broken(
    'on_close does not wait for the handlers before it',
    'dispatcher.ts',
    'end',
    statement('next', 'this.#call_on_close()'),
  ),
  broken(
    'on_close is always told 1006',
    'dispatcher.ts',
    'call_on_close',
    argument('on_close', 0, '1006'),
  ),
  broken(
    'on_close is told no reason',
    'dispatcher.ts',
    'call_on_close',
    argument('on_close', 1, "''"),
  ),
  broken(
    'whoever decides last decides why a connection closes',
    'live_connection.ts',
    'decide',
    operator('decided', '='),
  ),
  broken(
    'what waits is handled after a connection has decided to close',
    'dispatcher.ts',
    'drop',
    drop('waiting.drop'),
  ),
  broken(
    'what arrives after a connection has decided to close is handled',
    'dispatcher.ts',
    'drop',
    drop('takes_messages'),
  ),
  broken(
    'a connection that closes while its reading is paused stays deaf',
    'dispatcher.ts',
    'drop',
    drop('resume'),
  ),
  broken(
    'what waits when a client resets is handled',
    'live_connection.ts',
    'socket_closed',
    drop('dispatcher.drop'),
  ),
  broken(
    'what waits when a client closes is dropped',
    'live_connection.ts',
    'socket_closed',
    always('abnormal'),
  ),
  broken(
    'terminate drops nothing of what waits',
    'ending.ts',
    'ENDINGS.terminated',
    becomes('drops', "'keeps'"),
  ),
  broken(
    'terminate writes what was pending',
    'live_connection.ts',
    'end',
    statement('pending', 'this.flush()'),
  ),
  broken('terminate leaves the socket open', 'live_connection.ts', 'end', drop('socket.terminate')),
  broken(
    'terminate counts as a close with 1000',
    'ending.ts',
    'ENDINGS.terminated',
    becomes('abnormal', 'normal'),
  ),
  broken(
    'close drops what was sent before it in the same turn',
    'live_connection.ts',
    'send_close',
    drop('flush'),
  ),
  broken(
    'close says 1001 where it is given no code',
    'live_connection.ts',
    'close',
    becomes('normal', 'CLOSE_CODES.going_away'),
  ),
  broken(
    'a handler that closes after the client did drops what the client had sent',
    'live_connection.ts',
    'close',
    always('is_open'),
  ),
  broken(
    'a client that does not answer a close is never cut',
    'ending.ts',
    'ENDINGS.closed_by_server',
    becomes('timer', "'no timer'"),
  ),
  broken(
    'what waits when a client breaks the protocol is handled',
    'ending.ts',
    'ENDINGS.protocol_broken',
    becomes('drops', "'keeps'"),
  ),
  broken(
    'a client that breaks the protocol counts as one that vanished',
    'live_connection.ts',
    'protocol_failed',
    argument('end', 1, 'CLOSE_CODES.abnormal'),
  ),
  broken(
    'a reason is not cut to what a frame carries',
    'live_connection.ts',
    'send_close',
    calls('fit_reason', 'String'),
  ),
  broken(
    'a reason is cut two bytes too late',
    'close_codes.ts',
    'fit_reason',
    condition('bytes', 'bytes > MAX_REASON_IN_BYTES + 2'),
  ),
  broken(
    'a pair of surrogates counts three bytes of a reason',
    'close_codes.ts',
    'utf8_size',
    always('0x10000'),
  ),
  broken(
    'a short reason keeps half a character',
    'close_codes.ts',
    'fit_reason',
    returns('reason', 'toWellFormed'),
  ),
  broken(
    'close takes any code and reason',
    'live_connection.ts',
    'close',
    drop('check_close_arguments'),
  ),
  broken(
    'close takes the codes that no frame may carry',
    'close_codes.ts',
    'is_sendable_close_code',
    without('1004'),
  ),
  broken('close takes 5000', 'close_codes.ts', 'is_sendable_close_code', becomes('4999', '5000')),
  broken(
    'close refuses the codes of libraries and frameworks',
    'close_codes.ts',
    'is_sendable_close_code',
    becomes('FIRST_APPLICATION_CODE', '4000'),
  ),
  broken(
    'close takes a reason that is no string',
    'close_codes.ts',
    'check_close_arguments',
    condition('string', 'reason === undefined'),
  ),

  // What a connection that is not open does.
  broken('is_open is true for ever', 'live_connection.ts', 'is_open', returns('true')),
  broken(
    'send says true where the connection is closed',
    'live_connection.ts',
    'deliver',
    returns('true', 'is_open'),
  ),
  broken(
    'send says false where the message was taken',
    'live_connection.ts',
    'deliver',
    becomes('true', 'false'),
  ),
  broken('one may subscribe after the close', 'live_connection.ts', 'subscribe', never('is_open')),
  broken(
    'connections that are closing are listed',
    'endpoint_handle.ts',
    'connections',
    becomes('is_open', 'true'),
  ),
  broken(
    'a connection that is over is never forgotten',
    'publisher.ts',
    'remove',
    calls('connections.delete', 'has'),
  ),

  // Failures.
  broken(
    'what on_message throws is not contained',
    'dispatcher.ts',
    'start',
    statement('outcome', 'throw error', 'error'),
  ),
  broken(
    'what on_open and on_close throw is not contained',
    'dispatcher.ts',
    'call',
    statement('outcome', 'throw error', 'error'),
  ),
  broken(
    'what a handler rejects with is not contained',
    'dispatcher.ts',
    'watch',
    becomes('contain()', 'Promise.reject(error)'),
  ),
  broken(
    'what on_error throws is not contained',
    'failure.ts',
    'contain_failure',
    statement('give_up', 'throw thrown', 'thrown'),
  ),
  broken(
    'what on_error rejects with is not contained',
    'failure.ts',
    'contain_failure',
    argument('then', 1, 'undefined'),
  ),
  broken('on_error is never asked', 'failure.ts', 'contain_failure', always('on_error')),
  broken(
    'an asynchronous on_error is not awaited',
    'failure.ts',
    'contain_failure',
    returns('void $', 'then'),
  ),
  broken(
    'a failure without on_error closes nothing',
    'failure.ts',
    'give_up',
    drop('close_after_failure', 'internal_error'),
  ),
  broken('a failure without on_error is not logged', 'failure.ts', 'give_up', drop('logger.error')),

  // Who is let in.
  broken(
    'a query may have any number of parameters',
    'gate.ts',
    'decide_upgrade',
    without('why_too_many_params'),
  ),
  broken(
    'a query may have one parameter less than it may',
    'gate.ts',
    'why_too_many_params',
    operator('MAX_PARAMS', '<'),
  ),

  // What is no message.
  broken('an invalid message closes with 1011', 'failure.ts', 'give_up', never('invalid_message')),
  broken(
    'an invalid message closes without a reason',
    'failure.ts',
    'give_up',
    argument('close_after_failure', 1, "''", 'invalid_payload'),
  ),
  broken('bytes that are not UTF-8 are taken', 'frame.ts', 'decode_message', never('is_binary')),
  broken(
    'bytes that begin with a byte order mark are taken',
    'frame.ts',
    'decode_message',
    becomes('data.toString()', "$.replace(/^\\ufeff/, '')"),
  ),
  broken(
    'a character that stands for what is not UTF-8 is taken for what is not',
    'frame.ts',
    'is_same_text',
    without('equals'),
  ),
  broken(
    'after an invalid message, valid ones are taken for invalid',
    'frame.ts',
    'decode_message',
    always('fault_at'),
  ),
  broken(
    'names that a client chose stand in an error as they are',
    'schema.ts',
    'describe_issues',
    calls('printable', 'String'),
  ),
  broken(
    'the error of an invalid message has a stack trace',
    'without_stack_trace.ts',
    'without_stack_trace',
    drop('stackTraceLimit', '0'),
  ),
  broken(
    'after the error of an invalid message, no error has a stack trace',
    'without_stack_trace.ts',
    'without_stack_trace',
    drop('stackTraceLimit', 'limit'),
  ),
  broken('receives is not asked', 'dispatcher.ts', 'start', never('receives')),
  broken(
    'what receives makes of a message is ignored',
    'dispatcher.ts',
    'receive',
    argument('hand_over', 0, '$.is_valid ? { is_valid: true, value: message } : $', 'validated'),
  ),
  broken(
    'what receives does not accept reaches on_message',
    'dispatcher.ts',
    'hand_over',
    always('is_valid'),
  ),
  broken(
    'a message that is decided after the close reaches on_message',
    'dispatcher.ts',
    'receive',
    always('takes_messages'),
  ),
  broken(
    'the next message does not wait while receives decides',
    'dispatcher.ts',
    'receive',
    returns('void $', 'then'),
  ),
  broken('issues do not say where they are', 'schema.ts', 'read_issue', becomes('path', '[]')),
  broken(
    'a schema that rejects is a handler that failed',
    'schema.ts',
    'validate',
    becomes('schema_failed()', 'cause', 'rejected'),
  ),
  broken(
    'what is no result of a schema accepts the message',
    'schema.ts',
    'read_standard_result',
    without('value'),
  ),

  // What is sent.
  broken(
    'the second message of a turn is dropped',
    'outbox.ts',
    'add',
    drop('pending', 'pending.with'),
  ),
  broken(
    'a connection is given what another was given in its place',
    'outbox.ts',
    'with',
    always('child.frame'),
  ),
  broken(
    'only the first connection that sends in a turn is written to',
    'outbox.ts',
    'flush',
    statement('flush', '$; break'),
  ),
  broken(
    'what was written is written again with what comes next',
    'live_connection.ts',
    'flush',
    drop('pending'),
  ),
  broken(
    'what is past 64 KiB within a turn is lost',
    'outbox.ts',
    'add',
    statement('flush', 'member.pending = undefined'),
  ),
  // The other transport takes frames one by one.
  broken(
    'frames are joined last to first (a real server only)',
    'outbox.ts',
    'join',
    argument('joined.set', 1, 'this.bytes - $ - node.frame.chunk.length'),
  ),
  // A real server takes frames one by one only where they are compressed.
  broken(
    'frames are listed last to first (a test endpoint only)',
    'outbox.ts',
    'frames',
    calls('reverse', 'slice'),
  ),
  // Without a network, nobody reads the header of a frame.
  broken(
    'a payload of 126 bytes is given a short header (a real server only)',
    'frame.ts',
    'write_header',
    operator('126', '<=', 'payload_bytes'),
  ),
  // As above.
  broken(
    'a payload of 64 KiB is given too little room for its header (a real server only)',
    'frame.ts',
    'header_size',
    operator('65_536', '<='),
  ),
  broken(
    'bytes go out as text',
    'frame.ts',
    'binary_frame',
    becomes('FINAL_BINARY_FRAME', 'FINAL_TEXT_FRAME'),
  ),
  broken(
    'a view of bytes goes out from the start of its buffer',
    'frame.ts',
    'encode_message',
    becomes('byteOffset', '0'),
  ),
  broken('an ArrayBuffer goes out as JSON', 'frame.ts', 'encode_message', without('ArrayBuffer')),
  broken('a string goes out as JSON', 'frame.ts', 'encode_message', never('string')),
  broken(
    'what JSON leaves out goes out as nothing',
    'frame.ts',
    'to_json',
    statement('unserializable', "return ''", 'describe_unserializable'),
  ),
  broken('a refused client is not logged', 'refusal_log.ts', 'note', never('logs_all')),
  broken(
    'a promise inside a message is sent as {}',
    'frame.ts',
    'to_json',
    without('looks_inside'),
  ),
  broken('what is sent is not checked against sends', 'encoder.ts', 'encode', drop('check')),
  broken(
    'strings stay as they are although sends is declared',
    'encoder.ts',
    'encode',
    calls('encode_json', 'encode_message'),
  ),
  broken('each send warns that sends is asynchronous', 'encoder.ts', 'check', drop('has_warned')),
  broken('drained never resolves', 'drain.ts', 'end', drop('resolve')),
  broken(
    'drained resolves however much waits',
    'drain.ts',
    'constructor',
    statement('when_drained', 'this.end()'),
  ),
  broken(
    'drained never resolves once the socket is gone',
    'live_connection.ts',
    'socket_closed',
    drop('drain.end'),
  ),
  broken(
    'buffered_bytes leaves out what this turn sent',
    'live_connection.ts',
    'buffered_bytes',
    without('pending'),
  ),

  // Who is reached.
  broken('a publish reaches its publisher', 'publisher.ts', 'deliver', always('except')),
  broken(
    'a fan-out ends at the first connection that is not open',
    'publisher.ts',
    'deliver',
    statement('deliver', 'if (!$) return'),
  ),
  broken(
    'a send to an id reaches everyone',
    'publisher.ts',
    'reached_by',
    returns('this.#connections', 'address'),
  ),
  broken(
    'a publish reaches everyone',
    'publisher.ts',
    'reached_by',
    returns('this.#connections', 'topic'),
  ),
  broken(
    'a publish is encoded again for each that it reaches',
    'publisher.ts',
    'encode',
    returns('[...this.#reached_by(audience), undefined].map(() => $)[0]'),
  ),
  broken(
    'a publish says that nodes were missed',
    'publisher.ts',
    'publish',
    becomes('true', 'false'),
  ),
  broken(
    'any topic is taken',
    'topics.ts',
    'check_topic',
    condition('MAX_TOPIC_LENGTH', 'topic !== undefined'),
  ),
  broken(
    'the second subscriber of a topic is forgotten',
    'topics.ts',
    'subscribe',
    drop('subscribers.add'),
  ),
  broken(
    'one that leaves a topic takes the others with it',
    'topics.ts',
    'unsubscribe',
    without('size'),
  ),
  broken(
    'whoever leaves a topic goes on hearing it',
    'publisher.ts',
    'unsubscribe',
    never('topics.unsubscribe'),
  ),
  broken('max_topics is one more', 'subscriptions.ts', 'add', operator('topics.size', '>')),
  broken(
    'a topic that is subscribed to twice counts as two',
    'subscriptions.ts',
    'add',
    never('has'),
  ),
  broken(
    'a topic that was left stays in topics',
    'subscriptions.ts',
    'remove',
    calls('delete', 'has'),
  ),
  broken(
    'a send to an id that is undefined reaches everyone',
    'endpoint_handle.ts',
    'send',
    condition('ids', 'ids[0] === undefined'),
  ),
  broken(
    'close_all closes nobody but the first',
    'endpoint_handle.ts',
    'close_all',
    statement('client.close', '$; break'),
  ),
  broken('the id of a connection changes', 'connected_client.ts', 'id', operator('id', '=')),

  // Who is let in.
  broken(
    'of an id that occurs twice, the first counts',
    'gate.ts',
    'address_of',
    returns('[id].flat()[0] as string', 'MAX_ADDRESS_LENGTH'),
  ),
  broken(
    'of a parameter that repeats, only the last is kept',
    'gate.ts',
    'parse_query',
    argument('set_own', 2, 'value'),
  ),
  broken(
    'a parameter called __proto__ sets the prototype',
    'gate.ts',
    'set_own',
    always('__proto__'),
  ),
  broken(
    'a parameter with an inherited name is an array with what is inherited',
    'gate.ts',
    'parse_query',
    always('hasOwn'),
  ),
  broken('what params makes of the query is ignored', 'admission.ts', 'ask', drop('params')),
  broken(
    'a query that params does not accept is accepted',
    'admission.ts',
    'ask',
    never('is_valid'),
  ),
  broken('what on_upgrade returns is lost', 'admission.ts', 'ask', becomes('context', 'undefined')),
  broken(
    'an asynchronous on_upgrade is not awaited',
    'admission.ts',
    'ask',
    unawaited('on_upgrade'),
  ),
  broken(
    'a refusal of on_upgrade lets the client in',
    'admission.ts',
    'admit',
    argument('catch', 0, "() => ({ action: 'accept', params: undefined, context: undefined })"),
  ),
  broken(
    'a refusal of on_upgrade loses its status',
    'refusal.ts',
    'upgrade_refused',
    returns('{ ...$, status: 500 }'),
  ),
  broken('an on_upgrade that fails is not logged', 'admission.ts', 'explain', drop('logger.error')),
  broken(
    'an on_upgrade that hangs keeps the client waiting for ever',
    'admission.ts',
    'admit',
    drop('resolve', 'UPGRADE_TIMED_OUT'),
  ),

  // What clients may cost.
  broken(
    'nobody is a slow consumer',
    'live_connection.ts',
    'is_slow_consumer',
    returns('false', 'behind_oldest'),
  ),
  broken(
    'the oldest message counts as waiting',
    'live_connection.ts',
    'is_slow_consumer',
    returns('true', 'behind_oldest'),
  ),
  broken(
    'who has just as much waiting as it may is a slow consumer',
    'live_connection.ts',
    'is_slow_consumer',
    operator('behind_oldest', '>='),
  ),
  broken(
    'a max_buffered_in_bytes of 0 is one',
    'live_connection.ts',
    'is_slow_consumer',
    without('0'),
  ),
  broken(
    'a slow consumer closes with 1008',
    'live_connection.ts',
    'deliver',
    argument('end', 1, 'CLOSE_CODES.policy_violation', 'slow_consumer'),
  ),
  broken(
    'send says that a slow consumer was sent the message',
    'live_connection.ts',
    'deliver',
    returns('true', 'is_slow_consumer'),
  ),
  broken(
    'messages that wait for their rate are lost',
    'dispatcher.ts',
    'message',
    statement('wait', 'if (!this.#rate?.is_waiting) $'),
  ),
  broken('a rate lets everything through', 'rate_limit.ts', 'take', always('tokens')),
  broken('what waited for its rate is never handled', 'rate_limit.ts', 'take', drop('on_due')),
  broken('any number of clients is let in', 'seats.ts', 'why_full', never('endpoint.seats')),
  broken(
    'one client more than max_connections is let in',
    'seats.ts',
    'is_full',
    operator('taken', '>'),
  ),
  broken('a seat is never free again', 'endpoint.ts', 'forget', drop('leave')),
  broken('a seat is given back twice', 'endpoint.ts', 'forget', condition('remove', '$ && false')),
  broken('who is refused keeps its seat', 'mount.ts', 'leave_seat', drop('leave')),

  // Who is gone.
  broken(
    'nobody is watched',
    'endpoint.ts',
    'create_heartbeat',
    operator('heartbeat_interval_in_seconds', '!=='),
  ),
  broken('who is silent is never cut', 'heartbeat.ts', 'expire', drop('member.end')),
  broken('who is silent is cut although it was not asked', 'heartbeat.ts', 'ask', drop('ping')),
  broken(
    'who answers is cut all the same',
    'heartbeat.ts',
    'has_stirred',
    without('total_bytes_received'),
  ),
  broken('who is not read is cut for its silence', 'heartbeat.ts', 'expire', without('is_paused')),
  broken('one that goes takes the heartbeat with it', 'heartbeat.ts', 'forget', always('size')),

  // Shutdown.
  broken(
    'a drain closes everybody at once',
    'even_closing.ts',
    'finish_within',
    becomes('seconds', '0'),
  ),
  broken(
    'a drain closes nobody before its end',
    'even_closing.ts',
    'step',
    drop('due', 'TICK_IN_MILLISECONDS'),
  ),
  broken(
    'a drain does not hurry when it is called again',
    'even_closing.ts',
    'finish_within',
    condition('ends_at', 'this.#ends_at !== Number.POSITIVE_INFINITY'),
  ),
  broken(
    'a drain forgets the last one',
    'even_closing.ts',
    'constructor',
    becomes('connections', '[...$].slice(0, -1)'),
  ),
  broken(
    'clients are let in during a shutdown',
    'shutdown.ts',
    'create_mount_close',
    drop('is_closing'),
  ),
  broken(
    'a shutdown drops what clients had sent',
    'ending.ts',
    'ENDINGS.server_restarting',
    becomes('keeps', "'drops'"),
  ),
  broken(
    'a shutdown closes with 1001',
    'ending.ts',
    'ENDINGS.server_restarting',
    becomes('service_restart', 'CLOSE_CODES.going_away'),
  ),
  broken(
    'a shutdown cuts at once',
    'shutdown.ts',
    'create_mount_close',
    statement('closed', '$; cut()'),
  ),
  broken(
    'the grace of a shutdown never ends',
    'shutdown.ts',
    'create_mount_close',
    argument('after', 0, '$ * 100'),
  ),
  broken(
    'a client that does not answer outlives the grace of a shutdown',
    'ending.ts',
    'ENDINGS.grace_over',
    becomes('terminate', "'none'"),
  ),
  broken(
    'a shutdown does not wait for on_close',
    'live_connection.ts',
    'forget_when_over',
    without('has_on_close_settled'),
  ),
  broken('a shutdown waits for nobody', 'endpoint.ts', 'emptied', always('size')),

  // Nodes that share a broker.
  broken(
    'a node takes its own envelopes for those of another',
    'bus.ts',
    'receive',
    always('is_same'),
  ),
  broken(
    'a publish says that other nodes are reached where the broker is away',
    'bus.ts',
    'publish',
    returns('true'),
  ),
  broken(
    'the log does not say that the broker is away',
    'bus.ts',
    'go_away',
    operator('away_since', '===', 'undefined'),
  ),
  broken(
    'a frame of another node whose length takes too many bytes reaches clients',
    'frame.ts',
    'read_payload_size',
    returns('size', '4'),
  ),
  broken(
    'text of another node that is no UTF-8 reaches clients',
    'frame.ts',
    'decode_envelope',
    never('is_binary'),
  ),
  broken(
    'the log tells of each malformed message of other nodes',
    'bus.ts',
    'warn_of_stranger',
    never('has_warned_of_stranger'),
  ),
];
