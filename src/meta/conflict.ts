import { FabricError } from '../errors.js';
import { versionText } from './version.js';

/** What a writer expects to find: a version, or none. */
export type Condition = number | 'none';

/** Refuses with CONFLICT what isn't as the condition has it. */
export function checkCondition(what: string, condition: Condition | undefined, version: number | undefined): void {
  if (condition === undefined || condition === (version ?? 'none')) return;
  const found = version === undefined ? 'has no version' : `is at version ${versionText(version)}`;
  const expected = condition === 'none' ? 'none was to be there' : `not at ${versionText(condition)}`;
  throw new FabricError('CONFLICT', `${what} ${found}, ${expected}: read it and decide anew`);
}
