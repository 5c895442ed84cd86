import { channel } from 'node:diagnostics_channel';
import type { Events } from '../../core/base/ports.ts';

/** The channels of `node:diagnostics_channel` to which a mount publishes its events. */
export const node_events: Events = {
  open: channel('joystick-websockets:open'),
  close: channel('joystick-websockets:close'),
  message: channel('joystick-websockets:message'),
  handler_error: channel('joystick-websockets:handler_error'),
  slow_consumer: channel('joystick-websockets:slow_consumer'),
  refusal: channel('joystick-websockets:refusal'),
};
