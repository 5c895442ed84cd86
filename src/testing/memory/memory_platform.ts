import { isUtf8 } from 'node:buffer';
import type { Channel } from '../../core/base/ports.ts';
import type { MountPlatform } from '../../core/mount/mount.ts';
import { create_clock } from './clock.ts';
import type { Network } from './network.ts';

const nobody: Channel = { hasSubscribers: false, publish: () => {} };

/** Returns a platform that replaces Node in a test. */
export function create_memory_platform(network: Network): MountPlatform {
  const events = {
    open: nobody,
    close: nobody,
    message: nobody,
    handler_error: nobody,
    slow_consumer: nobody,
    refusal: nobody,
  };
  return { clock: create_clock(), turn: network, events, is_development: true, is_utf8: isUtf8 };
}
