/** Whether a user may do what a request asks; Redis' texts where it has one. */
import { FabricError } from '../errors.js';
import type { AclReason } from './acl-log.js';
import type { Command } from './command.js';
import type { Context, Session } from './context.js';
import { matchesGiven, type NameMatcher } from './name-patterns.js';
import type { CommandTable } from './table.js';
import type { Access, User } from './user.js';

/** What is refused: for the answer, and for ACL LOG. */
export interface Denial {
  readonly reason: AclReason;
  /** The command, or the name of a variable. */
  readonly object: Buffer;
  readonly error: FabricError;
}

const keyError = () =>
  new FabricError('NOPERM', 'this user has no permissions to access one of the keys used as arguments');

/** To be asked for restricted users only. `args` may be the first arguments of a request that is still to come. */
export function denialOf(
  user: User,
  command: Command,
  table: CommandTable,
  args: readonly Buffer[],
): Denial | undefined {
  // Whoever can't do anything can still say who it is, or leave.
  if (command.flags.includes('no_auth')) return undefined;
  if (!user.mayRun(command)) return commandDenial(command);
  const access = accessOf(command);
  if (user.mayAll(access)) return undefined;
  if (command.everyName === true) return everyNameDenial(command);
  const refused = table.keysOf(command, args).find((key) => !matchesGiven((name) => user.may(access, name), key));
  return refused === undefined ? undefined : { reason: 'key', object: refused, error: keyError() };
}

const accessOf = ({ keys, flags }: Command): Access => keys?.access ?? (flags.includes('write') ? 'write' : 'read');

function commandDenial({ name }: Command): Denial {
  const error = new FabricError('NOPERM', `this user has no permissions to run the '${name}' command`);
  return { reason: 'command', object: Buffer.from(name), error };
}

function everyNameDenial({ name }: Command): Denial {
  const error = new FabricError(
    'NOPERM',
    `'${name}' concerns every variable, and this user may not access all of them`,
  );
  return { reason: 'key', object: Buffer.from('*'), error };
}

/** For names that a request leads to without naming them: by xid, pin or location. Undefined: it leads to nothing. */
export function requireAccess(context: Context, access: Access, nameOf: () => Buffer | undefined): void {
  const { user } = context.session;
  if (user.mayAll(access)) return;
  const name = nameOf();
  if (name === undefined || user.may(access, name)) return;
  const error = keyError();
  context.server.aclLog.note(context.session, 'key', name);
  throw error;
}

/** FILE and SHM read what the server's user may read on its machine. */
export function requireSources(context: Context, kind: 'file' | 'shm'): void {
  requireDangerous(
    context,
    `fabric.insert|${kind}`,
    `${kind.toUpperCase()} sources need '+@dangerous' in this user's commands, because they read what the server may read: send the bytes instead`,
  );
}

/** Remotes lead the server to other machines, and into its file system. */
export function requireRemotes(context: Context): void {
  requireDangerous(
    context,
    'meta.remote',
    "remotes need '+@dangerous' in this user's commands, because they lead the server to other machines",
  );
}

function requireDangerous({ session, server }: Context, what: string, refusal: string): void {
  if (session.user.dangerous) return;
  server.aclLog.note(session, 'command', Buffer.from(what));
  throw new FabricError('NOPERM', refusal);
}

/** Which names a listing shows to the user: those it may read or write. Undefined: all of them. */
export function visibleNames({ user }: Session): NameMatcher | undefined {
  if (user.mayAll('read') || user.mayAll('write')) return undefined;
  return (name) => user.may('read', name) || user.may('write', name);
}
