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
/** A part of the bytes; without it, all of them. */
export const rangeArgument: ArgumentDoc = {
  name: 'range',
  type: 'block',
  optional: true,
  arguments: [
    { name: 'offset', type: 'integer' },
    { name: 'length', type: 'integer' },
  ],
};
export const nodeOption: ArgumentDoc = { name: 'node', type: 'string', token: 'NODE', optional: true };
export const replaceOption: ArgumentDoc = { name: 'replace', type: 'pure-token', token: 'REPLACE', optional: true };
export const waitOption: ArgumentDoc = { name: 'ms', type: 'integer', token: 'WAIT', optional: true };
