/** What the records of FABRIC commands have in common. */
import type { ArgumentDoc, Command } from './command.js';

export const fabricCommon = { since: '0.1.0', group: 'fabric' } satisfies Partial<Command>;

export const FIRST_KEY = { first: 1, last: 1, step: 1 } as const;

export const nameArgument: ArgumentDoc = { name: 'name', type: 'key' };
export const labelArguments: readonly ArgumentDoc[] = [
  nameArgument,
  { name: 'documentation', type: 'string' },
  { name: 'type', type: 'string' },
];
export const nodeOption: ArgumentDoc = { name: 'node', type: 'string', token: 'NODE', optional: true };
export const replaceOption: ArgumentDoc = { name: 'replace', type: 'pure-token', token: 'REPLACE', optional: true };
export const waitOption: ArgumentDoc = { name: 'ms', type: 'integer', token: 'WAIT', optional: true };
