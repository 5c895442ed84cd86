import { WebsocketsError } from '../../core/base/errors.ts';

const OLDEST_MAJOR_VERSION = 20;

/** `undefined` without a `process`, for example in a bundle for an edge runtime. */
const versions: NodeJS.ProcessVersions | undefined = globalThis.process?.versions;

// At import: an older Node would start to serve, and fail only when the code calls a function that it lacks.
if (versions !== undefined && Number.parseInt(versions.node, 10) < OLDEST_MAJOR_VERSION) {
  throw new WebsocketsError(
    'unsupported_runtime',
    `joystick-websockets needs Node 20.19 or newer; this is Node ${versions.node}`,
    { runtime: 'node', version: versions.node },
  );
}

/** @throws {WebsocketsError} `unsupported_runtime`, if the server would run under Bun. */
export function check_not_bun(): void {
  if (versions?.bun === undefined) return;
  throw new WebsocketsError(
    'unsupported_runtime',
    `joystick-websockets cannot serve under Bun yet; this is Bun ${versions.bun}. ` +
      'Start the server with Node 20.19 or newer',
    { runtime: 'bun', version: versions.bun },
  );
}
