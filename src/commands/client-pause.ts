import { FabricError } from '../errors.js';
import { OK } from '../resp/reply.js';
import type { Reply } from '../resp/reply.js';
import { integerOf } from '../util/args.js';
import type { Context } from './context.js';
import { notAnInteger, wrongSubcommandArity } from './refusals.js';

function parseTimeoutMs(arg: Buffer): number {
  const timeoutMs = integerOf(arg);
  if (timeoutMs === undefined) throw notAnInteger('timeout');
  if (timeoutMs < 0) throw new FabricError('ERR', 'timeout is negative');
  return timeoutMs;
}

function parseWritesOnly(arg: Buffer | undefined): boolean {
  const mode = arg?.toString('latin1').toLowerCase() ?? 'all';
  if (mode !== 'all' && mode !== 'write') throw new FabricError('ERR', 'CLIENT PAUSE mode must be WRITE or ALL');
  return mode === 'write';
}

/** A pause in force is never shortened or weakened by a second one. */
export function pause(context: Context, args: readonly Buffer[]): Reply {
  if (args.length > 4) throw wrongSubcommandArity('client', args[1]!);
  const { server } = context;
  const nowMs = context.now();
  const writesOnly = parseWritesOnly(args[3]);
  const untilMs = nowMs + parseTimeoutMs(args[2]!);
  const inForceUntilMs = server.pauseUntilMs ?? 0;
  server.pauseWritesOnly = writesOnly && (inForceUntilMs <= nowMs || server.pauseWritesOnly);
  server.pauseUntilMs = Math.max(untilMs, inForceUntilMs);
  return OK;
}

export function unpause({ server }: Context): Reply {
  server.pauseUntilMs = undefined;
  return OK;
}
