import { readFileSync } from 'node:fs';

/** The settings that the README gives for a proxy. */
export function readme_config(proxy: string): string {
  const readme = readFileSync('README.md', 'utf8');
  const config = new RegExp(`^\`\`\`${proxy}\\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(readme)?.[1];
  if (config === undefined) throw new Error(`the README has no settings for ${proxy}`);
  return config;
}
