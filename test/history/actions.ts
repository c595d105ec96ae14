/** What clients do under load: one action each, which says what it asked for and what came of it. */
import { native } from '../../dist/native.js';
import { payloadOf } from '../campaign/payload.js';
import type { Call } from '../campaign/figures.js';
import { Refused } from '../campaign/link.js';
import type { Random } from '../campaign/random.js';
import type { Sighting, Written } from './operation.js';
import type { Ending, Invocation } from './recorder.js';

export interface Turn {
  name: string;
  random: Random;
  /** New bytes, unlike all others. */
  write: () => Written;
  /** Nodes that can be asked to take a copy. */
  nodes: readonly string[];
}

type Kind = Invocation['kind'];
type Asked = { kind: Exclude<Kind, 'INSERT' | 'SET'> } | { kind: 'INSERT' | 'SET'; value: Written };

/** What is recorded before anything is sent, and how it is sent; that rejects as `call` does. */
export interface Attempt {
  asked: Asked;
  send: (call: Call) => Promise<Omit<Ending, 'outcome'>>;
}

export type Action = (turn: Turn) => Attempt;

/** Placed as its options say: `NODE beta`, `REPLICAS 2`. */
export const inserting =
  (optionsOf: (turn: Turn) => readonly string[]): Action =>
  (turn) => {
    const value = turn.write();
    const options = optionsOf(turn);
    const send = async (call: Call) => {
      const bytes = payloadOf(value.seed, value.length);
      const source = options.length === 0 ? [bytes] : [...options, 'BYTES', bytes];
      try {
        return withXid(seenIn(await call('FABRIC.INSERT', turn.name, '', 'bytes', ...source))?.xid);
      } catch (error) {
        // The same bytes nobody else writes: a node on the way has sent it twice.
        const own = ownXid(error, value);
        if (own === undefined) throw error;
        return withXid(own);
      }
    };
    return { asked: { kind: 'INSERT', value }, send };
  };

export const ACTIONS = {
  INSERT: inserting(() => []),
  SET: set,
  DELETE: remove,
  GET: get,
  LOCATE: locate,
  PULL: pull,
} as const;

/** The bytes that a write has; a value only keeps how to make them. */
export function makeValue(seed: number, length: number): Written {
  return { seed, length, crc32c: native.crc32c(payloadOf(seed, length)) };
}

function set({ name, write }: Turn): Attempt {
  const value = write();
  const send = async (call: Call) => {
    await call('SET', name, payloadOf(value.seed, value.length));
    return {};
  };
  return { asked: { kind: 'SET', value }, send };
}

function remove({ name }: Turn): Attempt {
  return { asked: { kind: 'DELETE' }, send: async (call) => ({ found: (await call('FABRIC.DELETE', name)) === 1 }) };
}

export function get({ name }: Pick<Turn, 'name'>): Attempt {
  const send = async (call: Call) => {
    const bytes = (await call('FABRIC.GET', name)) as Buffer | null;
    return { seen: bytes === null ? null : { length: bytes.length, crc32c: native.crc32c(bytes) } };
  };
  return { asked: { kind: 'GET' }, send };
}

function locate({ name }: Turn): Attempt {
  return { asked: { kind: 'LOCATE' }, send: async (call) => ({ seen: seenIn(await call('FABRIC.LOCATE', name)) }) };
}

function pull({ name, nodes, random }: Turn): Attempt {
  const node = random.pick(nodes);
  const send = async (call: Call) => ({ seen: seenIn(await call('FABRIC.PULL', name, 'NODE', node)) });
  return { asked: { kind: 'PULL' }, send };
}

/** Of placements, which are those of one value. */
function seenIn(reply: unknown): Sighting | null {
  if (reply === null) return null;
  const sightings = (reply as [Buffer, Buffer, number, number, number, number][]).map(
    ([holder, , , length, xid, generation]) => ({ holder: String(holder), length, xid, generation }),
  );
  const [first] = sightings;
  if (first === undefined) throw new Error('a reply has no placements');
  const other = sightings.find(({ xid, length }) => xid !== first.xid || length !== first.length);
  if (other) throw new Error(`one reply has two values: ${JSON.stringify(first)} and ${JSON.stringify(other)}`);
  return first;
}

function ownXid(error: unknown, { length, crc32c }: Written): number | undefined {
  if (!(error instanceof Refused) || error.code !== 'EXISTS') return undefined;
  const match = /xid=(\d+) length=(\d+) crc32c=(\d+)/.exec(error.message);
  return match && Number(match[2]) === length && Number(match[3]) === crc32c ? Number(match[1]) : undefined;
}

const withXid = (xid: number | undefined) => (xid === undefined ? {} : { xid });
