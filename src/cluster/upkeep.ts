/** The coordinator's long work: which jobs there are, and when one begins by itself. */
import { FabricError } from '../errors.js';
import type { ClusterConfig } from './config.js';
import type { Carrier } from './carrier.js';
import { DrainTask } from './drain-task.js';
import { Job, type Task } from './job.js';
import type { NodeChoice } from './node-choice.js';
import type { Pages } from './pages.js';
import type { MemberPort } from './peer-messages.js';
import { RebalanceTask } from './rebalance-task.js';
import { ReplicateTask, ThinTask } from './replicate-task.js';
import type { Roster } from './roster.js';
import type { Draining, UpkeepStatus } from './upkeep-messages.js';

export interface UpkeepParts {
  config: ClusterConfig;
  term: number;
  pages: Pages;
  roster: Roster;
  carrier: Carrier;
  choice: NodeChoice;
  member: (node: string) => MemberPort;
  now: () => number;
  log: { info(text: string): void; warn(text: string): void };
}

interface Replication {
  task: ReplicateTask;
  /** Nodes that hadn't told what they have when it was looked what there is to do; 0 as long as it is being looked. */
  untold: number;
  /** What there is to do is known. */
  gathered: Promise<void>;
}

export class Upkeep {
  readonly #parts: UpkeepParts;
  /** The latest of each kind and node. */
  readonly #jobs = new Map<string, Job>();
  /** What is done for nodes that are away and may come back. */
  readonly #away = new Map<string, Replication>();
  /** And for those that were given up. */
  readonly #givenUp = new Map<string, Replication>();
  #closed = false;

  constructor(parts: UpkeepParts) {
    this.#parts = parts;
  }

  close(): void {
    this.#closed = true;
    for (const job of this.#jobs.values()) job.stop();
  }

  statuses(): UpkeepStatus[] {
    return [...this.#jobs.values()].map((job) => job.status());
  }

  /** From now on the node gets nothing new, also when it or the coordinator starts again. */
  async drain(node: string, draining: Draining | null): Promise<void> {
    const { roster, choice, member, term } = this.#parts;
    if (!roster.isUp(node))
      throw new FabricError(
        'REMOTE',
        `node ${node} isn't up: it can be drained when it is back; FABRIC.FORGET gives up one that won't come back`,
      );
    if (draining !== null && choice.usable().every(({ name }) => name === node))
      throw new FabricError('ERR', `no other node is there to take what node ${node} has`);
    await member(node).drain(term, draining);
    roster.drains(node, draining);
    if (draining === null) this.#stop('drain', node);
    else this.#drainNow(node, draining);
  }

  rebalance(bytesPerSecond: number | null): void {
    this.#stop('rebalance', '');
    const { pages, carrier, choice } = this.#parts;
    if (bytesPerSecond !== null) this.#start(new RebalanceTask(pages, carrier, choice), bytesPerSecond);
  }

  /** Looks whether something is to be begun. To be called now and then, when all that is there has reported. */
  look(): void {
    const { roster, pages, config } = this.#parts;
    for (const { node, draining } of roster.statuses()) {
      if (draining !== undefined && roster.isUp(node) && pages.node(node).variables > 0) this.#drainNow(node, draining);
      if (roster.isUp(node)) this.#returned(node);
      // By a coordinator before this one, which may not have come to the end of that.
      else if (roster.isForgotten(node)) void this.forgotten(node);
      else if (config.replaceMs > 0 && roster.awayMs(node) >= config.replaceMs && !this.#away.has(node)) {
        const why = `has been down for ${Math.round(config.replaceMs / 1000)} s (cluster.replace_ms)`;
        this.#away.set(node, this.#replicate(node, why));
      }
    }
    for (const replication of [...this.#away.values(), ...this.#givenUp.values()]) this.#lookAgain(replication);
  }

  /** A node that was away when it was looked what there is to do has told since what it has. */
  #lookAgain(replication: Replication): void {
    const { task, untold } = replication;
    if (this.#parts.roster.unreported().length >= untold) return;
    if (this.#jobs.get(keyOf(task.kind, task.node))?.active === true) return;
    replication.gathered = this.#gather(replication, 'is away, and others have told of more');
  }

  /** The node won't come back; to be called while its copies are listed still. Resolves when they needn't be any more. */
  forgotten(node: string): Promise<void> {
    const replication = this.#givenUp.get(node) ?? this.#away.get(node) ?? this.#replicate(node, 'is forgotten');
    this.#away.delete(node);
    this.#givenUp.set(node, replication);
    return replication.gathered;
  }

  #replicate(node: string, why: string): Replication {
    const { pages, carrier, config, roster } = this.#parts;
    const nodes = config.nodes.map(({ name }) => name);
    const others = nodes.filter((other) => other !== node && !roster.isForgotten(other)).length;
    const task = new ReplicateTask(node, { pages, carrier, nodes, others });
    const replication: Replication = { task, untold: 0, gathered: Promise.resolve() };
    replication.gathered = this.#gather(replication, why);
    return replication;
  }

  async #gather(replication: Replication, why: string): Promise<void> {
    const { roster, config, log } = this.#parts;
    const { task } = replication;
    const untold = roster.unreported().length;
    replication.untold = 0;
    await task.gather();
    replication.untold = untold;
    const { variables } = task.left();
    if (variables === 0) return;
    log.info(`node ${task.node} ${why}: further copies of ${variables} variables are made elsewhere`);
    this.#start(task, config.upkeepBytesPerSecond);
  }

  #returned(node: string): void {
    this.#givenUp.delete(node);
    const away = this.#away.get(node);
    if (away === undefined) return;
    this.#away.delete(node);
    this.#stop('replicate', node);
    const { task } = away;
    const { pages, carrier, config } = this.#parts;
    if (task.made.length === 0) return;
    const nodes = config.nodes.map(({ name }) => name);
    this.#start(new ThinTask(node, task.made, { pages, carrier, nodes }), config.upkeepBytesPerSecond);
  }

  #drainNow(node: string, { bytesPerSecond }: Draining): void {
    const running = this.#jobs.get(keyOf('drain', node));
    if (running?.active === true) running.bytesPerSecond = bytesPerSecond;
    else this.#start(new DrainTask(node, this.#parts.pages, this.#parts.carrier), bytesPerSecond);
  }

  #start(task: Task, bytesPerSecond: number): void {
    if (this.#closed) return;
    const { now, config } = this.#parts;
    const job = new Job(task, { bytesPerSecond, retryMs: config.downMs, now });
    this.#jobs.set(keyOf(task.kind, task.node), job);
    void job.run().then(() => this.#report(job));
  }

  #stop(kind: string, node: string): void {
    this.#jobs.get(keyOf(kind, node))?.stop();
  }

  #report(job: Job): void {
    if (this.#closed) return;
    const { kind, node, state, movedVariables, movedBytes, why } = job.status();
    const text = `${kind} ${node}: ${state}, ${movedVariables} variables and ${movedBytes} bytes moved${why && `; ${why}`}`;
    if (state === 'failed') this.#parts.log.warn(text);
    else this.#parts.log.info(text);
  }
}

const keyOf = (kind: string, node: string) => `${kind} ${node}`;
