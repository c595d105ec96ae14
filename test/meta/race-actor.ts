/** A process of its own whose writers race for versions of a key, each telling what it asked and what came of it. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { Meta } from '../../dist/meta/meta.js';
import { NONE, type SwapOperation } from '../history/swaps.js';
import { openSubject } from '../storage/subject.js';
import { answerOf } from '../support/answer.js';
import { crc32c } from './crc32c.js';

/** The repository itself, in a store; or a server that has it. */
export type Ground = { module: string; options: unknown } | { host: string; port: number };

export type RaceOrder =
  /** All write upon that version at once, and read meanwhile. */
  | { do: 'race'; upon: number }
  /** Each writes upon what it reads, so many times. */
  | { do: 'struggle'; turns: number };

/** One writer's way to a key. */
interface Hand {
  put: (value: string, upon: number) => Promise<number>;
  get: () => Promise<{ version: number; value: string | undefined }>;
}

export const RACE_KEY = 'raced';
export const WRITERS = 4;

const hex = (version: number) => version.toString(16).padStart(8, '0');

export async function startRacer(ground: Ground, name: string) {
  const child = fork(fileURLToPath(import.meta.url), [JSON.stringify(ground), name], { execArgv: [] });
  await answerOf(child);
  return {
    async tell(order: RaceOrder): Promise<SwapOperation[]> {
      const answer = answerOf(child);
      child.send(order);
      return (await answer) as SwapOperation[];
    },
    async end(): Promise<void> {
      const gone = once(child, 'exit');
      child.disconnect();
      await gone;
    },
  };
}

async function handsOn(ground: Ground): Promise<Hand[]> {
  if ('module' in ground) {
    const store = await openSubject(ground.module, ground.options);
    // Two of the writers share what is known of a key, as the clients of a node do.
    const metas = [0, 1].map(() => new Meta({ store, repository: 'r', crc32c }));
    return Array.from({ length: WRITERS }, (_, at) => handOf(metas[at % 2]!));
  }
  return Array.from({ length: WRITERS }, () => redisHand(new Redis(ground.port, ground.host)));
}

function handOf(meta: Meta): Hand {
  return {
    put: (value, upon) => meta.put(RACE_KEY, Buffer.from(value), upon === NONE ? 'none' : upon),
    get: async () => {
      const found = await meta.get(RACE_KEY);
      return { version: found?.version ?? NONE, value: found?.value.toString() };
    },
  };
}

function redisHand(client: Redis): Hand {
  return {
    put: async (value, upon) =>
      Number.parseInt(
        (await client.call('META.PUT', RACE_KEY, value, 'IF', upon === NONE ? 'NONE' : hex(upon))) as string,
        16,
      ),
    get: async () => {
      const found = (await client.call('META.GET', RACE_KEY)) as [string, string] | null;
      return { version: found === null ? NONE : Number.parseInt(found[0], 16), value: found?.[1] };
    },
  };
}

class Racer {
  readonly #hands: readonly Hand[];
  readonly #name: string;
  #turn = 0;
  #done: SwapOperation[] = [];

  constructor(hands: readonly Hand[], name: string) {
    this.#hands = hands;
    this.#name = name;
  }

  async obey(order: RaceOrder): Promise<SwapOperation[]> {
    this.#done = [];
    const works = this.#hands.map((hand, at) => {
      if (order.do === 'struggle') return this.#struggle(hand, at, order.turns);
      return Promise.all([this.#swap(hand, at, order.upon), this.#read(hand)]).then(() => this.#read(hand));
    });
    await Promise.all(works);
    return this.#done;
  }

  async #struggle(hand: Hand, at: number, turns: number): Promise<void> {
    for (let turn = 0; turn < turns; turn++) await this.#swap(hand, at, await this.#read(hand));
  }

  async #read(hand: Hand): Promise<number> {
    const invokedNs = now();
    const seen = await hand.get();
    this.#done.push({ kind: 'read', ...seen, invokedNs, returnedNs: now(), outcome: 'ok' });
    return seen.version;
  }

  async #swap(hand: Hand, at: number, upon: number): Promise<void> {
    const value = `${this.#name} ${at} ${this.#turn++}`;
    const swap = { kind: 'swap' as const, upon, value, invokedNs: now() };
    try {
      const made = await hand.put(value, upon);
      this.#done.push({ ...swap, made, returnedNs: now(), outcome: 'ok' });
    } catch (error) {
      const { message } = error as Error;
      const found = / (?:is at version ([0-9a-f]{8})|has no version)/.exec(message);
      if (found) {
        const version = found[1] === undefined ? NONE : Number.parseInt(found[1], 16);
        this.#done.push({ ...swap, found: version, returnedNs: now(), outcome: 'ok' });
      } else if (message.includes('unknown whether')) {
        // It may happen at any later time; JSON has no infinity.
        this.#done.push({ ...swap, returnedNs: Number.MAX_SAFE_INTEGER, outcome: 'unknown' });
      } else throw error;
    }
  }
}

/** One clock for all processes of a machine, in ns since it was started. */
const now = () => Number(process.hrtime.bigint());

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const racer = new Racer(await handsOn(JSON.parse(process.argv[2]!) as Ground), process.argv[3]!);
  process.on('disconnect', () => process.exit(0));
  process.on('message', (order: RaceOrder) => void racer.obey(order).then((done) => process.send!(done)));
  process.send!([]);
}
