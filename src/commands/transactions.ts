/** MULTI, EXEC, DISCARD, WATCH, UNWATCH. */
import { FabricError } from '../errors.js';
import { NULL_ARRAY, OK, type Reply } from '../resp/reply.js';
import type { Command, CommandFlag } from './command.js';
import type { Context, Transaction } from './context.js';
import { xidAnywhere } from './elsewhere.js';
import { leaveTransaction } from './session-state.js';

const common = {
  flags: ['noscript', 'loading', 'stale', 'fast', 'allow_busy'] as readonly CommandFlag[],
  categories: ['@fast', '@transaction'],
  complexity: 'O(1)',
  group: 'transactions',
} as const satisfies Partial<Command>;

function multi({ session, server }: Context): Reply {
  if (session.transaction !== undefined) throw new FabricError('ERR', 'MULTI calls can not be nested');
  server.multi(session);
  return OK;
}

function exec(context: Context): Reply | Promise<Reply> {
  const { session } = context;
  const { transaction } = session;
  if (transaction === undefined) throw new FabricError('ERR', 'EXEC without MULTI');
  if (transaction.failed) {
    leaveTransaction(session);
    throw new FabricError('EXECABORT', 'Transaction discarded because of previous errors.');
  }
  if (context.cluster === undefined || session.watched.size === 0)
    return run(context, transaction, isDirtyHere(context));
  return isDirtyAnywhere(context).then(
    (isDirty) => run(context, transaction, isDirty),
    (error: unknown) => {
      leaveTransaction(session);
      throw error;
    },
  );
}

function run(context: Context, transaction: Transaction, isDirty: boolean): Reply | Promise<Reply> {
  const { session } = context;
  // The connection may have ended while other nodes were asked.
  if (isDirty || session.transaction !== transaction) {
    leaveTransaction(session);
    return NULL_ARRAY;
  }
  session.transaction = undefined;
  session.watched.clear();
  return transaction.run(context);
}

/** True when a watched name stands for another variable than at the time of WATCH. */
function isDirtyHere({ session, fabric }: Context): boolean {
  for (const [name, xid] of session.watched) if (fabric.readers.xid(Buffer.from(name, 'latin1')) !== xid) return true;
  return false;
}

async function isDirtyAnywhere(context: Context): Promise<boolean> {
  const looks = [...context.session.watched].map(
    async ([name, xid]) => (await xidAnywhere(context, Buffer.from(name, 'latin1'))) !== xid,
  );
  return (await Promise.all(looks)).includes(true);
}

function discard({ session }: Context): Reply {
  if (session.transaction === undefined) throw new FabricError('ERR', 'DISCARD without MULTI');
  leaveTransaction(session);
  return OK;
}

function watch(context: Context, args: readonly Buffer[]): Reply | Promise<Reply> {
  const { session, config } = context;
  if (session.transaction !== undefined) throw new FabricError('ERR', 'WATCH inside MULTI is not allowed');
  const max = config.limits.watchedNamesMax;
  const names = args.slice(1);
  if (session.watched.size + names.length > max) {
    throw new FabricError(
      'ERR',
      `a connection may watch ${max} names (limits.watched_names_max): UNWATCH, or watch fewer`,
    );
  }
  const note = (xids: readonly (number | undefined)[]) => {
    names.forEach((name, at) => {
      const key = name.toString('latin1');
      if (!session.watched.has(key)) session.watched.set(key, xids[at]);
    });
    return OK;
  };
  if (context.cluster === undefined) return note(names.map((name) => context.fabric.readers.xid(name)));
  return Promise.all(names.map((name) => xidAnywhere(context, name))).then(note);
}

function unwatch({ session }: Context): Reply {
  session.watched.clear();
  return OK;
}

export const transactionCommands: readonly Command[] = [
  {
    ...common,
    name: 'multi',
    arity: 1,
    summary: 'Begins a transaction: the commands that follow are queued until EXEC.',
    since: '1.2.0',
    arguments: [],
    reply: 'OK',
    notes: `Each command answers \`QUEUED\`, or an error, after which EXEC runs none of them. What is queued may take
\`limits.transaction_bytes_max\` of heap memory. A payload above 64 KiB goes into its segment at once, as without MULTI, and becomes a
variable at EXEC; until then it counts as reserved, and DISCARD, an error or the end of the connection gives it up. So a DELETE of the same
transaction makes no room for it.

The commands of the SUBSCRIBE family, MONITOR, CLIENT REPLY and SHUTDOWN are not taken.`,
    handler: multi,
  },
  {
    ...common,
    name: 'exec',
    arity: 1,
    flags: ['noscript', 'loading', 'stale', 'skip_slowlog'],
    categories: ['@slow', '@transaction'],
    summary: 'Runs the commands queued since MULTI, in order.',
    complexity: 'Depends on the commands.',
    since: '1.2.0',
    arguments: [],
    reply: '[reply, …] | null when a watched name has changed',
    notes: `\`EXECABORT\`, and nothing is run, when a command was refused at its queueing. One that fails while it runs has its error among the
replies, and those after it run all the same. No other client's commands come between, except while one of these works beside the main
thread (FABRIC.ALLOC, SEAL, DEFRAG, INSERT … FILE, SCAN and KEYS of many names) or while more than
\`limits.output_buffer_bytes_max\` of replies wait to be taken. What would WAIT answers null at once.`,
    handler: exec,
  },
  {
    ...common,
    name: 'discard',
    arity: 1,
    summary: 'Forgets the commands queued since MULTI, and what is watched.',
    since: '2.0.0',
    arguments: [],
    reply: 'OK',
    handler: discard,
  },
  {
    ...common,
    name: 'watch',
    arity: -2,
    keys: { first: 1, last: -1, step: 1 },
    summary: 'Makes the next EXEC run only if the names still stand for the same variables.',
    complexity: 'O(N) for N names, again at EXEC',
    since: '2.2.0',
    arguments: [{ name: 'key', type: 'key', multiple: true }],
    reply: 'OK',
    notes:
      'What counts is the xid: a variable never changes, so a name is the same while its xid is. A name that stood for nothing, ' +
      'and does so again at EXEC, is the same too. In a cluster names on other nodes count as well: WATCH and EXEC ask the coordinator for them.',
    handler: watch,
  },
  {
    ...common,
    name: 'unwatch',
    arity: 1,
    summary: 'Forgets what is watched.',
    since: '2.2.0',
    arguments: [],
    reply: 'OK',
    handler: unwatch,
  },
];
