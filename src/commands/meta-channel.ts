/** The channels of documents: `__meta__:<key>`. */
import { isKeyName } from '../meta/names.js';
import { versionText } from '../meta/version.js';
import type { Audience } from '../meta/watch.js';
import { globMatcher } from '../util/glob.js';
import type { PubSub } from './pubsub.js';

const PREFIX = '__meta__:';

export function publishVersion(pubsub: PubSub, key: string, version: number): void {
  pubsub.publish('channel', Buffer.from(PREFIX + key), Buffer.from(versionText(version)));
}

export function documentsListenedTo(pubsub: PubSub): Audience {
  return audienceOf(pubsub.channels('channel'), pubsub.patternNames()) ?? { keys: new Set(), patterns: new Map() };
}

/**
 * Which documents are meant, if any. Patterns must begin so to mean documents: whoever listens to everything hears what this node makes, and the store is
 * not asked on that account.
 */
export function audienceOf(channels: readonly Buffer[], patterns: readonly Buffer[]): Audience | undefined {
  const keys = channels
    .map(textOf)
    .filter(isOurs)
    .map((channel) => channel.slice(PREFIX.length));
  const audience = {
    keys: new Set(keys.filter(isKeyName)),
    patterns: new Map(
      patterns
        .map(textOf)
        .filter(isOurs)
        .map((pattern) => [pattern, matcherOf(pattern)]),
    ),
  };
  return audience.keys.size + audience.patterns.size === 0 ? undefined : audience;
}

const textOf = (name: Buffer) => name.toString('latin1');
const isOurs = (name: string) => name.startsWith(PREFIX);

function matcherOf(pattern: string): (key: string) => boolean {
  const matches = globMatcher(Buffer.from(pattern, 'latin1'));
  return (key) => matches(Buffer.from(PREFIX + key));
}
