import type { Redis } from 'ioredis';
import { FabricError } from '../errors.js';
import { bytesOf, type FabricArray } from './arrays.js';
import type { Attachment } from './attachment.js';
import { NodeLostError } from './client-error.js';
import { attachAnywhere } from './follow.js';
import { holds, insert, type InsertOptions, type Source } from './insert.js';
import type { Argument } from './link.js';
import type { NodeSession } from './node-session.js';
import { routeTo } from './open.js';
import * as records from './records.js';
import { listOf, numberOf, placementsOf, textOf, type Placement } from './replies.js';
import { reserve, type Reservation, type ReserveOptions } from './reservation.js';
import { Route } from './route.js';

/** 1–512 bytes; text is sent as UTF-8. The first `/` splits off a namespace. */
export type Name = string | Buffer;

export interface AttachOptions {
  /** Milliseconds to wait for the name to be sealed. */
  wait?: number;
  /** The pin lives for so many milliseconds instead of as long as this process; `renew()` it. */
  lease?: number;
}

export interface ListOptions {
  /** Glob, as in Redis' SCAN: `*`, `?`, `[a-z]`, `\` to escape. */
  match?: string;
  /** Names looked at per round trip. */
  count?: number;
}

/**
 * The variables of a node, or of its cluster. Every method fails with a FabricError, whose `code` is stable, when the node refuses, and with ioredis' errors
 * when the connection does. Sizes, offsets and lengths are bytes, times milliseconds.
 *
 * A command whose reply was lost with the connection is sent again once it is back. What its first sending may have pinned or reserved
 * is given up. With several nodes another one is asked instead; what changes something fails with a NodeLostError then, unless it
 * never was sent, or what is there is what was to be inserted.
 */
export class FabricClient {
  readonly #route: Route;

  /** Takes a connected ioredis instance over; `connect()` makes both, or with several addresses a route among nodes. */
  constructor(redis: Redis | Route) {
    this.#route = redis instanceof Route ? redis : routeTo(redis);
  }

  /** For every command that has no method here: the connection to the node that is asked now. With several nodes it changes with that. */
  get redis(): Redis {
    return this.#route.current!.link.redis;
  }

