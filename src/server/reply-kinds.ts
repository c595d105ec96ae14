import type { ErrorReply, ItemsReply, NoReply, Reply } from '../resp/reply.js';

export function isError(reply: Reply): reply is ErrorReply {
  return typeof reply === 'object' && reply !== null && 'kind' in reply && reply.kind === 'error';
}

export function isItems(reply: Reply | Promise<Reply>): reply is ItemsReply {
  return typeof reply === 'object' && reply !== null && 'kind' in reply && reply.kind === 'items';
}

export function isNone(reply: Reply): reply is NoReply {
  return typeof reply === 'object' && reply !== null && 'kind' in reply && reply.kind === 'none';
}
