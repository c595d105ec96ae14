/**
 * Keeps the yellow pages: every change of what a name stands for is asked for here. The nodes are the truth; what stands here is rebuilt
 * from their inventories.
 */
import { FabricError } from '../errors.js';
import type { Move } from '../fabric/gate.js';
import type { ClusterConfig } from './config.js';
import { requireKin, requireNode } from './kin.js';
import { NameLocks } from './name-locks.js';
import { Naming } from './naming.js';
import type { Pages } from './pages.js';
import {
  type Candidate,
  type ConflictingVariable,
  type CoordinatorPort,
  type Copy,
  type Fate,
  type ForgetReport,
  type Hello,
  type MemberPort,
  type NamePage,
  type Outcome,
  type Overview,
  type PlaceRequest,
  type Pulse,
  type Welcome,
} from './peer-messages.js';
import { Placement } from './placement.js';
import { Roster } from './roster.js';
import { Carrier } from './carrier.js';
import { Upkeep } from './upkeep.js';
import type { Draining, UpkeepStatus } from './upkeep-messages.js';

export interface CoordinatorParts {
  config: ClusterConfig;
  pages: Pages;
  /** Rises with each coordinator. */
  term: number;
  /** Until when it may change anything, on the clock of `now`. */
  deadline: () => number;
  /** An epoch that nobody has had, above that one; not given again, whatever crashes. */
  grantEpoch: (above: number) => Promise<number>;
  member: (node: string) => MemberPort;
  /** Milliseconds of a clock that never goes back. */
  now: () => number;
  log: { info(text: string): void; warn(text: string): void };
}

export class Coordinator implements CoordinatorPort {
  readonly #parts: CoordinatorParts;
  readonly #roster: Roster;
  readonly #naming: Naming;
  readonly #carrier: Carrier;
  readonly #upkeep: Upkeep;
  /** Inventories on their way; what isn't found may still come with one. */
  readonly #loading = new Set<Promise<unknown>>();
  /** A node that asks again, as it has had no answer, waits for the end of the first. */
  readonly #joining = new NameLocks();
  readonly #begunMs: number;
  readonly #timer: NodeJS.Timeout;
  #epoch = 0;

