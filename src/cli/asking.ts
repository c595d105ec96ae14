/** Questions to a running server, as RESP2 has the answers. */
import { Redis, type RedisOptions } from 'ioredis';
import { FabricError } from '../errors.js';

const CONNECT_MS_MAX = 3000;
const ANSWER_MS_MAX = 5000;

/** One of those maps which NODES and SEGMENTS list. */
export type Fields = ReadonlyMap<string, string>;

export interface Server {
  /** How the user knows it; stands in errors. */
  shown: string;
  /** Instead of host and port in the options. */
  url?: string;
  options?: Omit<RedisOptions, 'replyMapping'>;
}

/** ERR when it can't be asked: the reason, which ioredis tells its listeners only. */
export async function ask<T>({ shown, url, options }: Server, questions: (client: Redis) => Promise<T>): Promise<T> {
  const all = {
    ...options,
    lazyConnect: true,
    enableReadyCheck: false,
    retryStrategy: null,
    connectTimeout: CONNECT_MS_MAX,
    commandTimeout: ANSWER_MS_MAX,
    protocol: 2 as const,
  };
  const client = url === undefined ? new Redis(all) : new Redis(url, all);
  let reason: unknown;
  client.on('error', (error: unknown) => (reason = error));
  try {
    await client.connect();
    return await questions(client);
  } catch (error) {
    throw new FabricError('ERR', `cannot ask ${shown}: ${((reason ?? error) as Error).message}`);
  } finally {
    client.disconnect();
  }
}

export const nodesOf = (client: Redis): Promise<Fields[]> => listOf(client, 'FABRIC.NODES');
export const upkeepOf = (client: Redis): Promise<Fields[]> => listOf(client, 'FABRIC.UPKEEP');
export const segmentsOf = (client: Redis): Promise<Fields[]> => listOf(client, 'FABRIC.SEGMENTS');

async function listOf(client: Redis, command: string): Promise<Fields[]> {
  return ((await client.call(command)) as unknown[][]).map(fieldsOf);
}

function fieldsOf(labelled: readonly unknown[]): Fields {
  const fields = new Map<string, string>();
  for (let index = 0; index < labelled.length; index += 2)
    fields.set(String(labelled[index]), String(labelled[index + 1]));
  return fields;
}
