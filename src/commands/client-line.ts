import type { Session } from './context.js';

function flagsOf(session: Session): string {
  let flags = '';
  if (session.closeAfterReply) flags += 'c';
  if (session.blocked) flags += 'b';
  if (session.localAddress.startsWith('/')) flags += 'U';
  if (session.noEvict) flags += 'e';
  if (session.noTouch) flags += 'T';
  return flags === '' ? 'N' : flags;
}

const seconds = (ms: number) => Math.max(0, Math.floor(ms / 1000));

/** One client as in CLIENT LIST: the fields of Redis that have a meaning here, in its order. */
export function clientLine(session: Session, nowMs: number): string {
  const fields: readonly (readonly [string, string | number])[] = [
    ['id', session.id],
    ['addr', session.remoteAddress],
    ['laddr', session.localAddress],
    ['name', session.name],
    ['age', seconds(nowMs - session.createdMs)],
    ['idle', seconds(nowMs - session.lastActiveMs)],
    ['flags', flagsOf(session)],
    ['db', 0],
    ['sub', 0],
    ['psub', 0],
    ['ssub', 0],
    ['multi', -1],
    ['qbuf', session.inputBytes],
    ['omem', session.outputBytes],
    ['tot-mem', session.inputBytes + session.outputBytes],
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
