/**
 * The core, broken on purpose: what each does to it, and how. Every `find` stands exactly once in
 * its file (`test/mutations.test.ts` holds that). All of them break what a connection can show;
 * those that only one transport shows say so.
 *
 * @typedef {object} Mutation
 * @property {string} name A fact of what is broken.
 * @property {string} file Below `src/core`.
 * @property {string} find
 * @property {string} replace
 */

/** @type {Mutation[]} */
export const mutations = [
  // The order of handlers.
  {
    name: 'a message does not wait for on_open',
    file: 'receive/dispatcher.ts',
    find: '    return (\n      this.#running < this.#host.definition.options.max_concurrent_messages && !this.#is_opening\n    );',
    replace: 'return this.#running < this.#host.definition.options.max_concurrent_messages;',
  },
  {
    name: 'a message that arrives during on_open is lost',
    file: 'receive/dispatcher.ts',
    find: 'if (!this.#takes_messages) return;',
    replace: 'if (!this.#takes_messages || this.#is_opening) return;',
  },
  {
    name: 'a message does not wait for the one before it',
    file: 'receive/dispatcher.ts',
    find: 'if (this.#can_start() && !this.#waiting?.length && this.#is_due()) {',
    replace: 'if (!this.#is_opening) {',
  },
  {
    name: 'a handler that is asynchronous counts as settled at once',
    file: 'receive/dispatcher.ts',
    find: '      this.#settle(outcome, () => this.#report_handled(started_at, data.length));\n',
    replace: '      this.#running--;\n',
  },
  {
    name: 'messages that wait are handled last to first',
    file: 'receive/inbox.ts',
    find: 'this.#messages.shift()',
    replace: 'this.#messages.pop()',
  },
  {
    name: 'of two messages that wait, the second is lost',
    file: 'receive/inbox.ts',
    find: 'this.#messages.push(message);',
    replace: 'if (this.#messages.length !== 1) this.#messages.push(message);',
  },
  {
    name: 'max_concurrent_messages is always 1',
    file: 'receive/dispatcher.ts',
    find: 'this.#running < this.#host.definition.options.max_concurrent_messages',
    replace: 'this.#running < 1',
  },
  {
    name: 'one message more than max_concurrent_messages is handled at once',
    file: 'receive/dispatcher.ts',
    find: 'this.#running < this.#host.definition.options.max_concurrent_messages',
    replace: 'this.#running <= this.#host.definition.options.max_concurrent_messages',
  },
  {
    name: 'a handler that was synchronous counts as running for ever',
    file: 'receive/dispatcher.ts',
    find: '      this.#report_handled(started_at, data.length);\n      this.#running--;\n',
    replace: '      this.#report_handled(started_at, data.length);\n',
  },
  {
    name: 'nothing is handled after a handler that was asynchronous',
    file: 'receive/dispatcher.ts',
    find: '      after();\n      this.#running--;\n      this.#next();\n    });',
    replace: '      after();\n      this.#running--;\n    });',
  },
  {
    name: 'a thenable that is no Promise is not awaited',
    file: 'base/thenable.ts',
    find: "typeof (value as { then?: unknown }).then === 'function'",
    replace: "typeof (value as { then?: unknown }).then === 'function' && value instanceof Promise",
  },

  // Backpressure of what is read.
  {
    name: 'reading is never paused',
    file: 'receive/dispatcher.ts',
    find: '    this.#connection.pause_reading();\n',
    replace: '',
  },
  {
    name: 'reading is never resumed',
    file: 'receive/dispatcher.ts',
    find: '    if (this.#waiting?.is_half_empty && !this.#rate?.is_waiting) this.#resume();\n',
    replace: '',
  },
  {
    name: 'reading goes on however many bytes wait',
    file: 'receive/inbox.ts',
    find: ' || this.#bytes > max_message_size_in_bytes;',
    replace: ';',
  },
  {
    name: 'messages that were handled count as waiting for ever',
    file: 'receive/inbox.ts',
    find: '    this.#bytes -= message?.data.length ?? 0;\n',
    replace: '',
  },

  // Closing.
  {
    name: 'on_close is called twice',
    file: 'receive/dispatcher.ts',
    find: '() => this.#host.definition.on_close(code, reason, this.#connection),',
    replace:
      '() => [1, 2].map(() => this.#host.definition.on_close(code, reason, this.#connection))[1],',
  },
  {
    name: 'on_close is called again at the end of the grace',
    file: 'receive/dispatcher.ts',
    find: 'if (!this.#is_ended) this.#call_on_close(this.#ending);',
    replace: 'this.#call_on_close(this.#ending);',
  },
  {
    name: 'on_close is never called',
    file: 'receive/dispatcher.ts',
    find: '() => this.#host.definition.on_close(code, reason, this.#connection),',
    replace: '() => undefined,',
  },
  {
    name: 'on_close is never called where a handler hangs',
    file: 'receive/dispatcher.ts',
    find: '    if (!this.#is_ended) this.#call_on_close(this.#ending);\n',
    replace: '    this.#connection.finished();\n',
  },
  {
    name: 'on_close does not wait for the handlers before it',
    file: 'receive/dispatcher.ts',
    find: '    this.#ending = close;\n    this.#next();',
    replace: '    this.#ending = close;\n    this.#call_on_close(close);',
  },
  {
    name: 'on_close is always told 1006',
    file: 'receive/dispatcher.ts',
    find: '() => this.#host.definition.on_close(code, reason, this.#connection),',
    replace: '() => this.#host.definition.on_close(1006, reason, this.#connection),',
  },
  {
    name: 'on_close is told no reason',
    file: 'receive/dispatcher.ts',
    find: '() => this.#host.definition.on_close(code, reason, this.#connection),',
    replace: "() => this.#host.definition.on_close(code, '', this.#connection),",
  },
  {
    name: 'whoever decides last decides why a connection closes',
    file: 'connection/live_connection.ts',
    find: 'this.#decided ??= { code, reason };',
    replace: 'this.#decided = { code, reason };',
  },
  {
    name: 'what waits is handled after a connection has decided to close',
    file: 'receive/dispatcher.ts',
    find: '    this.#takes_messages = false;\n    this.#waiting?.drop();\n',
    replace: '    this.#takes_messages = false;\n',
  },
  {
    name: 'what arrives after a connection has decided to close is handled',
    file: 'receive/dispatcher.ts',
    find: '    this.#takes_messages = false;\n    this.#waiting?.drop();\n',
    replace: '    this.#waiting?.drop();\n',
  },
  {
    name: 'a connection that closes while its reading is paused stays deaf',
    file: 'receive/dispatcher.ts',
    find: '    this.#rate?.stop();\n    this.#resume();',
    replace: '    this.#rate?.stop();',
  },
  {
    name: 'what waits when a client resets is handled',
    file: 'connection/live_connection.ts',
    find: '    if (decided.code === CLOSE_CODES.abnormal) this.#dispatcher.drop();\n',
    replace: '',
  },
  {
    name: 'what waits when a client closes is dropped',
    file: 'connection/live_connection.ts',
    find: 'if (decided.code === CLOSE_CODES.abnormal) this.#dispatcher.drop();',
    replace: 'this.#dispatcher.drop();',
  },
  {
    name: 'terminate drops nothing of what waits',
    file: 'connection/live_connection.ts',
    find: '    this.#decide(CLOSE_CODES.abnormal);\n    this.#dispatcher.drop();',
    replace: '    this.#decide(CLOSE_CODES.abnormal);',
  },
  {
    name: 'terminate writes what was pending',
    file: 'connection/live_connection.ts',
    find: '    this.pending = undefined;\n    this.#socket.terminate();',
    replace: '    this.flush();\n    this.#socket.terminate();',
  },
  {
    name: 'terminate leaves the socket open',
    file: 'connection/live_connection.ts',
    find: '    this.pending = undefined;\n    this.#socket.terminate();',
    replace: '    this.pending = undefined;',
  },
  {
    name: 'terminate counts as a close with 1000',
    file: 'connection/live_connection.ts',
    find: '    this.#decide(CLOSE_CODES.abnormal);\n    this.#dispatcher.drop();',
    replace: '    this.#decide(CLOSE_CODES.normal);\n    this.#dispatcher.drop();',
  },
  {
    name: 'close drops what was sent before it in the same turn',
    file: 'connection/live_connection.ts',
    find: '    this.flush();\n    const decided',
    replace: '    const decided',
  },
  {
    name: 'close says 1001 where it is given no code',
    file: 'connection/live_connection.ts',
    find: 'code: number = CLOSE_CODES.normal,',
    replace: 'code: number = CLOSE_CODES.going_away,',
  },
  {
    name: 'a handler that closes after the client did drops what the client had sent',
    file: 'connection/live_connection.ts',
    find: 'if (this.is_open) this.fail(code, reason);',
    replace: 'this.fail(code, reason);',
  },
  {
    name: 'a client that does not answer a close is never cut',
    file: 'connection/live_connection.ts',
    find: '    this.#begin_close(code, reason);\n    this.#start_close_timer();',
    replace: '    this.#begin_close(code, reason);',
  },
  {
    name: 'what waits when a client breaks the protocol is handled',
    file: 'connection/live_connection.ts',
    find: '    this.#dispatcher.drop();\n    this.#decide(code, reason);',
    replace: '    this.#decide(code, reason);',
  },
  {
    name: 'a client that breaks the protocol counts as one that vanished',
    file: 'connection/live_connection.ts',
    find: '    this.#dispatcher.drop();\n    this.#decide(code, reason);',
    replace: '    this.#dispatcher.drop();',
  },
  {
    name: 'a reason is not cut to what a frame carries',
    file: 'connection/live_connection.ts',
    find: 'fit_reason(reason)',
    replace: 'reason',
  },
  {
    name: 'a reason is cut two bytes too late',
    file: 'base/close_codes.ts',
    find: 'const MAX_REASON_IN_BYTES = 123;',
    replace: 'const MAX_REASON_IN_BYTES = 125;',
  },
  {
    name: 'a pair of surrogates counts three bytes of a reason',
    file: 'base/close_codes.ts',
    find: 'return code_point < 0x10000 ? 3 : 4;',
    replace: 'return 3;',
  },
  {
    name: 'a short reason keeps half a character',
    file: 'base/close_codes.ts',
    find: 'return reason.toWellFormed();',
    replace: 'return reason;',
  },
  {
    name: 'close takes any code and reason',
    file: 'connection/live_connection.ts',
    find: '    check_close(code, reason);\n',
    replace: '',
  },
  {
    name: 'close takes the codes that no frame may carry',
    file: 'base/close_codes.ts',
    find: ' && !(code >= 1004 && code <= 1006)',
    replace: '',
  },
  {
    name: 'close takes 5000',
    file: 'base/close_codes.ts',
    find: 'code <= 4999',
    replace: 'code <= 5000',
  },
  {
    name: 'close refuses the codes of libraries and frameworks',
    file: 'base/close_codes.ts',
    find: 'code >= FIRST_APPLICATION_CODE',
    replace: 'code >= 4000',
  },
  {
    name: 'close takes a reason that is no string',
    file: 'base/close_codes.ts',
    find: "if (typeof reason !== 'string') {",
    replace: 'if (reason === undefined) {',
  },

  // What a connection that is not open does.
  {
    name: 'is_open is true for ever',
    file: 'connection/live_connection.ts',
    find: 'return this.#decided === undefined && this.#socket.is_open;',
    replace: 'return true;',
  },
  {
    name: 'send says true where the connection is closed',
    file: 'connection/live_connection.ts',
    find: 'if (!this.is_open) return false;',
    replace: 'if (!this.is_open) return true;',
  },
  {
    name: 'send says false where the message was taken',
    file: 'connection/live_connection.ts',
    find: '    this.#host.outbox.add(this, frame);\n    return true;',
    replace: '    this.#host.outbox.add(this, frame);\n    return false;',
  },
  {
    name: 'one may subscribe after the close',
    file: 'connection/live_connection.ts',
    find: '    if (!this.is_open) return;\n    this.#subscriptions',
    replace: '    this.#subscriptions',
  },
  {
    name: 'connections that are closing are listed',
    file: 'endpoint/endpoint_handle.ts',
    find: '.filter((connection) => connection.is_open)',
    replace: '',
  },
  {
    name: 'a connection that is over is never forgotten',
    file: 'endpoint/publisher.ts',
    find: '!this.#connections.delete(connection)',
    replace: '!this.#connections.has(connection)',
  },

  // Failures.
  {
    name: 'what on_message throws is not contained',
    file: 'receive/dispatcher.ts',
    find: "outcome = this.#contain('on_message', error);",
    replace: 'throw error;',
  },
  {
    name: 'what on_open and on_close throw is not contained',
    file: 'receive/dispatcher.ts',
    find: 'outcome = this.#contain(handler, error);',
    replace: 'throw error;',
  },
  {
    name: 'what a handler rejects with is not contained',
    file: 'receive/dispatcher.ts',
    find: 'return adopt(outcome).catch((error) => this.#contain(handler, error));',
    replace: 'return adopt(outcome);',
  },
  {
    name: 'what on_error throws is not contained',
    file: 'receive/failure.ts',
    find: "  } catch (thrown) {\n    give_up(host, connection, 'on_error', thrown);",
    replace: '  } catch (thrown) {\n    throw thrown;',
  },
  {
    name: 'what on_error rejects with is not contained',
    file: 'receive/failure.ts',
    find: `do_nothing, (thrown) =>
      give_up(host, connection, 'on_error', thrown),
    );`,
    replace: 'do_nothing);',
  },
  {
    name: 'on_error is never asked',
    file: 'receive/failure.ts',
    find: 'if (on_error === undefined) {',
    replace: "if (handler !== '' || on_error === undefined) {",
  },
  {
    name: 'an asynchronous on_error is not awaited',
    file: 'receive/failure.ts',
    find: '    return adopt(outcome).then(do_nothing',
    replace: '    adopt(outcome).then(do_nothing',
  },
  {
    name: 'a failure without on_error closes nothing',
    file: 'receive/failure.ts',
    find: "  connection.fail(CLOSE_CODES.internal_error, 'the server failed to handle this; its log says why');\n",
    replace: '',
  },
  {
    name: 'a failure without on_error is not logged',
    file: 'receive/failure.ts',
    find: '  logger.error(`',
    replace: '  void (`',
  },

  // Who is let in.
  {
    name: 'a query may have any number of parameters',
    file: 'mount/gate.ts',
    find: '    why_too_many_params(facts.url) ??\n',
    replace: '',
  },
  {
    name: 'a query may have one parameter less than it may',
    file: 'mount/gate.ts',
    find: 'count <= MAX_PARAMS',
    replace: 'count < MAX_PARAMS',
  },

  // What is no message.
  {
    name: 'an invalid message closes with 1011',
    file: 'receive/failure.ts',
    find: "if (handler === 'on_message' && has_code",
    replace: "if (handler === '' && has_code",
  },
  {
    name: 'an invalid message closes without a reason',
    file: 'receive/failure.ts',
    find: 'connection.fail(CLOSE_CODES.invalid_payload, error.message);',
    replace: "connection.fail(CLOSE_CODES.invalid_payload, '');",
  },
  {
    name: 'bytes that are not UTF-8 are taken',
    file: 'wire/frame.ts',
    find: 'if (is_binary && !is_same_text(data, text))',
    replace: 'if (false)',
  },
  {
    name: 'bytes that begin with a byte order mark are taken',
    file: 'wire/frame.ts',
    find: 'const text = data.toString();',
    replace: "const text = data.toString().replace(/^\\ufeff/, '');",
  },
  {
    name: 'a character that stands for what is not UTF-8 is taken for what is not',
    file: 'wire/frame.ts',
    find: "!text.includes('\\ufffd') || data.equals(Buffer.from(text))",
    replace: "!text.includes('\\ufffd')",
  },
  {
    name: 'after an invalid message, valid ones are taken for invalid',
    file: 'wire/frame.ts',
    find: 'if (fault_at !== undefined) return',
    replace: 'return',
  },
  {
    name: 'names that a client chose stand in an error as they are',
    file: 'base/schema.ts',
    find: "return printable(described.join('; '));",
    replace: "return described.join('; ');",
  },
  {
    name: 'the error of an invalid message has a stack trace',
    file: 'base/without_stack_trace.ts',
    find: '  Error.stackTraceLimit = 0;\n',
    replace: '',
  },
  {
    name: 'after the error of an invalid message, no error has a stack trace',
    file: 'base/without_stack_trace.ts',
    find: '    Error.stackTraceLimit = limit.value;\n',
    replace: '',
  },
  {
    name: 'receives is not asked',
    file: 'receive/dispatcher.ts',
    find: 'else if (receives !== undefined)',
    replace: "else if (receives !== undefined && name === '')",
  },
  {
    name: 'what receives makes of a message is ignored',
    file: 'receive/dispatcher.ts',
    find: 'if (!(validated instanceof Promise)) return this.#hand_over(validated);',
    replace:
      'if (!(validated instanceof Promise)) return this.#hand_over(validated.is_valid ? { is_valid: true, value: message } : validated);',
  },
  {
    name: 'what receives does not accept reaches on_message',
    file: 'receive/dispatcher.ts',
    find: 'if (validated.is_valid) return on_message(validated.value',
    replace: 'if (validated) return on_message((validated as any).value',
  },
  {
    name: 'a message that is decided after the close reaches on_message',
    file: 'receive/dispatcher.ts',
    find: 'this.#takes_messages ? this.#hand_over(settled) : undefined',
    replace: 'this.#hand_over(settled)',
  },
  {
    name: 'the next message does not wait while receives decides',
    file: 'receive/dispatcher.ts',
    find: '    return validated.then((settled) =>',
    replace: '    validated.then((settled) =>',
  },
  {
    name: 'issues do not say where they are',
    file: 'base/schema.ts',
    find: 'path: (path ?? []).map(',
    replace: 'path: [].map(',
  },
  {
    name: 'a schema that rejects is a handler that failed',
    file: 'base/schema.ts',
    find: "throw schema_failed(path, 'rejected', cause);",
    replace: 'throw cause;',
  },
  {
    name: 'what is no result of a schema accepts the message',
    file: 'base/schema.ts',
    find: "if (result.issues === undefined && 'value' in result) {",
    replace: 'if (result.issues === undefined) {',
  },

  // What is sent.
  {
    name: 'the second message of a turn is dropped',
    file: 'send/outbox.ts',
    find: 'member.pending = member.pending.with(frame);',
    replace: '',
  },
  {
    name: 'a connection is given what another was given in its place',
    file: 'send/outbox.ts',
    find: 'if (this.#child.frame === frame) return this.#child;',
    replace: 'return this.#child;',
  },
  {
    name: 'only the first connection that sends in a turn is written to',
    file: 'send/outbox.ts',
    find: 'for (const member of members) member.flush();',
    replace: 'members[0]?.flush();',
  },
  {
    name: 'what was written is written again with what comes next',
    file: 'connection/live_connection.ts',
    find: '    if (output === undefined) return;\n    this.pending = undefined;\n',
    replace: '    if (output === undefined) return;\n',
  },
  {
    name: 'what is past 64 KiB within a turn is lost',
    file: 'send/outbox.ts',
    find: 'if (member.pending.bytes > MAX_PENDING_IN_BYTES) member.flush();',
    replace: 'if (member.pending.bytes > MAX_PENDING_IN_BYTES) member.pending = undefined;',
  },
  {
    // The other transport takes frames one by one.
    name: 'frames are joined last to first (a real server only)',
    file: 'send/outbox.ts',
    find: '      end -= node.frame.chunk.length;\n      joined.set(node.frame.chunk, end);',
    replace:
      '      end -= node.frame.chunk.length;\n      joined.set(node.frame.chunk, this.bytes - end - node.frame.chunk.length);',
  },
  {
    // A real server takes frames one by one only where they are compressed.
    name: 'frames are listed last to first (a test endpoint only)',
    file: 'send/outbox.ts',
    find: 'return frames.reverse();',
    replace: 'return frames;',
  },
  {
    // Without a network, nobody reads the header of a frame.
    name: 'a payload of 126 bytes is given a short header (a real server only)',
    file: 'wire/frame.ts',
    find: '  if (payload_bytes < 126) {\n    chunk[1]',
    replace: '  if (payload_bytes <= 126) {\n    chunk[1]',
  },
  {
    // As above.
    name: 'a payload of 64 KiB is given too little room for its header (a real server only)',
    file: 'wire/frame.ts',
    find: 'return payload_bytes < 65_536 ? 4 : 10;',
    replace: 'return payload_bytes <= 65_536 ? 4 : 10;',
  },
  {
    name: 'bytes go out as text',
    file: 'wire/frame.ts',
    find: 'write_header(chunk, FINAL_BINARY_FRAME, bytes.length);',
    replace: 'write_header(chunk, FINAL_TEXT_FRAME, bytes.length);',
  },
  {
    name: 'a view of bytes goes out from the start of its buffer',
    file: 'wire/frame.ts',
    find: 'message.byteOffset',
    replace: '0',
  },
  {
    name: 'an ArrayBuffer goes out as JSON',
    file: 'wire/frame.ts',
    find: 'message instanceof ArrayBuffer || message',
    replace: 'message',
  },
  {
    name: 'a string goes out as JSON',
    file: 'wire/frame.ts',
    find: "if (typeof message === 'string') return text_frame(message, is_shared);",
    replace: '',
  },
  {
    name: 'what JSON leaves out goes out as nothing',
    file: 'wire/frame.ts',
    find: 'if (json === undefined)',
    replace: "if (json === undefined) return '';\n  if (json === null)",
  },
  {
    name: 'a refused client is not logged',
    file: 'mount/refusal_log.ts',
    find: "} else if (this.#logs_all && code !== 'upgrade_failed') {",
    replace: '} else if (false) {',
  },
  {
    name: 'a promise inside a message is sent as {}',
    file: 'wire/frame.ts',
    find: "(looks_inside && json.includes('{}'))",
    replace: 'false',
  },
  {
    name: 'what is sent is not checked against sends',
    file: 'send/encoder.ts',
    find: 'if (this.#checks) this.#check(this.#sends, message);',
    replace: '',
  },
  {
    name: 'strings stay as they are although sends is declared',
    file: 'send/encoder.ts',
    find: 'return encode_json(message, is_shared, this.#checks);',
    replace: 'return encode_message(message, is_shared, this.#checks);',
  },
  {
    name: 'each send warns that sends is asynchronous',
    file: 'send/encoder.ts',
    find: '      this.#has_warned = true;\n',
    replace: '',
  },
  {
    name: 'drained never resolves',
    file: 'send/drain.ts',
    find: '    this.#resolve();\n',
    replace: '',
  },
  {
    name: 'drained resolves however much waits',
    file: 'send/drain.ts',
    find: 'socket.when_drained(() => this.end());',
    replace: 'this.end();',
  },
  {
    name: 'drained never resolves once the socket is gone',
    file: 'connection/live_connection.ts',
    find: '    this.#drain?.end();\n',
    replace: '',
  },
  {
    name: 'buffered_bytes leaves out what this turn sent',
    file: 'connection/live_connection.ts',
    find: ' + (this.pending?.bytes ?? 0)',
    replace: '',
  },

  // Who is reached.
  {
    name: 'a publish reaches its publisher',
    file: 'endpoint/publisher.ts',
    find: 'if (connection !== except) connection.deliver(frame);',
    replace: 'connection.deliver(frame);',
  },
  {
    name: 'a fan-out ends at the first connection that is not open',
    file: 'endpoint/publisher.ts',
    find: 'if (connection !== except) connection.deliver(frame);',
    replace: 'if (connection !== except && !connection.deliver(frame)) return;',
  },
  {
    name: 'a send to an id reaches everyone',
    file: 'endpoint/publisher.ts',
    find: 'return this.#addresses.subscribers(audience.address);',
    replace: 'return this.#connections;',
  },
  {
    name: 'a publish reaches everyone',
    file: 'endpoint/publisher.ts',
    find: 'return this.#topics.subscribers(audience.topic);',
    replace: 'return this.#connections;',
  },
  {
    name: 'a publish is encoded again for each that it reaches',
    file: 'endpoint/publisher.ts',
    find: '    return this.#encoder.encode(message, is_shared);',
    replace:
      '    for (const _ of this.#reached_by(audience)) this.#encoder.encode(message, true);\n    return this.#encoder.encode(message, true);',
  },
  {
    name: 'a publish says that nodes were missed',
    file: 'endpoint/publisher.ts',
    find: 'if (this.bus === undefined) return true;',
    replace: 'if (this.bus === undefined) return false;',
  },
  {
    name: 'any topic is taken',
    file: 'connection/topics.ts',
    find: "if (typeof topic === 'string' && topic.length > 0 && topic.length <= MAX_TOPIC_LENGTH) return;",
    replace: 'if (topic !== undefined) return;',
  },
  {
    name: 'the second subscriber of a topic is forgotten',
    file: 'connection/topics.ts',
    find: '    else subscribers.add(subscriber);\n',
    replace: '',
  },
  {
    name: 'one that leaves a topic takes the others with it',
    file: 'connection/topics.ts',
    find: ' || subscribers.size > 0) return false;',
    replace: ') return false;',
  },
  {
    name: 'whoever leaves a topic goes on hearing it',
    file: 'endpoint/publisher.ts',
    find: "if (this.#topics.unsubscribe(topic, connection)) this.#ignore({ to: 'topic', topic });",
    replace: '',
  },
  {
    name: 'max_topics is one more',
    file: 'connection/subscriptions.ts',
    find: 'this.#topics.size >= options.max_topics',
    replace: 'this.#topics.size > options.max_topics',
  },
  {
    name: 'a topic that is subscribed to twice counts as two',
    file: 'connection/subscriptions.ts',
    find: '    if (this.#topics.has(topic)) return false;\n',
    replace: '',
  },
  {
    name: 'a topic that was left stays in topics',
    file: 'connection/subscriptions.ts',
    find: 'return this.#topics.delete(topic);',
    replace: 'return this.#topics.has(topic);',
  },
  {
    name: 'a send to an id that is undefined reaches everyone',
    file: 'endpoint/endpoint_handle.ts',
    find: 'ids.length === 0',
    replace: 'ids[0] === undefined',
  },
  {
    name: 'close_all closes nobody but the first',
    file: 'endpoint/endpoint_handle.ts',
    find: 'for (const connection of endpoint.connections) connection.close(code, reason);',
    replace:
      'for (const connection of [...endpoint.connections].slice(0, 1)) connection.close(code, reason);',
  },
  {
    name: 'the id of a connection changes',
    file: 'connection/connected_client.ts',
    find: 'this.#id ??= crypto.randomUUID();',
    replace: 'this.#id = crypto.randomUUID();',
  },

  // Who is let in.
  {
    name: 'of an id that occurs twice, the first counts',
    file: 'mount/gate.ts',
    find: "typeof id === 'string' && id.length <= MAX_ADDRESS_LENGTH ? id : undefined",
    replace: '([id].flat() as string[])[0]',
  },
  {
    name: 'of a parameter that repeats, only the last is kept',
    file: 'mount/gate.ts',
    find: 'earlier === undefined ? value : [earlier, value]',
    replace: 'value',
  },
  {
    name: 'a parameter called __proto__ sets the prototype',
    file: 'mount/gate.ts',
    find: "if (name !== '__proto__') {",
    replace: "if (name !== '') {",
  },
  {
    name: 'a parameter with an inherited name is an array with what is inherited',
    file: 'mount/gate.ts',
    find: 'const earlier = Object.hasOwn(params, name) ? params[name] : undefined;',
    replace: 'const earlier = params[name];',
  },
  {
    name: 'what params makes of the query is ignored',
    file: 'mount/admission.ts',
    find: '    params = validated.value;\n',
    replace: '',
  },
  {
    name: 'a query that params does not accept is accepted',
    file: 'mount/admission.ts',
    find: 'if (!validated.is_valid) return',
    replace: 'if (!validated) return',
  },
  {
    name: 'what on_upgrade returns is lost',
    file: 'mount/admission.ts',
    find: "return { action: 'accept', params, context };",
    replace: "return { action: 'accept', params, context: undefined };",
  },
  {
    name: 'an asynchronous on_upgrade is not awaited',
    file: 'mount/admission.ts',
    find: '? await on_upgrade(',
    replace: '? on_upgrade(',
  },
  {
    name: 'a refusal of on_upgrade lets the client in',
    file: 'mount/admission.ts',
    find: "          action: 'refuse',\n          refusal: explain(",
    replace: "          action: 'accept' as any,\n          refusal: explain(",
  },
  {
    name: 'a refusal of on_upgrade loses its status',
    file: 'mount/admission.ts',
    find: "return { status, code: 'upgrade_refused', message, headers };",
    replace: "return { status: 500, code: 'upgrade_refused', message, headers };",
  },
  {
    name: 'an on_upgrade that fails is not logged',
    file: 'mount/admission.ts',
    find: '    logger.error(`',
    replace: '    void (`',
  },
  {
    name: 'an on_upgrade that hangs keeps the client waiting for ever',
    file: 'mount/admission.ts',
    find: "      resolve({ action: 'refuse', refusal: TIMED_OUT });\n",
    replace: '',
  },

  // What clients may cost.
  {
    name: 'nobody is a slow consumer',
    file: 'connection/live_connection.ts',
    find: 'return behind_oldest > max_buffered_in_bytes;',
    replace: 'return false;',
  },
  {
    name: 'the oldest message counts as waiting',
    file: 'connection/live_connection.ts',
    find: 'return behind_oldest > max_buffered_in_bytes;',
    replace: 'return true;',
  },
  {
    name: 'who has just as much waiting as it may is a slow consumer',
    file: 'connection/live_connection.ts',
    find: 'return behind_oldest > max_buffered_in_bytes;',
    replace: 'return behind_oldest >= max_buffered_in_bytes;',
  },
  {
    name: 'a max_buffered_in_bytes of 0 is one',
    file: 'connection/live_connection.ts',
    find: 'max_buffered_in_bytes === 0 || ',
    replace: '',
  },
  {
    name: 'a slow consumer closes with 1008',
    file: 'connection/live_connection.ts',
    find: "this.fail(CLOSE_CODES.try_again_later, 'too much",
    replace: "this.fail(CLOSE_CODES.policy_violation, 'too much",
  },
  {
    name: 'send says that a slow consumer was sent the message',
    file: 'connection/live_connection.ts',
    find: 'slow_consumer(this);\n      return false;',
    replace: 'slow_consumer(this);\n      return true;',
  },
  {
    name: 'messages that wait for their rate are lost',
    file: 'receive/dispatcher.ts',
    find: '      this.#wait(data, is_binary);\n',
    replace: '      if (!this.#rate?.is_waiting) this.#wait(data, is_binary);\n',
  },
  {
    name: 'a rate lets everything through',
    file: 'receive/rate_limit.ts',
    find: 'if (this.#tokens >= 1) {',
    replace: 'if (this.#tokens >= -1000) {',
  },
  {
    name: 'what waited for its rate is never handled',
    file: 'receive/rate_limit.ts',
    find: '      this.#on_due();\n',
    replace: '',
  },
  {
    name: 'any number of clients is let in',
    file: 'admit/seats.ts',
    find: 'if (is_full(endpoint.seats, endpoint.max_connections)) return SERVER_FULL;',
    replace: '',
  },
  {
    name: 'one client more than max_connections is let in',
    file: 'admit/seats.ts',
    find: 'return limit > 0 && taken >= limit;',
    replace: 'return limit > 0 && taken > limit;',
  },
  {
    name: 'a seat is never free again',
    file: 'endpoint/endpoint.ts',
    find: '    this.#all_seats.leave(this, connection.remote_address);\n',
    replace: '',
  },
  {
    name: 'a seat is given back twice',
    file: 'endpoint/endpoint.ts',
    find: 'if (!this.publisher.remove(connection)) return;',
    replace: 'this.publisher.remove(connection);',
  },
  {
    name: 'who is refused keeps its seat',
    file: 'mount/mount.ts',
    find: '    this.seats.leave(endpoint, remote_address);\n',
    replace: '',
  },

  // Who is gone.
  {
    name: 'nobody is watched',
    file: 'endpoint/endpoint.ts',
    find: 'if (heartbeat_interval_in_seconds === 0) return undefined;',
    replace: 'if (heartbeat_interval_in_seconds !== 0) return undefined;',
  },
  {
    name: 'who is silent is never cut',
    file: 'connection/heartbeat.ts',
    find: 'else if (this.#member.is_open) this.#member.vanished();',
    replace: '',
  },
  {
    name: 'who is silent is cut although it was not asked',
    file: 'connection/heartbeat.ts',
    find: '    this.#socket.ping();\n  }\n\n  /** The time',
    replace: '  }\n\n  /** The time',
  },
  {
    name: 'who answers is cut all the same',
    file: 'connection/heartbeat.ts',
    find: 'return bytes_read !== this.#bytes_read || has_made_room;',
    replace: 'return has_made_room;',
  },
  {
    name: 'who is not read is cut for its silence',
    file: 'connection/heartbeat.ts',
    find: 'if (this.#member.is_paused || this.#has_stirred(bytes_read, bytes_taken))',
    replace: 'if (this.#has_stirred(bytes_read, bytes_taken))',
  },
  {
    name: 'one that goes takes the heartbeat with it',
    file: 'connection/heartbeat.ts',
    find: 'if (this.#size === 0) this.#stop();',
    replace: 'this.#stop();',
  },

  // Shutdown.
  {
    name: 'a drain closes everybody at once',
    file: 'mount/even_closing.ts',
    find: 'const ends_at = this.#clock.now() + seconds * 1000;',
    replace: 'const ends_at = this.#clock.now() + seconds * 0;',
  },
  {
    name: 'a drain closes nobody before its end',
    file: 'mount/even_closing.ts',
    find: 'else this.#due += ((this.#left.length - this.#due) * TICK_IN_MILLISECONDS) / time_left;',
    replace: '',
  },
  {
    name: 'a drain does not hurry when it is called again',
    file: 'mount/even_closing.ts',
    find: 'if (ends_at >= this.#ends_at) return;',
    replace: 'if (this.#ends_at !== Number.POSITIVE_INFINITY) return;',
  },
  {
    name: 'a drain forgets the last one',
    file: 'mount/even_closing.ts',
    find: 'this.#left = [...connections].reverse();',
    replace: 'this.#left = [...connections].slice(0, -1).reverse();',
  },
  {
    name: 'clients are let in during a shutdown',
    file: 'mount/shutdown.ts',
    find: '    mount.gate.is_closing = true;\n',
    replace: '',
  },
  {
    name: 'a shutdown drops what clients had sent',
    file: 'connection/live_connection.ts',
    find: '    this.#begin_close(CLOSE_CODES.service_restart, reason);',
    replace: '    this.fail(CLOSE_CODES.service_restart, reason);',
  },
  {
    name: 'a shutdown closes with 1001',
    file: 'connection/live_connection.ts',
    find: '    this.#begin_close(CLOSE_CODES.service_restart, reason);',
    replace: '    this.#begin_close(CLOSE_CODES.going_away, reason);',
  },
  {
    name: 'a shutdown cuts at once',
    file: 'mount/shutdown.ts',
    find: '    closed ??= close_once();\n',
    replace: '    closed ??= close_once();\n    cut();\n',
  },
  {
    name: 'the grace of a shutdown never ends',
    file: 'mount/shutdown.ts',
    find: 'mount.clock.after(seconds * 1000, cut)',
    replace: 'mount.clock.after(seconds * 100_000, cut)',
  },
  {
    name: 'a client that does not answer outlives the grace of a shutdown',
    file: 'connection/live_connection.ts',
    find: '    this.terminate();\n    this.#dispatcher.force_end',
    replace: '    this.#dispatcher.force_end',
  },
  {
    name: 'a shutdown does not wait for on_close',
    file: 'connection/live_connection.ts',
    find: 'if (this.#has_finished && this.#is_socket_closed)',
    replace: 'if (this.#is_socket_closed)',
  },
  {
    name: 'a shutdown waits for nobody',
    file: 'endpoint/endpoint.ts',
    find: 'if (this.connections.size === 0) return Promise.resolve();',
    replace: 'return Promise.resolve();',
  },

  // Nodes that share a broker.
  {
    name: 'a node takes its own envelopes for those of another',
    file: 'endpoint/bus.ts',
    find: '} else if (!is_same(envelope.origin, this.#origin)) {',
    replace: '} else {',
  },
  {
    name: 'a publish says that other nodes are reached where the broker is away',
    file: 'endpoint/bus.ts',
    find: 'return is_taken === true;',
    replace: 'return true;',
  },
  {
    name: 'the log does not say that the broker is away',
    file: 'endpoint/bus.ts',
    find: 'if (this.#away_since !== undefined || this.#is_closed) return;',
    replace: 'if (this.#away_since === undefined || this.#is_closed) return;',
  },
  {
    name: 'a frame of another node whose length takes too many bytes reaches clients',
    file: 'wire/frame.ts',
    find: 'return header_size(size) === 4 ? size : undefined;',
    replace: 'return size;',
  },
  {
    name: 'text of another node that is no UTF-8 reaches clients',
    file: 'wire/frame.ts',
    find: 'if (!frame.is_binary && !is_utf8(frame.payload)) return undefined;',
    replace: '',
  },
  {
    name: 'the log tells of each malformed message of other nodes',
    file: 'endpoint/bus.ts',
    find: 'if (this.#has_warned_of_stranger) return;',
    replace: '',
  },
];
