/** What becomes of a pin: RELEASE, RENEW. */
import { OK, type Reply } from '../resp/reply.js';
import { ArgumentReader, parseInteger } from '../util/args.js';
import { byPin } from './by-xid.js';
import type { Command } from './command.js';
import type { Context } from './context.js';
import { fabricCommon } from './fabric-records.js';
import { requireAccess } from './permission.js';

function release(context: Context, args: readonly Buffer[]): Reply | Promise<Reply> {
  const reader = new ArgumentReader(args, 2);
  const remove = reader.take('DELETE');
  if (!reader.done()) reader.fail(['DELETE']);
  const { pointers } = context.fabric;
  const pin = args[1]!.toString('latin1');
  requireAccess(context, remove ? 'write' : 'read', () => pointers.nameOf(pin));
  return pointers.release(pin, remove);
}

function renew(context: Context, args: readonly Buffer[]): Reply {
  const ms = parseInteger(args[2]!, { min: 1, max: Number.MAX_SAFE_INTEGER, what: 'ms' });
  const { pointers } = context.fabric;
  const pin = args[1]!.toString('latin1');
  requireAccess(context, 'read', () => pointers.nameOf(pin));
  pointers.renew(pin, ms);
  return OK;
}

export const releaseCommand: Command = {
  ...fabricCommon,
  name: 'fabric.release',
  arity: -2,
  flags: ['write', 'fast'],
  categories: ['@fabric', '@write', '@fast'],
  summary: 'Releases a pin.',
  complexity: 'O(1)',
  arguments: [
    { name: 'pin', type: 'string' },
    { name: 'delete', type: 'pure-token', token: 'DELETE', optional: true },
  ],
  reply: 'pins left',
  notes: `Any connection may release a pin. DELETE also removes the variable, unless its name belongs to another one by now. \`NOTFOUND\` when
there is no such pin any more: released already, or its lease, slot or connection ended.`,
  handler: byPin(release, (args) => (args.length > 2 ? 'write' : 'read')),
};

export const renewCommand: Command = {
  ...fabricCommon,
  name: 'fabric.renew',
  arity: 3,
  flags: ['write', 'fast'],
  categories: ['@fabric', '@write', '@fast'],
  summary: 'Lets a pin live by a lease from now on.',
  complexity: 'O(1)',
  arguments: [
    { name: 'pin', type: 'string' },
    { name: 'ms', type: 'integer' },
  ],
  reply: 'OK',
  notes: 'Counted from now, at most `limits.lease_ms_max`. Any connection may renew a pin.',
  handler: byPin(renew, () => 'read'),
};