  /** Allocates a segment of so many MiB, rounded up to an even number. OOM when it doesn't fit. */
  async alloc(mebibytes: number, options: { node?: string } = {}): Promise<records.SegmentName[]> {
    return records.segmentNamesOf(await this.#write('FABRIC.ALLOC', mebibytes, ...nodeArguments(options.node)));
  }

  /** Gives a segment back. INUSE while it holds something; `move` carries the variables elsewhere first. */
  async dealloc(segment: records.SegmentName, options: { move?: boolean } = {}): Promise<void> {
    const move = options.move === true ? ['MOVE'] : [];
    await this.#write('FABRIC.DEALLOC', segment.node, segment.sharedId, ...move);
  }

  /**
   * Stores data under a name: a typed array or Buffer, `{ file }` or `{ shm }` read by the node. EXISTS, OOM, TYPE when the length is
   * not the type's. From 1 MiB on, this process writes arrays into shared memory itself where it can.
   */
  async insert(name: Name, source: Source, options: InsertOptions = {}): Promise<Placement[]> {
    const key = bytesOfName(name);
    try {
      return await this.#route.write((session) => insert(partsOf(session, key), key, source, options));
    } catch (error) {
      if (!(error instanceof NodeLostError) || !ArrayBuffer.isView(source)) throw error;
      const made = await this.info(name).catch(() => null);
      if (made === null || !holds(made, bytesOf(source))) throw error;
      return made.placements;
    }
  }

  /** Room to write in place; readers see it from `seal()` on. EXISTS, OOM, TYPE; REMOTE on another machine. */
  async reserve<T extends FabricArray = FabricArray>(
    name: Name,
    type: string,
    options: ReserveOptions = {},
  ): Promise<Reservation<T>> {
    return this.#route.write((session) => reserveAt<T>(session, bytesOfName(name), type, options));
  }

  /** Where a variable lies; null when there is none. Nothing keeps it there: see `attach`. */
  async locate(name: Name): Promise<Placement[] | null> {
    const reply = await this.#read('FABRIC.LOCATE', bytesOfName(name));
    return reply === null ? null : placementsOf(reply);
  }

  /** Waits until the name is sealed; false when it isn't after `ms`. */
  async wait(name: Name, ms: number): Promise<boolean> {
    const deadline = performance.now() + ms;
    const reply = await this.#route.read(({ link }) => {
      const leftMs = Math.max(1, Math.ceil(deadline - performance.now()));
      return link.callBlocking('FABRIC.LOCATE', bytesOfName(name), 'WAIT', leftMs);
    });
    return reply !== null;
  }

  /**
   * A view of a variable's bytes, in place where this process sees the node's shared memory. NOTFOUND when there is none, or none
   * within `wait`. Release it: until then its memory can't be reused.
   */
  async attach<T extends FabricArray = FabricArray>(name: Name, options: AttachOptions = {}): Promise<Attachment<T>> {
    const key = bytesOfName(name);
    const deadline = performance.now() + (options.wait ?? 0);
    for (;;) {
      const attachment = await this.#route.read((home) => attachAnywhere<T>(this.#route, home, key, options.lease));
      if (attachment !== undefined) return attachment;
      const left = Math.ceil(deadline - performance.now());
      if (left <= 0 || !(await this.wait(key, left))) {
        throw new FabricError('NOTFOUND', `no variable ${JSON.stringify(key.toString())}`);
      }
    }
  }

  /** A copy of the bytes, or of a part; null when there is no such variable. */
  async get(name: Name, part?: { offset: number; length: number }): Promise<Buffer | null> {
    const range = part === undefined ? [] : [part.offset, part.length];
    const reply = await this.#read('FABRIC.GET', bytesOfName(name), ...range);
    return reply === null || Buffer.isBuffer(reply) ? reply : Buffer.from(textOf(reply));
  }

  /** The names, in no order. One that is there throughout is seen; one may be seen twice. */
  list(options?: ListOptions): AsyncGenerator<string, void>;
  list(options: ListOptions & { binary: true }): AsyncGenerator<Buffer, void>;
  async *list(options: ListOptions & { binary?: true } = {}): AsyncGenerator<string | Buffer, void> {
    const filter: Argument[] = options.match === undefined ? [] : ['MATCH', options.match];
    if (options.count !== undefined) filter.push('COUNT', options.count);
    let cursor = '0';
    do {
      const [next, names] = listOf(await this.#read('FABRIC.LIST', 'CURSOR', cursor, ...filter));
      for (const name of listOf(names)) yield options.binary === true ? (name as Buffer) : textOf(name);
      cursor = typeof next === 'number' ? String(next) : textOf(next);
    } while (cursor !== '0');
  }

  /** Removes variables; returns how many there were. Memory that is attached somewhere lasts until it is released. */
  async delete(...names: Name[]): Promise<number> {
    return names.length === 0 ? 0 : numberOf(await this.#write('FABRIC.DELETE', ...names.map(bytesOfName)));
  }

  /** Everything known about a variable, by name or xid; null when there is none. */
  async info(variable: Name | { xid: number }): Promise<records.VariableInfo | null> {
    const which: Argument[] = isName(variable) ? [bytesOfName(variable)] : ['ID', variable.xid];
    const reply = await this.#read('FABRIC.INFO', ...which);
    return reply === null ? null : records.variableOf(reply);
  }

  async segments(): Promise<records.SegmentInfo[]> {
    return listOf(await this.#read('FABRIC.SEGMENTS')).map(records.segmentOf);
  }

  async nodes(): Promise<records.NodeInfo[]> {
    return listOf(await this.#read('FABRIC.NODES')).map(records.nodeOf);
  }

  /** Moves variables together, in all segments or in one. Attached ones stay. */
  async defrag(segment?: records.SegmentName): Promise<records.DefragReport> {
    const which = segment === undefined ? [] : [segment.node, segment.sharedId];
    return records.defragOf(await this.#route.write(({ link }) => link.callBlocking('FABRIC.DEFRAG', ...which)));
  }

  /** Gives back what is attached and reserved, whose views become empty, and closes the connection. */
  async close(): Promise<void> {
    await this.#route.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #read(command: string, ...args: Argument[]): Promise<unknown> {
    return this.#route.read(({ link }) => link.call(command, ...args));
  }

  #write(command: string, ...args: Argument[]): Promise<unknown> {
    return this.#route.write(({ link }) => link.call(command, ...args));
  }
}

const partsOf = (session: NodeSession, name: Buffer) => ({
  link: session.link,
  reserve: (type: string, options: ReserveOptions) => reserveAt(session, name, type, options),
});

const reserveAt = <T extends FabricArray>(
  { link, reservations, taker }: NodeSession,
  name: Buffer,
  type: string,
  options: ReserveOptions,
): Promise<Reservation<T>> => reserve<T>(link, reservations, taker, name, type, options);

const isName = (value: Name | { xid: number }): value is Name => typeof value === 'string' || Buffer.isBuffer(value);
const bytesOfName = (name: Name): Buffer => (typeof name === 'string' ? Buffer.from(name) : name);
const nodeArguments = (node: string | undefined): string[] => (node === undefined ? [] : ['NODE', node]);
