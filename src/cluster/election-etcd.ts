/**
 * The coordinator is who holds the seat in etcd. Who finds it free takes it with a lease and keeps the lease; when that ends, here
 * before there, the seat is free again.
 */
import { pause } from '../util/pause.js';
import type { Election, ElectionEvents, ElectionLog, Leader } from './election.js';
import { EtcdClient, type EtcdAddress } from './etcd-client.js';
import { EtcdEpochs } from './etcd-epochs.js';
import { EtcdLease } from './etcd-lease.js';
import { EtcdSeat, type Seat } from './etcd-seat.js';

/** Parts of the lease's time: for one endpoint to answer, between looks at the seat, and after one that failed. */
const RENEWAL_LIMIT = 1 / 5;
const CALL_LIMIT = 1 / 2;
const LOOK = 1 / 3;
const RETRY = 1 / 10;
/** After a refusal: each attempt costs some kilobytes for half an hour, as etcd3 never closes the channel it shows passwords on. */
const REFUSED_MS = 5000;

export interface EtcdElectionParts {
  /** Several may share an etcd. */
  cluster: string;
  node: string;
  address: EtcdAddress;
  /** Whole seconds. */
  leaseMs: number;
  /** The highest term this node has heard of: an etcd that lost its data goes on above it. */
  termAbove: () => number;
  events: ElectionEvents;
  /** Milliseconds of a clock that never goes back. */
  now: () => number;
  log: ElectionLog;
}

export class EtcdElection implements Election {
  readonly #parts: EtcdElectionParts;
  readonly #client: EtcdClient;
  readonly #seat: EtcdSeat;
  readonly #epochs: EtcdEpochs;
  readonly #closing = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #lease: EtcdLease | undefined;
  /** Ends the wait for the seat. */
  #changed: AbortController | undefined;
  #leader: Leader | undefined;
  #warnedOfTime = false;

  constructor(parts: EtcdElectionParts) {
    const { address, cluster, leaseMs, log } = parts;
    const prefix = `datafabric/${cluster}/`;
    this.#parts = parts;
    const limits = { renewalMs: leaseMs * RENEWAL_LIMIT, callMs: leaseMs * CALL_LIMIT };
    this.#client = new EtcdClient(address, limits, log);
    this.#seat = new EtcdSeat(this.#client, prefix);
    this.#epochs = new EtcdEpochs(this.#client, `${prefix}epoch`);
  }

  begin(): void {
    this.#running = Promise.resolve().then(() => this.#run());
  }

  nextEpoch(above: number): Promise<number> {
    return this.#epochs.next(above);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#changed?.abort();
    this.#lease?.end('this node ends');
    await this.#running;
    this.#client.close();
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        const seat = await this.#seat.look();
        if (seat.holder === undefined) await this.#stand(seat);
        else await this.#follow(seat, seat.holder.leader);
      } catch {
        // The client has said what is wrong.
        await pause(this.#client.isRefused ? REFUSED_MS : this.#parts.leaseMs * RETRY, signal);
      }
    }
  }

  /** Until the seat may be free. */
  async #follow(seat: Seat, leader: Leader | undefined): Promise<void> {
    // A seat that this node took in a former life is free in a while.
    this.#notice(leader?.node === this.#parts.node ? undefined : leader);
    const changed = new AbortController();
    this.#changed = changed;
    const unwatch = this.#seat.watch(seat.revision, () => changed.abort());
    await pause(this.#parts.leaseMs * LOOK, changed.signal);
    unwatch();
  }

  async #stand(seat: Seat): Promise<void> {
    const { node, leaseMs, now, termAbove } = this.#parts;
    this.#notice(undefined);
    const lease = await EtcdLease.grant({ client: this.#client, leaseMs, now });
    this.#checkTime(lease);
    try {
      const term = Math.max(seat.term, termAbove()) + 1;
      const revision = await this.#seat.take(seat, { node, term }, lease.id);
      if (revision !== undefined && now() < lease.deadlineMs && !this.#closing.signal.aborted)
        await this.#lead(lease, term, revision);
    } finally {
      await lease.revoke();
    }
  }

  /** Until the lease ends. */
  async #lead(lease: EtcdLease, term: number, revision: number): Promise<void> {
    const { node, events, log } = this.#parts;
    log.info(`elected coordinator, term ${term}`);
    this.#lease = lease;
    const ended = new Promise<string>((resolve) => {
      lease.keep((why) => {
        events.onDeposed();
        resolve(why);
      });
    });
    this.#notice({ node, term });
    events.onElected(term, () => lease.deadlineMs);
    // Someone may delete it by hand.
    const unwatch = this.#seat.watch(revision, () => lease.end('its seat in etcd was taken away'));
    const why = await ended;
    unwatch();
    this.#lease = undefined;
    const level = this.#closing.signal.aborted ? 'info' : 'warn';
    log[level](`no longer coordinator, term ${term}: ${why}`);
    this.#notice(undefined);
  }

  #notice(leader: Leader | undefined): void {
    if (leader?.node === this.#leader?.node && leader?.term === this.#leader?.term) return;
    this.#leader = leader;
    this.#parts.events.onLeader(leader);
  }

  #checkTime({ grantedMs }: EtcdLease): void {
    const { leaseMs, log } = this.#parts;
    if (grantedMs <= leaseMs || this.#warnedOfTime) return;
    this.#warnedOfTime = true;
    log.warn(
      `etcd makes this lease ${grantedMs / 1000} s instead of cluster.lease_ms' ${leaseMs / 1000} s, as its election time-out is long: ` +
        'a coordinator that is lost is replaced that much later',
    );
  }
}
