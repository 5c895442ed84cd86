// Makes package-lock.json the same for every registry and platform: no download addresses, and
// an entry for each optional platform package, also where the registry at hand lacks it.
import { readFileSync, writeFileSync } from 'node:fs';

const SYSTEMS = [
  'aix',
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'win32',
];
const PROCESSORS = [
  'arm',
  'arm64',
  'ia32',
  'loong64',
  'mips64el',
  'ppc64',
  'riscv64',
  's390x',
  'x64',
];

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'));
for (const [path, entry] of Object.entries(lock.packages)) {
  delete entry.resolved;
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const is_known = places_of(name, path).some((place) => place in lock.packages);
    const platform = platform_of(name);
    // Only exact versions: what a range would resolve to is the registry's to say.
    if (is_known || platform === undefined || !/^\d/.test(version)) continue;
    const dev = entry.dev ? { dev: true } : {};
    lock.packages[`node_modules/${name}`] = { version, ...platform, ...dev, optional: true };
  }
}
const sorted = Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1));
lock.packages = Object.fromEntries(sorted);
writeFileSync('package-lock.json', `${JSON.stringify(lock, null, 2)}\n`);

/** Where Node would look for a package, from the inside out. */
function places_of(name, path) {
  const parts = path === '' ? [''] : path.split(/(?=\/node_modules\/)/);
  const above = parts.map((_, index) => parts.slice(0, parts.length - index).join(''));
  return [
    ...above.filter(Boolean).map((place) => `${place}/node_modules/${name}`),
    `node_modules/${name}`,
  ];
}

/** `@rollup/rollup-linux-x64-musl` runs on Linux, x64, with musl. */
function platform_of(name) {
  const words = name.split(/[/-]/);
  const os = SYSTEMS.find((system) => words.includes(system));
  const cpu = PROCESSORS.find((processor) => words.includes(processor));
  if (os === undefined || cpu === undefined) return undefined;
  const is_musl = words.some((word) => word.startsWith('musl'));
  const is_glibc = words.some((word) => word.startsWith('gnu'));
  const libc = is_musl ? ['musl'] : is_glibc ? ['glibc'] : undefined;
  return { cpu: [cpu], ...(os === 'linux' && libc && { libc }), os: [os] };
}
