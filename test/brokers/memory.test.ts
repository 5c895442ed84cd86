import { check_broker, MemoryHub, memory_broker } from 'joystick-websockets/testing';
import { describe, it } from 'vitest';

const hub = new MemoryHub();
check_broker(() => memory_broker(hub), { describe, it });
