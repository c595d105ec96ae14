/**
 * Keeps the yellow pages: every change of what a name stands for is asked for here, one at a time for each name. The nodes are the
 * truth; what stands here is rebuilt from their inventories.
 */
import { FabricError } from '../errors.js';
import type { Candidate } from '../fabric/gate.js';
import type { ClusterConfig } from './config.js';
import { NameLocks } from './name-locks.js';
import type { Pages } from './pages.js';
import {
  PEER_PROTOCOL,
  type CoordinatorPort,
  type Copy,
  type Hello,
  type MemberPort,
  type NodeStatus,
  type Pulse,
  type Welcome,
} from './peer-messages.js';
import { Roster } from './roster.js';

export interface CoordinatorParts {
  config: ClusterConfig;
  /** Of what all nodes must have alike. */
  digest: string;
  pages: Pages;
  /** Rises with each start of the coordinator. */
  term: number;
  /** An epoch that nobody has had, above that one; on disk before it is returned. */
  grantEpoch: (above: number) => number;
  member: (node: string) => MemberPort;
  /** Milliseconds of a clock that never goes back. */
  now: () => number;
  log: { info(text: string): void; warn(text: string): void };
}

/** A commit whose sealing is awaited; its name is locked. */
interface Granted {
  node: string;
  candidate: Candidate;
  former: readonly Copy[];
  release: () => void;
}

export class Coordinator implements CoordinatorPort {
  readonly #parts: CoordinatorParts;
  readonly #roster: Roster;
  readonly #locks = new NameLocks();
  /** By xid. */
  readonly #granted = new Map<number, Granted>();
  /** Names whose last commit nobody knows the end of, and the node that will tell when it is back. */
  readonly #doubts = new Map<string, string>();
  /** Copies that were replaced while their node couldn't be told: by node. */
  readonly #debts = new Map<string, { name: Buffer; xid: number }[]>();
  /** Inventories on their way; what isn't found may still come with one. */
  readonly #loading = new Set<Promise<unknown>>();
  readonly #begunMs: number;
  readonly #timer: NodeJS.Timeout;

