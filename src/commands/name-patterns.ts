/** Which names a user may read, or write. */
import { canonicalName } from '../fabric/names.js';
import { globMatcher } from '../util/glob.js';

export type NameMatcher = (name: Buffer) => boolean;

const EVERYTHING = '*';
const SLASH = 0x2f;
const DEFAULT_NAMESPACE = Buffer.from('default/');

export const matchesEverything = (patterns: readonly string[]): boolean => patterns.includes(EVERYTHING);

/**
 * Matches names in the spelling of the catalog, where `default/x` is `x`. A pattern that begins with `default/` means the default
 * namespace, and so sees `x` as `default/x`; another one never matches by that part, or `d*` would be every name.
 */
export function namePatterns(patterns: readonly string[]): NameMatcher {
  const matchers = patterns.map(onePattern);
  return (name) => matchers.some((matches) => matches(name));
}

function onePattern(pattern: string): NameMatcher {
  const matches = globMatcher(Buffer.from(pattern));
  if (!pattern.startsWith(DEFAULT_NAMESPACE.toString())) return matches;
  return (name) => matches(name.includes(SLASH) ? name : Buffer.concat([DEFAULT_NAMESPACE, name]));
}

/** Undefined stands for everything. */
export function bothMatch(one: NameMatcher | undefined, other: NameMatcher | undefined): NameMatcher | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return (name) => one(name) && other(name);
}

/** A name as a client gives it; one that can't be a name matches nothing. */
export function matchesGiven(matches: NameMatcher, given: Buffer): boolean {
  try {
    return matches(canonicalName(given));
  } catch {
    return false;
  }
}
