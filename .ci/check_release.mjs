// Stops `npm publish` if the manifest or the changelog is not ready for a release. See RELEASING.md.
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

/** Returns what is missing for a release, as sentences. */
export function list_release_problems({ manifest, changelog }) {
  const missing = ['repository', 'bugs', 'homepage'].filter((key) => manifest[key] === undefined);
  const section = new RegExp(`^## ${manifest.version.replaceAll('.', '\\.')} \\((.*)\\)$`, 'm');
  const date = section.exec(changelog)?.[1];
  return [
    ...missing.map((key) => `package.json needs "${key}"`),
    ...(/^\d{4}-\d{2}-\d{2}$/.test(date ?? '')
      ? []
      : [`CHANGELOG.md needs the heading "## ${manifest.version} (<date>)"; its date is ${date}`]),
  ];
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const problems = list_release_problems({
    manifest: JSON.parse(readFileSync('package.json', 'utf8')),
    changelog: readFileSync('CHANGELOG.md', 'utf8'),
  });
  for (const problem of problems) console.error(problem);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
