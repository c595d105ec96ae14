import type { ServerControl, Session } from './context.js';

function flagsOf(session: Session): string {
  let flags = '';
  if (session.monitoring) flags += 'O';
  if (session.subscribed) flags += 'P';
  if (session.transaction !== undefined || session.executing) flags += 'x';
  if (session.blocked) flags += 'b';
  if (session.closeAfterReply) flags += 'c';
  if (session.localAddress.startsWith('/')) flags += 'U';
  if (session.noEvict) flags += 'e';
  if (session.noTouch) flags += 'T';
  return flags === '' ? 'N' : flags;
}

const seconds = (ms: number) => Math.max(0, Math.floor(ms / 1000));

/** One client as in CLIENT LIST: the fields of Redis that have a meaning here, in its order. */
export function clientLine({ pubsub }: Pick<ServerControl, 'pubsub'>, session: Session, nowMs: number): string {
  const { transaction } = session;
  const { channel, pattern, shard } = pubsub.tally(session);
  const fields: readonly (readonly [string, string | number])[] = [
    ['id', session.id],
    ['addr', session.remoteAddress],
    ['laddr', session.localAddress],
    ['name', session.name],
    ['age', seconds(nowMs - session.createdMs)],
    ['idle', seconds(nowMs - session.lastActiveMs)],
    ['flags', flagsOf(session)],
    ['db', 0],
    ['sub', channel],
    ['psub', pattern],
    ['ssub', shard],
    ['multi', transaction?.length ?? -1],
    ['watch', session.watched.size],
    ['qbuf', session.inputBytes],
    ['multi-mem', transaction?.heapBytes ?? 0],
    ['omem', session.outputBytes],
    ['tot-mem', session.inputBytes + session.outputBytes + (transaction?.heapBytes ?? 0)],
    ['events', 'r'],
    ['cmd', session.lastCommand === '' ? 'NULL' : session.lastCommand],
    ['user', session.user.name],
    ['redir', -1],
    ['resp', session.protocol],
    ['lib-name', session.libName],
    ['lib-ver', session.libVersion],
  ];
  return fields.map(([label, value]) => `${label}=${value}`).join(' ') + '\n';
}
