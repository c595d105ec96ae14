import { execFileSync } from 'node:child_process';
import { FabricError } from '../errors.js';

/** The number of a group given by name or number. Names are looked up as the system does, whatever its source of groups is. */
export function groupId(group: string): number {
  if (/^\d+$/.test(group)) return Number(group);
  try {
    const line = execFileSync('getent', ['group', group], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return Number(line.split(':')[2]);
  } catch {
    throw new FabricError('ERR', `there is no group "${group}" (node.shm_group); create it, or give its number`);
  }
}
