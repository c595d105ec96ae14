/** A client at each node of a cluster, for tests that look at all of them. */
import { setTimeout as after } from 'node:timers/promises';
import type { ExecutionContext } from 'ava';
import { Redis } from 'ioredis';
import type { TestCluster } from './cluster.js';

const LOOK_MS = 20;
/** For what a test waits for; the test fails instead of hanging. */
const PATIENCE_MS = 90_000;

export type Fields = Readonly<Record<string, string>>;

export class ClusterClients {
  readonly #clients: readonly Redis[];
  readonly #names: readonly string[];

  constructor(t: ExecutionContext, cluster: TestCluster) {
    this.#names = cluster.servers.map(({ node }) => node);
    this.#clients = cluster.servers.map((_, index) => {
      const [host, port] = cluster.addressOf(index).split(':') as [string, string];
      const client = new Redis(Number(port), host, {
        protocol: 2,
        maxRetriesPerRequest: null,
        retryStrategy: () => LOOK_MS,
      });
      client.on('error', () => undefined);
      return client;
    });
    t.teardown(() => this.#clients.forEach((client) => client.disconnect()));
  }

  /** At the node of that index. */
  at(index: number): Redis {
    return this.#clients[index]!;
  }

  async records(index: number, command: string, ...args: string[]): Promise<Fields[]> {
    return ((await this.at(index).call(command, ...args)) as unknown[][]).map(fieldsOf);
  }

  /** Indices of the nodes among those asked that have a copy: each knows its own. */
  async holders(name: string, asked: readonly number[]): Promise<number[]> {
    const there = await Promise.all(
      asked.map(async (index) => {
        const placements = ((await this.at(index).call('FABRIC.LOCATE', name)) ?? []) as unknown[][];
        return placements.some(([node]) => node === this.#names[index]);
      }),
    );
    return asked.filter((_, at) => there[at]);
  }

  /** The job of that kind once it is as wanted. */
  async job(index: number, kind: string, wanted: (job: Fields) => boolean): Promise<Fields> {
    return eventually(async () => {
      const jobs = await this.records(index, 'FABRIC.UPKEEP');
      const job = jobs.find((candidate) => candidate.kind === kind);
      return job !== undefined && wanted(job) ? job : undefined;
    }, `a ${kind} job as wanted`);
  }

  async state(index: number, node: string): Promise<string | undefined> {
    return (await this.records(index, 'FABRIC.NODES')).find((record) => record.node === node)?.state;
  }
}

/** What `look` finds, as soon as it does; what it throws counts as nothing found. */
export async function eventually<T>(look: () => Promise<T | undefined>, what: string): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS;
  let last: unknown;
  for (;;) {
    try {
      const found = await look();
      if (found !== undefined) return found;
    } catch (error) {
      last = error;
    }
    if (performance.now() > deadline) throw new Error(`${what} isn't there in time: ${String(last)}`);
    await after(LOOK_MS);
  }
}

function fieldsOf(labelled: readonly unknown[]): Fields {
  const entries = Array.from({ length: labelled.length / 2 }, (_, at): [string, string] => [
    String(labelled[2 * at]),
    String(labelled[2 * at + 1]),
  ]);
  return Object.fromEntries(entries);
}
