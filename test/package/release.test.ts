import { expect, test } from 'vitest';
// @ts-expect-error A script without types.
import { list_release_problems } from '../../.ci/check_release.mjs';

const READY = {
  manifest: {
    version: '1.2.0',
    repository: 'github:a/b',
    bugs: 'https://b',
    homepage: 'https://h',
  },
  changelog: '# Changelog\n\n## 1.2.0 (2026-12-01)\n',
};

test('a release whose manifest and changelog are complete is published', () => {
  expect(list_release_problems(READY)).toEqual([]);
});

test('a release without a public address or a date is stopped', () => {
  const manifest = { ...READY.manifest, repository: undefined };
  const changelog = '# Changelog\n\n## 1.2.0 (unreleased)\n';
  expect(list_release_problems({ manifest, changelog })).toEqual([
    'package.json needs "repository"',
    'CHANGELOG.md needs the heading "## 1.2.0 (<date>)"; its date is unreleased',
  ]);
});
