/** A process of its own that works on a store as it is told, one order after the other. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { answerOf } from '../support/answer.js';
import { openSubject, type Subject } from './subject.js';
import { pattern } from './pattern.js';

export type Order =
  /** So many creators of one key at once. */
  | { do: 'race'; key: string; creators: number; first: number }
  /** Objects one after the other until it is killed, each acknowledged. */
  | { do: 'put' | 'create' | 'write'; key: string; bytes: number };

export class Actor {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(subject: Subject, options: unknown): Promise<Actor> {
    const child = fork(fileURLToPath(import.meta.url), [subject.module, JSON.stringify(options)], { execArgv: [] });
    const actor = new Actor(child);
    await actor.answer();
    return actor;
  }

  tell(order: Order): void {
    this.#child.send(order);
  }

  /** The next thing it says; rejects when it ends instead. */
  answer(): Promise<unknown> {
    return answerOf(this.#child);
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }
}

async function act(module: string, options: unknown): Promise<void> {
  const store = await openSubject(module, options);
  const say = (what: unknown) => process.send!(what);
  process.on('disconnect', () => process.exit(0));
  process.on('message', (order: Order) => void obey(order));
  say('ready');

  async function obey(order: Order): Promise<void> {
    if (order.do === 'race') {
      const seeds = Array.from({ length: order.creators }, (_, index) => order.first + index);
      say(await Promise.all(seeds.map((seed) => store.create(order.key, pattern(seed, 1024)))));
      return;
    }
    for (let turn = 0; ; turn++) {
      const body = pattern(turn, order.bytes);
      if (order.do === 'put') await store.put(order.key, body);
      else if (order.do === 'create') await store.create(`${order.key}/${turn}`, body);
      else await store.write(order.key, order.bytes, Readable.from([body.subarray(0, 1000), body.subarray(1000)]));
      say(turn);
    }
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await act(process.argv[2]!, JSON.parse(process.argv[3]!) as unknown);
}