  constructor(parts: CoordinatorParts) {
    this.#parts = parts;
    this.#begunMs = parts.now();
    this.#roster = new Roster(parts.config, parts.now);
    this.#timer = setInterval(() => this.#expire(), parts.config.heartbeatMs).unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async join(hello: Hello): Promise<Welcome> {
    this.#requireKin(hello);
    const { node } = hello;
    if (this.#roster.isUp(node)) this.#lost(node, 'has started again');
    const loading = this.#load(node);
    this.#loading.add(loading);
    try {
      const variables = await loading;
      const epoch = this.#parts.grantEpoch(hello.epoch);
      this.#roster.joined(node, hello.incarnation);
      this.#parts.log.info(`node ${node} has joined with ${variables} variables`);
      return { term: this.#parts.term, epoch };
    } finally {
      this.#loading.delete(loading);
    }
  }

  beat(node: string, term: number, pulse: Pulse): Promise<readonly NodeStatus[]> {
    this.#requireTerm(term);
    if (!this.#roster.heard(node, pulse)) throw new FabricError('FENCED', `node ${node} has to join again`);
    return Promise.resolve(this.#roster.statuses());
  }

  async commit(node: string, term: number, candidate: Candidate): Promise<void> {
    this.#requireTerm(term);
    this.#requireMember(node);
    await this.#opened();
    const key = keyOf(candidate.name);
    const release = await this.#locks.acquire(key);
    try {
      this.#requireMember(node);
      this.#requireNoDoubt(candidate.name);
      const former = this.#parts.pages.find(candidate.name);
      // A commit that is asked for again: the reply to the first was lost.
      if (former.some(({ xid }) => xid === candidate.xid)) {
        release();
        return;
      }
      if (former.length > 0) this.#requireReplaceable(candidate, former);
      this.#granted.set(candidate.xid, { node, candidate, former, release });
    } catch (error) {
      release();
      throw error;
    }
  }

  async sealed(node: string, term: number, { xid }: Candidate): Promise<void> {
    this.#requireTerm(term);
    const granted = this.#granted.get(xid);
    if (granted === undefined) return;
    const { candidate, former, release } = granted;
    this.#granted.delete(xid);
    try {
      await this.#replaced(
        candidate.name,
        former.filter((copy) => copy.node !== node),
      );
      this.#parts.pages.put(candidate.name, [copyOf(node, candidate)]);
    } finally {
      release();
    }
  }

  /** The new one stands; a node that can't be told now is told before it is listened to again. */
  async #replaced(name: Buffer, copies: readonly Copy[]): Promise<void> {
    await Promise.all(
      copies.map(async ({ node, xid }) => {
        try {
          await this.#parts.member(node).remove(this.#parts.term, name, xid);
        } catch {
          this.#debts.set(node, [...(this.#debts.get(node) ?? []), { name, xid }]);
        }
      }),
    );
  }

  abandoned(_node: string, term: number, { xid }: Candidate): Promise<void> {
    this.#requireTerm(term);
    this.#granted.get(xid)?.release();
    this.#granted.delete(xid);
    return Promise.resolve();
  }

  async find(name: Buffer): Promise<readonly Copy[]> {
    await this.#locks.settled(keyOf(name));
    const found = this.#parts.pages.find(name);
    if (found.length > 0 || this.#loading.size === 0) return found;
    await Promise.allSettled(this.#loading);
    return this.#parts.pages.find(name);
  }

  async remove(names: readonly Buffer[]): Promise<number> {
    await this.#opened();
    const removed = await Promise.all(names.map((name) => this.#removeOne(name)));
    return removed.filter(Boolean).length;
  }

  async #removeOne(name: Buffer): Promise<boolean> {
    const release = await this.#locks.acquire(keyOf(name));
    try {
      this.#requireNoDoubt(name);
      const copies = this.#parts.pages.find(name);
      if (copies.length === 0) return false;
      this.#requireUp(copies);
      await this.#removeCopies(name, copies);
      this.#parts.pages.remove(name);
      return true;
    } finally {
      release();
    }
  }

  async #removeCopies(name: Buffer, copies: readonly Copy[]): Promise<void> {
    await Promise.all(
      copies.map(async ({ node, xid }) => {
        try {
          await this.#parts.member(node).remove(this.#parts.term, name, xid);
        } catch (error) {
          this.#doubts.set(keyOf(name), node);
          throw error;
        }
      }),
    );
  }

  async #load(node: string): Promise<number> {
    const { pages, member, term } = this.#parts;
    for (const { name, xid } of this.#debts.get(node) ?? []) await member(node).remove(term, name, xid);
    this.#debts.delete(node);
    pages.drop(node);
    let variables = 0;
    let cursor = 0;
    do {
      const page = await member(node).inventory(term, cursor);
      for (const { name, copy } of page.variables) this.#publish(name, copy);
      variables += page.variables.length;
      cursor = page.cursor;
    } while (cursor !== 0);
    for (const [key, awaited] of this.#doubts) if (awaited === node) this.#doubts.delete(key);
    return variables;
  }

  /** A name that stands for something else already keeps it; the newcomer stays where it is, unseen. */
  #publish(name: Buffer, copy: Copy): void {
    const there = this.#parts.pages.find(name);
    if (there.length > 0 && there[0]!.xid !== copy.xid) {
      this.#parts.log.warn(
        `CONFLICT: ${JSON.stringify(name.toString())} is ${there[0]!.xid} on ${there[0]!.node}, and ${copy.xid} on ${copy.node}, which nobody finds by its name`,
      );
      return;
    }
    this.#parts.pages.put(name, [...there.filter(({ node }) => node !== copy.node), copy]);
  }

  #expire(): void {
    for (const node of this.#roster.expire()) this.#lost(node, 'is down: it has not been heard of');
  }

  /** What it was about to seal may be sealed or not: it says when it is back. */
  #lost(node: string, how: string): void {
    this.#parts.log.warn(`node ${node} ${how}`);
    for (const [xid, granted] of this.#granted) {
      if (granted.node !== node) continue;
      this.#doubts.set(keyOf(granted.candidate.name), node);
      this.#granted.delete(xid);
      granted.release();
    }
  }

  /** Until every node has reported, or was waited for long enough, a name that looks free may not be. */
  async #opened(): Promise<void> {
    await Promise.allSettled(this.#loading);
    const waitedMs = this.#parts.now() - this.#begunMs;
    if (this.#roster.complete || waitedMs >= this.#parts.config.rejoinWaitMs) return;
    const missing = this.#roster.statuses().filter(({ condition }) => condition === 'unknown');
    throw new FabricError(
      'NOCOORD',
      `the coordinator has just started and waits for ${missing.map(({ node }) => node).join(', ')}, at most ` +
        `${Math.ceil((this.#parts.config.rejoinWaitMs - waitedMs) / 1000)} s more (cluster.rejoin_wait_ms); try again`,
    );
  }

  #requireKin({ cluster, protocol, digest, node }: Hello): void {
    const { config, digest: own } = this.#parts;
    if (cluster !== config.name)
      throw new FabricError(
        'ERR',
        `this is the coordinator of cluster ${config.name}, not of ${cluster}: see cluster.name`,
      );
    if (protocol !== PEER_PROTOCOL)
      throw new FabricError(
        'ERR',
        `node ${node} speaks version ${protocol} of the nodes' protocol, this coordinator version ${PEER_PROTOCOL}: upgrade the older`,
      );
    if (!this.#roster.has(node))
      throw new FabricError('ERR', `the coordinator's configuration has no node ${node} among its [[nodes]]`);
    if (digest !== own)
      throw new FabricError(
        'ERR',
        `node ${node} and the coordinator have other [[nodes]] or another [cluster]: they must be the same on all nodes`,
      );
  }

  #requireTerm(term: number): void {
    if (term === this.#parts.term) return;
    throw new FabricError(
      'FENCED',
      `the coordinator of term ${term} is no more: this is term ${this.#parts.term}, join again`,
    );
  }

  #requireMember(node: string): void {
    if (!this.#roster.isUp(node)) throw new FabricError('FENCED', `node ${node} counts as down: it has to join again`);
  }

  #requireNoDoubt(name: Buffer): void {
    const node = this.#doubts.get(keyOf(name));
    if (node === undefined) return;
    throw new FabricError(
      'REMOTE',
      `whether ${JSON.stringify(name.toString())} is there is known when node ${node} is back`,
    );
  }

  #requireReplaceable({ replace }: Candidate, former: readonly Copy[]): void {
    const [{ xid, length, crc32c }] = former as [Copy];
    if (!replace) {
      throw new FabricError(
        'EXISTS',
        `the name is taken: xid=${xid} length=${length} crc32c=${crc32c}; variables are write-once: choose another name, FABRIC.DELETE it, or add REPLACE`,
      );
    }
    this.#requireUp(former);
  }

  #requireUp(copies: readonly Copy[]): void {
    const away = copies.find(({ node }) => !this.#roster.isUp(node));
    if (away === undefined) return;
    throw new FabricError('REMOTE', `it lies on node ${away.node}, which is down: it can be changed when that is back`);
  }
}

const keyOf = (name: Buffer): string => name.toString('latin1');

const copyOf = (node: string, { sharedId, offset, length, xid, generation, crc32c }: Candidate): Copy => ({
  node,
  sharedId,
  offset,
  length,
  xid,
  generation,
  crc32c,
});
