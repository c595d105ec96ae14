/** Names and the version each stands for, as lines of text: `0000002a dictionary`, in the order of the names. */
import { versionOf, versionText } from './version.js';

export const versionLines = (versions: ReadonlyMap<string, number>): string[] =>
  [...versions]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, version]) => `${versionText(version)} ${name}`);

/** Undefined when one of them isn't such a line. */
export function readVersions(lines: readonly string[]): Map<string, number> | undefined {
  const versions = new Map<string, number>();
  for (const line of lines) {
    const version = versionOf(line.slice(0, 8));
    if (version === undefined || line[8] !== ' ' || line.length < 10) return undefined;
    versions.set(line.slice(9), version);
  }
  return versions;
}
