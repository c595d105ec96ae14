/** What the state of a connection forbids: in a transaction, while subscribed, while it monitors. */
import { FabricError } from '../errors.js';
import type { Command } from './command.js';
import type { Context, Session } from './context.js';

/** Without pushes a subscriber couldn't tell another reply from a message. */
const ALLOWED_SUBSCRIBED: ReadonlySet<string> = new Set([
  'subscribe',
  'unsubscribe',
  'psubscribe',
  'punsubscribe',
  'ssubscribe',
  'sunsubscribe',
  'ping',
  'quit',
  'reset',
]);

export function refusalInState(session: Session, { name, flags }: Command): FabricError | undefined {
  if (session.transaction !== undefined && flags.includes('no_multi')) {
    return new FabricError('ERR', 'Command not allowed inside a transaction');
  }
  if (session.subscribed && session.protocol === 2 && !ALLOWED_SUBSCRIBED.has(name)) {
    return new FabricError(
      'ERR',
      `Can't execute '${name}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context`,
    );
  }
  if (session.monitoring && (flags.includes('readonly') || flags.includes('write'))) {
    return new FabricError('ERR', "Replica can't interact with the keyspace");
  }
  return undefined;
}

/** Ends what MULTI or WATCH began. */
export function leaveTransaction(session: Session): void {
  session.transaction?.abandon();
  session.transaction = undefined;
  session.watched.clear();
}

/** As a new connection: no transaction, no subscriptions, no monitoring. */
export function leaveStates({ session, server }: Context): void {
  leaveTransaction(session);
  server.pubsub.leave(session);
  server.monitor(session, false);
}
