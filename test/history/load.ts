/** Clients that do what a seed says, each one thing at a time, and write it all down. */
import { setTimeout } from 'node:timers/promises';
import { ConnectionLost, Refused } from '../campaign/link.js';
import type { Call } from '../campaign/figures.js';
import { Random } from '../campaign/random.js';
import { ACTIONS, get, makeValue, type Action, type Attempt, type Turn } from './actions.js';
import type { Recorder } from './recorder.js';

/** `call` rejects with Refused when nothing happened, with ConnectionLost when nobody knows. */
export interface Connection {
  call: Call;
  close: () => void;
}

export interface LoadClient {
  name: string;
  /** The node at the other end. */
  node: string;
  /** Anew after each loss. */
  connect: () => Connection;
}

export interface WeightedAction {
  item: Action;
  weight: number;
}

export interface LoadOptions {
  seed: number;
  clients: readonly LoadClient[];
  /** Names in use at a time. */
  names?: number;
  /** After so many operations on each of them, on average, others take their place: short histories are checked sooner. */
  operationsPerName?: number;
  lengthMax?: number;
  mix?: readonly WeightedAction[];
  /** Codes of errors after which nobody knows whether it happened. Default: none. */
  uncertainCodes?: readonly string[];
  /** The nodes which a refusal names as those it would need. Default: none. */
  holdersDown?: (refusal: Refused) => readonly string[];
}

export const MIX: readonly WeightedAction[] = [
  { item: ACTIONS.INSERT, weight: 4 },
  { item: ACTIONS.SET, weight: 3 },
  { item: ACTIONS.DELETE, weight: 2 },
  { item: ACTIONS.GET, weight: 5 },
  { item: ACTIONS.LOCATE, weight: 3 },
  { item: ACTIONS.PULL, weight: 1 },
];

const RECONNECT_MS = 10;
/** Shorter ones of two seeds might be alike. */
const LENGTH_MIN = 16;

export class Load {
  /** Outcomes so far. */
  readonly counts = { ok: 0, failed: 0, unknown: 0 };
  readonly #recorder: Recorder;
  readonly #options: Required<LoadOptions>;
  readonly #random: Random;
  readonly #nodes: readonly string[];
  #begun = 0;
  #seeds: number;
  #running: Promise<unknown> = Promise.resolve();
  #stopping = false;

  constructor(recorder: Recorder, options: LoadOptions) {
    this.#recorder = recorder;
    this.#options = {
      names: 8,
      operationsPerName: 40,
      lengthMax: 4096,
      mix: MIX,
      uncertainCodes: [],
      holdersDown: () => [],
      ...options,
    };
    this.#random = new Random(options.seed);
    // Apart from those of other loads of one history.
    this.#seeds = this.#random.between(0, 2 ** 30) * 2 ** 20;
    this.#nodes = [...new Set(options.clients.map(({ node }) => node))];
  }

  /** Until `stop`, or so many operations in all. */
  start(operations = Infinity): void {
    this.#stopping = false;
    const last = this.#begun + operations;
    this.#running = Promise.all(this.#options.clients.map((client, index) => this.#live(client, index, last)));
    // Told by `finished` and `stop`.
    this.#running.catch(() => (this.#stopping = true));
  }

  /** Rejects when a reply made no sense. */
  async finished(): Promise<void> {
    await this.#running;
  }

  /** What is under way is waited for. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#running;
  }

  /** Resolves when so many more operations are over. */
  async progress(operations: number): Promise<void> {
    const wanted = this.#over + operations;
    while (this.#over < wanted && !this.#stopping) await setTimeout(RECONNECT_MS);
    if (this.#stopping) await this.#running;
  }

  /** Reads every name that was used, through every client. */
  async lookAtEnd(): Promise<void> {
    const names = [...new Set(this.#recorder.operations.map(({ name }) => name))];
    for (const client of this.#options.clients) {
      const connection = client.connect();
      try {
        for (const name of names) await this.#attempt(client, connection, name, get({ name }), true);
      } finally {
        connection.close();
      }
    }
  }

  get #over(): number {
    return this.counts.ok + this.counts.failed + this.counts.unknown;
  }

  async #live(client: LoadClient, index: number, last: number): Promise<void> {
    const random = this.#random.fork(index);
    let connection: Connection | undefined;
    try {
      while (!this.#stopping && this.#begun < last) {
        connection ??= await this.#connected(client);
        if (connection === undefined) return;
        this.#begun++;
        const name = this.#name(random);
        const turn: Turn = { name, random, nodes: this.#nodes, write: () => this.#write(random) };
        const attempt = random.weighted(this.#options.mix)(turn);
        const isLost = (await this.#attempt(client, connection, name, attempt)) === 'unknown';
        if (!isLost) continue;
        connection.close();
        connection = undefined;
      }
    } finally {
      connection?.close();
    }
  }

  /** One that works; undefined when the load ends before there is any. So operations aren't spent on a node that is down. */
  async #connected(client: LoadClient): Promise<Connection | undefined> {
    while (!this.#stopping) {
      const connection = client.connect();
      try {
        await connection.call('PING');
        return connection;
      } catch (error) {
        connection.close();
        if (!(error instanceof ConnectionLost || error instanceof Refused)) throw error;
        await setTimeout(RECONNECT_MS);
      }
    }
    return undefined;
  }

  async #attempt(client: LoadClient, { call }: Connection, name: string, { asked, send }: Attempt, atEnd = false) {
    const end = this.#recorder.invoke({
      client: client.name,
      node: client.node,
      name,
      ...asked,
      ...(atEnd ? { atEnd } : {}),
    });
    let outcome: keyof typeof this.counts = 'ok';
    try {
      end({ ...(await send(call)), outcome });
    } catch (error) {
      if (error instanceof Refused) {
        const { code, message: reason } = error;
        outcome = this.#options.uncertainCodes.includes(code) ? 'unknown' : 'failed';
        const holdersDown = atEnd ? this.#options.holdersDown(error) : [];
        end({ outcome, reason, ...(holdersDown.length > 0 ? { holdersDown } : {}) });
      } else if (error instanceof ConnectionLost) {
        outcome = 'unknown';
        end({ outcome, reason: error.message });
      } else throw error;
    }
    this.counts[outcome]++;
    return outcome;
  }

  #name(random: Random): string {
    const { names, operationsPerName } = this.#options;
    const first = Math.floor(this.#begun / operationsPerName);
    return `load/${this.#random.seed}/${first + random.between(0, names - 1)}`;
  }

  #write(random: Random) {
    return makeValue(this.#seeds++, random.size(LENGTH_MIN, this.#options.lengthMax));
  }
}
