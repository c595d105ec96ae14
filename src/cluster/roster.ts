/** What the coordinator knows of the nodes: who has joined, and when each was last heard of. */
import { FabricError } from '../errors.js';
import type { ClusterConfig } from './config.js';
import type { Copy, Farewell, NodeCondition, NodeStatus, Pulse } from './peer-messages.js';
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
  /** Since when it has what it brought along when it joined, and whether that was anything. */
  came: { epoch: number; withVariables: boolean };
  forgotten: boolean;
  /** The epoch of what was said last of its being given up, or back; 0: nothing. */
  farewellEpoch: number;
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
          heardMs: now(),
          everJoined: false,
          came: { epoch: 0, withVariables: false },
          forgotten: false,
          farewellEpoch: 0,
        },
      ]),
    );
  }

  joins(node: string, joining: number, came: Record['came']): void {
    Object.assign(this.#records.get(node)!, { joining, came });
  }

  joiningOf(node: string): number {
    return this.#records.get(node)!.joining;
  }

  /** `epoch`: of its ids from now on. */
  joined(node: string, incarnation: string, epoch: number): void {
    const record = this.#records.get(node)!;
    if (record.forgotten) Object.assign(record, { forgotten: false, farewellEpoch: epoch });
    Object.assign(record, { incarnation, heardMs: this.#now(), everJoined: true });
  }

  isForgotten(node: string): boolean {
    return this.#records.get(node)!.forgotten;
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

  /** Nobody waits for it. */
  forget(node: string, epoch: number): void {
    Object.assign(this.#records.get(node)!, { forgotten: true, farewellEpoch: epoch, pulse: NO_PULSE });
  }

  /** Is what it has still to be taken for given up? Without variables it begins anew. */
  isGivenUp(node: string, came = this.#records.get(node)!.came): boolean {
    const { forgotten, farewellEpoch } = this.#records.get(node)!;
    return forgotten && came.withVariables && came.epoch <= farewellEpoch;
  }

  /** What was said before this coordinator began; of two the later counts. */
  learn({ node, epoch, isForgotten }: Farewell): void {
    const record = this.#records.get(node);
    if (record === undefined || epoch <= record.farewellEpoch) return;
    Object.assign(record, { farewellEpoch: epoch, forgotten: isForgotten });
    if (this.isUp(node) && !this.isGivenUp(node)) record.forgotten = false;
  }

  /** What it will say of itself with its next heartbeat. */
  drains(node: string, draining: Draining | null): void {
    const record = this.#records.get(node)!;
    record.pulse = { ...record.pulse, draining: draining ?? undefined };
  }

  /** How long it has been silent, since the coordinator began at most; 0 when it is up, or given up. */
  awayMs(node: string): number {
    const { incarnation, forgotten, heardMs } = this.#records.get(node)!;
    return incarnation === undefined && !forgotten ? this.#now() - heardMs : 0;
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
    return [...this.#records]
      .filter(([, { everJoined, forgotten }]) => !everJoined && !forgotten)
      .map(([node]) => node);
  }

  /** Has every node reported since the coordinator began, but those that were given up? */
  get complete(): boolean {
    return this.unreported().length === 0;
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
