/** What the records of META commands have in common, and how versions are said. */
import { FabricError } from '../errors.js';
import type { Reply } from '../resp/reply.js';
import { versionOf, versionText } from '../meta/version.js';
import { quoted } from '../util/args.js';
import type { ArgumentDoc, Command } from './command.js';

export const metaCommon = { since: '0.1.0', group: 'meta' } satisfies Partial<Command>;

export const metaReading = {
  ...metaCommon,
  flags: ['readonly'],
  categories: ['@meta', '@read', '@slow'],
} satisfies Partial<Command>;

export const metaWriting = {
  ...metaCommon,
  flags: ['write'],
  categories: ['@meta', '@write', '@slow'],
} satisfies Partial<Command>;

/** Documents' keys are to a user's patterns what the names of variables are. */
export const DOCUMENT_KEY = { first: 1, last: 1, step: 1 } as const;

export const documentArgument: ArgumentDoc = { name: 'key', type: 'key' };
export const versionArgument: ArgumentDoc = { name: 'version', type: 'string', optional: true };

export const wordOf = (arg: Buffer): string => arg.toString('latin1');

/** The version an argument says, in 8 hex digits. */
export function parseVersion(arg: Buffer): number {
  const version = versionOf(wordOf(arg));
  if (version === undefined) {
    throw new FabricError('ERR', `a version is written in 8 hex digits, such as ${versionText(0)}, not ${quoted(arg)}`);
  }
  return version;
}

export function versionsReply(versions: ReadonlyMap<string, number>): Reply {
  return { kind: 'map', entries: [...versions].map(([key, version]) => [key, versionText(version)]) };
}
