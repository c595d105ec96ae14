/** The requests of a transaction, from MULTI to EXEC. */
import type { Context, Transaction } from '../commands/context.js';
import { FabricError } from '../errors.js';
import { ARGUMENT_OVERHEAD_BYTES } from '../resp/limits.js';
import type { ItemsReply, Reply } from '../resp/reply.js';
import type { Admitted } from './admitted.js';

/** They act on the transaction, or end it with the connection's state; all others are queued. */
const IMMEDIATE: ReadonlySet<string> = new Set(['exec', 'discard', 'multi', 'watch', 'quit', 'reset']);
/** A gathered argument this long has memory of its own; shorter ones may be a small part of what they keep alive. */
const OWN_MEMORY_BYTES = 16 * 1024;

export const isQueued = ({ command }: Admitted) => !IMMEDIATE.has(command.name);

/** Runs one request: neither throws nor rejects. */
export type RunRequest = (context: Context, request: Admitted) => Reply | Promise<Reply>;

export class RequestQueue implements Transaction {
  readonly #limits: Context['config']['limits'];
  readonly #run: RunRequest;
  #requests: Admitted[] = [];
  #length = 0;
  #heapBytes = 0;
  #failed = false;

  constructor(limits: Context['config']['limits'], run: RunRequest) {
    this.#limits = limits;
    this.#run = run;
  }

  get length(): number {
    return this.#length;
  }

  get heapBytes(): number {
    return this.#heapBytes;
  }

  get failed(): boolean {
    return this.#failed;
  }

  /** As for CLIENT PAUSE: EXEC writes when one of its commands does. */
  get writes(): boolean {
    return this.#requests.some(({ command }) => command.flags.includes('write'));
  }

  /** Keeps the request for EXEC. Throws OOM when the transaction would hold too much; it has failed then. */
  add(request: Admitted): void {
    this.#length++;
    if (this.#failed) {
      request.intake?.target?.abandon();
      return;
    }
    const bytes = request.args.reduce((sum, arg) => sum + arg.length + ARGUMENT_OVERHEAD_BYTES, 0);
    this.#requests.push({ ...request, args: compact(request.args) });
    this.#heapBytes += bytes;
    const max = this.#limits.transactionBytesMax;
    if (this.#heapBytes <= max) return;
    this.fail();
    throw new FabricError(
      'OOM',
      `the commands since MULTI take more than limits.transaction_bytes_max (${max}): EXEC will run none of them; ` +
        'send smaller transactions, or raise the limit',
    );
  }

  /** EXEC is to run none: a request was refused. What is queued already is given up at once. */
  fail(): void {
    this.#failed = true;
    this.abandon();
  }

  abandon(): void {
    for (const { intake } of this.#requests) intake?.target?.abandon();
    this.#requests = [];
    this.#heapBytes = 0;
  }

  run(context: Context): ItemsReply {
    const { session } = context;
    const requests = this.#requests;
    this.#requests = [];
    session.executing = true;
    let at = 0;
    return {
      kind: 'items',
      items: requests.length,
      next: () => this.#run(context, requests[at++]!),
      done: () => {
        session.executing = false;
      },
    };
  }
}

/** Copies short arguments together, so that none of them keeps a whole network chunk alive until EXEC. */
function compact(args: readonly Buffer[]): Buffer[] {
  const short = args.filter((arg) => arg.length < OWN_MEMORY_BYTES);
  const block = Buffer.allocUnsafe(short.reduce((sum, arg) => sum + arg.length, 0));
  let end = 0;
  return args.map((arg) => {
    if (arg.length >= OWN_MEMORY_BYTES) return arg;
    const start = end;
    end += arg.copy(block, start);
    return block.subarray(start, end);
  });
}
