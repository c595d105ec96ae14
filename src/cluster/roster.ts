/** What the coordinator knows of the nodes: who has joined, and when each was last heard of. */
import { FabricError } from '../errors.js';
import type { ClusterConfig } from './config.js';
import type { Copy, NodeCondition, NodeStatus, Pulse } from './peer-messages.js';
import { NO_PULSE } from './pulse.js';
import type { Draining } from './upkeep-messages.js';

interface Record {
  pulse: Pulse;
  /** Of its joining; absent: it hasn't, or is down since. */
  incarnation: string | undefined;
  /** Of its last attempt to join. */
  joining: number;
  heardMs: number;
  everJoined: boolean;
  forgotten: boolean;
}

export class Roster {
  readonly #config: Pick<ClusterConfig, 'nodes' | 'downMs' | 'heartbeatMs'>;
  readonly #now: () => number;
  readonly #records: ReadonlyMap<string, Record>;

  constructor(config: Pick<ClusterConfig, 'nodes' | 'downMs' | 'heartbeatMs'>, now: () => number) {
    this.#config = config;
    this.#now = now;
    this.#records = new Map(
      config.nodes.map(({ name }) => [
        name,
        {
          pulse: NO_PULSE,
          incarnation: undefined,
          joining: 0,
          heardMs: -Infinity,
          everJoined: false,
          forgotten: false,
        },
      ]),
    );
  }

  joins(node: string, joining: number): void {
    this.#records.get(node)!.joining = joining;
  }

  joiningOf(node: string): number {
    return this.#records.get(node)!.joining;
  }

  joined(node: string, incarnation: string): void {
    Object.assign(this.#records.get(node)!, { incarnation, heardMs: this.#now(), everJoined: true, forgotten: false });
  }

  /** False: it counts as down, and has to join again. */
  heard(node: string, pulse: Pulse): boolean {
    const record = this.#records.get(node);
    if (record?.incarnation === undefined) return false;
    Object.assign(record, { pulse, heardMs: this.#now() });
    return true;
  }

  isUp(node: string): boolean {
    return this.#records.get(node)?.incarnation !== undefined;
  }

  requireUp(node: string): void {
    if (!this.isUp(node)) throw new FabricError('FENCED', `node ${node} counts as down: it has to join again`);
  }

  up(): string[] {
    return [...this.#records.keys()].filter((node) => this.isUp(node));
  }

  /** Those of the copies that can be reached. */
  upOf(copies: readonly Copy[]): Copy[] {
    return copies.filter(({ node }) => this.isUp(node));
  }

  requireAnyUp(copies: readonly Copy[]): void {
    if (this.upOf(copies).length > 0) return;
    const nodes = copies.map(({ node }) => node).join(', ');
    throw new FabricError(
      'REMOTE',
      `it lies on ${nodes}, which is down: it can be changed when that is back (FABRIC.FORGET gives up a node that won't come back)`,
    );
  }

  /** It has to join again. */
  left(node: string): void {
    this.#records.get(node)!.incarnation = undefined;
  }

  isForgotten(node: string): boolean {
    return this.#records.get(node)?.forgotten === true;
  }

  /** Nobody waits for it. */
  forget(node: string): void {
    Object.assign(this.#records.get(node)!, { everJoined: true, forgotten: true, pulse: NO_PULSE });
  }

  /** What it will say of itself with its next heartbeat. */
  drains(node: string, draining: Draining | null): void {
    const record = this.#records.get(node)!;
    record.pulse = { ...record.pulse, draining: draining ?? undefined };
  }

  /** How long it has been silent; 0 when it is up, or hasn't reported since the coordinator began. */
  awayMs(node: string): number {
    const { incarnation, everJoined, forgotten, heardMs } = this.#records.get(node)!;
    return incarnation === undefined && everJoined && !forgotten ? this.#now() - heardMs : 0;
  }

  /** Those that have just been silent for too long: they are down. */
  expire(): string[] {
    const limit = this.#now() - this.#config.downMs;
    return [...this.#records]
      .filter(([, { incarnation, heardMs }]) => incarnation !== undefined && heardMs < limit)
      .map(([node]) => node);
  }

  /** Nodes that haven't reported since the coordinator began: nobody knows what they have. */
  unreported(): string[] {
    return [...this.#records].filter(([, { everJoined }]) => !everJoined).map(([node]) => node);
  }

  /** Has every node reported since the coordinator began? */
  get complete(): boolean {
    return [...this.#records.values()].every(({ everJoined }) => everJoined);
  }

  statuses(): NodeStatus[] {
    return [...this.#records].map(([node, record]) => ({ node, condition: this.#condition(record), ...record.pulse }));
  }

  #condition({ incarnation, heardMs, everJoined, forgotten, pulse }: Record): NodeCondition {
    if (forgotten) return 'forgotten';
    if (incarnation === undefined) return everJoined ? 'down' : 'unknown';
    if (pulse.draining !== undefined) return 'draining';
    return heardMs < this.#now() - 2 * this.#config.heartbeatMs ? 'suspect' : 'up';
  }
}
