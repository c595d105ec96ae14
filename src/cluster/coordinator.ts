/**
 * Keeps the yellow pages: every change of what a name stands for is asked for here. The nodes are the truth; what stands here is rebuilt
 * from their inventories.
 */
import { FabricError } from '../errors.js';
import type { Move } from '../fabric/gate.js';
import { Admission } from './admission.js';
import { Carrier } from './carrier.js';
import type { ClusterConfig } from './config.js';
import { requireNode } from './kin.js';
import { Naming } from './naming.js';
import { NodeChoice } from './node-choice.js';
import type { Pages } from './pages.js';
import type {
  Candidate,
  ConflictingVariable,
  CoordinatorPort,
  Copy,
  Fate,
  ForgetReport,
  Hello,
  MemberPort,
  NamePage,
  Outcome,
  Overview,
  PlaceRequest,
  Pulse,
  Welcome,
} from './peer-messages.js';
import { Roster } from './roster.js';
import { Tenure } from './tenure.js';
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
  readonly #tenure: Tenure;
  readonly #roster: Roster;
  readonly #naming: Naming;
  readonly #admission: Admission;
  readonly #choice: NodeChoice;
  readonly #carrier: Carrier;
  readonly #upkeep: Upkeep;
  readonly #begunMs: number;
  /** When it looked last who is silent. */
  #lookedMs: number;
  /** How long it stood still itself since it began: what others said meanwhile it hears only then. */
  #stoodMs = 0;
  readonly #timer: NodeJS.Timeout;

  constructor(parts: CoordinatorParts) {
    const { config, pages, member, now, term, deadline, grantEpoch, log } = parts;
    this.#parts = parts;
    this.#begunMs = now();
    this.#lookedMs = this.#begunMs;
    this.#tenure = new Tenure(term, deadline, now);
    this.#roster = new Roster(config, () => now() - this.#stoodMs);
    this.#choice = new NodeChoice(config, this.#roster);
    const requireOffice = () => this.#tenure.require();
    const expel = (node: string, why: unknown) => {
      if (this.#roster.isUp(node)) void this.#lost(node, `has to join again: ${String(why)}`);
    };
    const lost = (node: string, how: string) => this.#lost(node, how);
    const shared = { config, term, pages, roster: this.#roster, member };
    this.#naming = new Naming({ ...shared, requireOffice, expel });
    this.#admission = new Admission({ ...shared, naming: this.#naming, grantEpoch, lost, log });
    this.#carrier = new Carrier({ ...shared, holdings: this.#naming.holdings, choice: this.#choice });
    this.#upkeep = new Upkeep({ ...shared, carrier: this.#carrier, choice: this.#choice, now, log });
    this.#timer = setInterval(() => this.#expire(), config.heartbeatMs).unref();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#upkeep.close();
    this.#tenure.end();
  }

  /** As the work ends, or FENCED when this isn't the coordinator any more. */
  during<T>(work: Promise<T>): Promise<T> {
    return this.#tenure.during(work);
  }

  async join(hello: Hello): Promise<Welcome> {
    this.#tenure.require();
    return this.#admission.join(hello);
  }

  beat(node: string, term: number, pulse: Pulse): Promise<Overview> {
    this.#tenure.requireTerm(term);
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
    return { nodes: this.#roster.statuses(), variables, conflicts, epoch: this.#admission.epoch };
  }

  place(request: PlaceRequest): Promise<readonly string[]> {
    return Promise.resolve(this.#choice.choose(request));
  }

  async commit(node: string, term: number, candidate: Candidate): Promise<readonly Copy[]> {
    this.#tenure.requireTerm(term);
    await this.#opened();
    return this.#naming.commit(node, candidate);
  }

  async ended(node: string, term: number, outcomes: readonly Outcome[]): Promise<void> {
    this.#tenure.requireTerm(term);
    await Promise.all(outcomes.map((outcome) => this.#naming.ended(node, outcome)));
  }

  async find(name: Buffer, waitMs: number): Promise<readonly Copy[]> {
    this.#tenure.require();
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
    this.#tenure.requireTerm(term);
    return this.#naming.holdings.adopt(node, name, xid);
  }

  async thin(name: Buffer, xid: number, node: string): Promise<boolean> {
    await this.#opened();
    return this.#naming.holdings.thin(name, xid, node);
  }

  moved(node: string, term: number, moves: readonly Move[]): Promise<void> {
    this.#tenure.requireTerm(term);
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
    this.#tenure.require();
    requireNode(node, this.#parts.config);
    if (this.#roster.isUp(node))
      throw new FabricError('INUSE', `node ${node} is up: stop it first, or DRAIN it and stop it`);
    const { pages, log } = this.#parts;
    await this.#admission.forget(node);
    // Before the others have told what they have it isn't known what of that the node had, too: once they have, it is looked for.
    if (this.#isComplete) await this.#upkeep.forgotten(node);
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
    this.#tenure.requireTerm(term);
    await this.#opened();
    await this.#naming.settled(name);
    const { outcome } = await this.#carrier.carry({ name, xid, from: node }, () => Promise.resolve());
    return outcome === 'carried' || outcome === 'gone';
  }

  #expire(): void {
    const { now, config } = this.#parts;
    const lateMs = now() - this.#lookedMs - config.heartbeatMs;
    if (lateMs > config.heartbeatMs) this.#stoodMs += lateMs;
    this.#lookedMs = now();
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
    await this.#admission.settled();
    this.#tenure.require();
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
}