  constructor(parts: CoordinatorParts) {
    const { config, pages, member, now, term, log } = parts;
    this.#parts = parts;
    this.#begunMs = now();
    this.#roster = new Roster(config, now);
    const requireOffice = () => this.#requireOffice();
    const expel = (node: string, why: unknown) => {
      if (this.#roster.isUp(node)) void this.#lost(node, `has to join again: ${String(why)}`);
    };
    this.#naming = new Naming({ term, pages, roster: this.#roster, member, requireOffice, expel });
    const shared = { config, term, pages, roster: this.#roster, member };
    this.#carrier = new Carrier({ ...shared, holdings: this.#naming.holdings });
    this.#upkeep = new Upkeep({ ...shared, carrier: this.#carrier, now, log });
    this.#timer = setInterval(() => this.#expire(), config.heartbeatMs).unref();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#upkeep.close();
  }

  async join(hello: Hello): Promise<Welcome> {
    this.#requireOffice();
    requireKin(hello, this.#parts.config);
    const { node } = hello;
    if (this.#roster.isForgotten(node) && hello.variables > 0)
      throw new FabricError(
        'ERR',
        `node ${node} was given up with FABRIC.FORGET, and what it has may be somebody else's by now: stop it, \`datafabric purge\` it, and start it again`,
      );
    const release = await this.#joining.acquire(node);
    try {
      return await this.#takeIn(hello);
    } finally {
      release();
    }
  }

  async #takeIn(hello: Hello): Promise<Welcome> {
    const { node } = hello;
    if (this.#roster.isUp(node)) await this.#lost(node, 'joins again');
    this.#roster.joins(node, hello.joining);
    const loading = this.#load(hello);
    this.#loading.add(loading);
    try {
      const variables = await loading;
      this.#epoch = await this.#parts.grantEpoch(Math.max(hello.epoch, this.#epoch));
      this.#roster.joined(node, hello.incarnation);
      // What has ended since it was asked for its inventory.
      await this.#naming.prepare(node, []);
      await this.#naming.returned(node);
      this.#parts.log.info(`node ${node} has joined with ${variables} variables`);
      return { term: this.#parts.term, epoch: this.#epoch };
    } finally {
      this.#loading.delete(loading);
    }
  }

  async #load({ node, joining, tombstones }: Hello): Promise<number> {
    const { pages, member, term, log } = this.#parts;
    await this.#naming.prepare(node, tombstones);
    let conflicts = 0;
    const variables = await pages.load(node, (cursor) => member(node).inventory(term, cursor), {
      removed: (xid) => member(node).remove(term, xid),
      // Its name finds what others have of it on that node, too.
      conflict: (_, xid) => {
        conflicts++;
        return member(node).veil(term, xid, joining);
      },
    });
    if (conflicts > 0)
      log.warn(
        `CONFLICT: ${conflicts} variables of node ${node} have names that stand for others; they are kept, and found by nobody: FABRIC.CONFLICTS lists them`,
      );
    return variables;
  }

  beat(node: string, term: number, pulse: Pulse): Promise<Overview> {
    this.#requireTerm(term);
    if (!this.#roster.heard(node, pulse)) throw new FabricError('FENCED', `node ${node} has to join again`);
    return Promise.resolve(this.#overview());
  }

  async overview(): Promise<Overview> {
    await this.#opened();
    await this.#naming.settled();
    return this.#overview();
  }

  #overview(): Overview {
    const { variables, conflicts } = this.#parts.pages;
    return { nodes: this.#roster.statuses(), variables, conflicts, epoch: this.#epoch };
  }

  place({ name, length, replicas, first }: PlaceRequest): Promise<readonly string[]> {
    const zoneOf = (node: string) => this.#parts.config.nodes.find((config) => config.name === node)?.zone;
    const nodes = this.#roster.statuses().map(({ node, condition, largestFreeBytes }) => {
      const { zone, weight } = this.#parts.config.nodes.find((config) => config.name === node)!;
      const up = condition === 'up' || condition === 'suspect';
      return { name: node, zone, weight, up, full: largestFreeBytes < length };
    });
    if (first === undefined)
      return Promise.resolve(new Placement(nodes).choose(name, replicas).map((node) => node.name));
    const others = nodes.filter((node) => node.name !== first);
    const elsewhere = new Placement(others.filter(({ zone }) => zone !== zoneOf(first))).choose(name, replicas - 1);
    const near = new Placement(others.filter((node) => !elsewhere.some(({ name: chosen }) => chosen === node.name)));
    const chosen = [...elsewhere, ...near.choose(name, replicas - 1 - elsewhere.length)];
    return Promise.resolve([first, ...chosen.map((node) => node.name)]);
  }

  async commit(node: string, term: number, candidate: Candidate): Promise<boolean> {
    this.#requireTerm(term);
    await this.#opened();
    return this.#naming.commit(node, candidate);
  }

  async ended(node: string, term: number, outcomes: readonly Outcome[]): Promise<void> {
    this.#requireTerm(term);
    await Promise.all(outcomes.map((outcome) => this.#naming.ended(node, outcome)));
  }

  async find(name: Buffer, waitMs: number): Promise<readonly Copy[]> {
    this.#requireOffice();
    // What was removed may still be told of by a node that hasn't heard: not before all have reported.
    await this.#opened();
    return this.#naming.find(name, waitMs);
  }

  async remove(names: readonly Buffer[]): Promise<number> {
    await this.#opened();
    const removed = await Promise.all(names.map((name) => this.#naming.remove(name)));
    return removed.filter(Boolean).length;
  }

  async adopt(node: string, term: number, name: Buffer, xid: number): Promise<boolean> {
    this.#requireTerm(term);
    return this.#naming.holdings.adopt(node, name, xid);
  }

  async thin(name: Buffer, xid: number, node: string): Promise<boolean> {
    await this.#opened();
    return this.#naming.holdings.thin(name, xid, node);
  }

  moved(node: string, term: number, moves: readonly Move[]): Promise<void> {
    this.#requireTerm(term);
    this.#naming.holdings.moved(node, moves);
    return Promise.resolve();
  }

  async fate(name: Buffer, xid: number): Promise<Fate> {
    await this.#opened();
    return this.#naming.fate(name, xid);
  }

  async scan(cursor: number, count: number): Promise<NamePage> {
    await this.#opened();
    await this.#naming.settled();
    return this.#parts.pages.scan(cursor, count);
  }

  async conflicts(cursor: number): Promise<{ cursor: number; conflicts: readonly ConflictingVariable[] }> {
    await this.#opened();
    return this.#parts.pages.scanConflicts(cursor);
  }

  async forget(node: string): Promise<ForgetReport> {
    this.#requireOffice();
    requireNode(node, this.#parts.config);
    if (this.#roster.isUp(node))
      throw new FabricError('INUSE', `node ${node} is up: stop it first, or DRAIN it and stop it`);
    const { pages, log } = this.#parts;
    this.#roster.forget(node);
    await this.#upkeep.forgotten(node);
    const before = pages.variables;
    await pages.drop(node);
    // Its tombstones stay: should it come back after all, what was removed doesn't.
    await this.#naming.returned(node);
    const lost = before - pages.variables;
    log.warn(`node ${node} is forgotten: ${lost} variables lay there alone and are lost`);
    return { lost };
  }

  async drain(node: string, draining: Draining | null): Promise<void> {
    await this.#opened();
    requireNode(node, this.#parts.config);
    await this.#upkeep.drain(node, draining);
  }

  async rebalance(bytesPerSecond: number | null): Promise<void> {
    await this.#opened();
    this.#upkeep.rebalance(bytesPerSecond);
  }

  async upkeep(): Promise<readonly UpkeepStatus[]> {
    await this.#opened();
    return this.#upkeep.statuses();
  }

  async settle(xid: number, how: 'discard' | 'publish'): Promise<void> {
    await this.#opened();
    const { conflicts } = this.#naming;
    await (how === 'discard' ? conflicts.discard(xid) : conflicts.publish(xid));
  }

  async carryOff(node: string, term: number, name: Buffer, xid: number): Promise<boolean> {
    this.#requireTerm(term);
    await this.#opened();
    const { outcome } = await this.#carrier.carry({ name, xid, from: node }, () => Promise.resolve());
    return outcome === 'carried' || outcome === 'gone';
  }

  #expire(): void {
    for (const node of this.#roster.expire()) void this.#lost(node, 'is down: it has not been heard of');
    if (this.#isComplete) this.#upkeep.look();
  }

  async #lost(node: string, how: string): Promise<void> {
    this.#parts.log.warn(`node ${node} ${how}`);
    this.#roster.left(node);
    await this.#naming.lost(node);
  }

  /** Until every node has reported, or was waited for long enough, a name that looks free may not be. */
  async #opened(): Promise<void> {
    await Promise.allSettled(this.#loading);
    this.#requireOffice();
    if (this.#isComplete) return;
    const waitedMs = this.#parts.now() - this.#begunMs;
    const missing = this.#roster.statuses().filter(({ condition }) => condition === 'unknown');
    throw new FabricError(
      'NOCOORD',
      `the coordinator has just started and waits for ${missing.map(({ node }) => node).join(', ')}, at most ` +
        `${Math.ceil((this.#parts.config.rejoinWaitMs - waitedMs) / 1000)} s more (cluster.rejoin_wait_ms); try again`,
    );
  }

  get #isComplete(): boolean {
    const { now, config } = this.#parts;
    return this.#roster.complete || now() - this.#begunMs >= config.rejoinWaitMs;
  }

  #requireOffice(): void {
    const { deadline, now, term } = this.#parts;
    if (now() < deadline()) return;
    throw new FabricError('FENCED', `the coordinator of term ${term} has lost its lease: another will be there soon`);
  }

  #requireTerm(term: number): void {
    this.#requireOffice();
    if (term === this.#parts.term) return;
    throw new FabricError(
      'FENCED',
      `the coordinator of term ${term} is no more: this is term ${this.#parts.term}, join again`,
    );
  }
}
