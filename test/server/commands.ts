/** Commands that show what the server does with them. */
import type { BulkTarget, Command, CommandFlag, Handler } from '../../dist/commands/command.js';
import type { Context } from '../../dist/commands/context.js';
import { FabricError } from '../../dist/errors.js';
import { NONE, OK, simple, type Reply } from '../../dist/resp/reply.js';

export function command(name: string, handler: Handler, parts: Partial<Command> = {}): Command {
  return {
    name,
    arity: -1,
    flags: [],
    categories: [],
    summary: '',
    complexity: 'O(1)',
    since: '0',
    group: 'server',
    arguments: [{ name: 'argument', type: 'string', optional: true, multiple: true }],
    reply: '',
    handler,
    ...parts,
  };
}

const pass: CommandFlag[] = ['no_auth', 'allow_busy'];

/** A promise that a test settles. */
export class Deferred {
  resolve!: (reply: Reply) => void;
  reject!: (error: unknown) => void;
  readonly promise = new Promise<Reply>((resolve, reject) => {
    this.resolve = resolve;
    this.reject = reject;
  });
}

/** Where `SINK` puts its bulks; each event is noted. */
export class TestTarget implements BulkTarget {
  readonly entry = 77;
  readonly events: string[] = [];
  answer: Reply | Promise<Reply> = OK;
  failWrites = false;

  constructor(readonly length: number) {}

  /** Stands for a checksum: the number of bytes so far. */
  write(offset: number, bytes: Buffer): number {
    if (this.failWrites) throw new FabricError('ERR', 'the memory is gone');
    this.events.push(`write ${offset} ${bytes.toString('latin1')}`);
    return offset + bytes.length;
  }

  complete(crc32c: number): Reply | Promise<Reply> {
    this.events.push(`complete ${crc32c}`);
    return this.answer;
  }

  abandon(): void {
    this.events.push('abandon');
  }
}

export class TestCommands {
  /** One for each call of `WAIT` or `BLOCK`, oldest first. */
  readonly waits: Deferred[] = [];
  readonly signals: AbortSignal[] = [];
  readonly targets: TestTarget[] = [];
  readonly opened: string[][] = [];
  openError: Error | undefined;
  failWrites = false;
  /** What `REPLY` answers. */
  reply: Reply = OK;
  readonly sinkThresholdBytes = 32 * 1024;

  readonly all: readonly Command[] = [
    command('ping', () => simple('PONG'), { flags: ['allow_busy'] }),
    command('echo', (_context, args) => args[1]!, {
      arity: 2,
      arguments: [{ name: 'message', type: 'string' }],
    }),
    command('set', () => OK, { flags: ['write'] }),
    command('get', () => null, { flags: ['readonly'] }),
    command('login', ({ session }) => this.#login(session), { flags: pass }),
    command('quit', ({ session }) => this.#quit(session), { flags: pass }),
    command('wait', () => this.#wait()),
    command('block', ({ session }) => this.#wait(session.signal), { flags: ['blocking'] }),
    command('reply', () => this.reply),
    command('fail', () => {
      throw new FabricError('NOTFOUND', 'no such segment: see FABRIC.SEGMENTS');
    }),
    command('crash', () => {
      throw new RangeError('index out of bounds');
    }),
    command('sink', () => simple('SMALL'), {
      arity: 3,
      arguments: [
        { name: 'name', type: 'key' },
        { name: 'payload', type: 'string' },
      ],
      sink: {
        thresholdBytes: this.sinkThresholdBytes,
        open: (_context, before, length) => this.#open(before, length),
      },
    }),
    this.#container(),
  ];

  #login(session: Context['session']): Reply {
    session.authenticated = true;
    return OK;
  }

  #quit(session: Context['session']): Reply {
    session.closeAfterReply = true;
    return OK;
  }

  #wait(signal?: AbortSignal): Promise<Reply> {
    const deferred = new Deferred();
    this.waits.push(deferred);
    if (signal !== undefined) {
      this.signals.push(signal);
      if (signal.aborted) deferred.resolve(null);
      signal.addEventListener('abort', () => deferred.resolve(null));
    }
    return deferred.promise;
  }

  #open(before: readonly Buffer[], length: number): BulkTarget {
    this.opened.push(before.map(String));
    if (this.openError !== undefined) throw this.openError;
    const target = new TestTarget(length);
    target.failWrites = this.failWrites;
    this.targets.push(target);
    return target;
  }

  #container(): Command {
    const container = command('client', () => OK, { arity: -2, arguments: [] });
    delete container.handler;
    const replyMode: Handler = ({ session }, args) => {
      session.replyMode = args[2]!.toString().toLowerCase() as 'on' | 'off' | 'skip';
      return session.replyMode === 'on' ? OK : NONE;
    };
    return {
      ...container,
      subcommands: [
        command('client|getname', () => 'me', { arity: 2, arguments: [] }),
        command('client|reply', replyMode, { arity: 3, arguments: [{ name: 'mode', type: 'string' }] }),
      ],
    };
  }
}
