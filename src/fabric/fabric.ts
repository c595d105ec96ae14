/** One node's variables: a thin front over the parts that do the work. */
import type { NativeStore, SegmentStats, StoreStats } from '../native.js';
import type { Core, FabricNative } from './core.js';
import { Copies } from './copies.js';
import { Counters } from './counters.js';
import { Defrag } from './defrag.js';
import { Incoming } from './incoming.js';
import { Inserts } from './inserts.js';
import { listPage, type Page, type PageRequest } from './listing.js';
import { requireOwnNode } from './nodes.js';
import type { FabricOptions } from './options.js';
import { Moves } from './moves.js';
import { Placements } from './placements.js';
import { Pointers } from './pointers.js';
import { Readers } from './readers.js';
import { Removals } from './removals.js';
import { Reservations } from './reservations.js';
import { Segments } from './segments.js';
import { Sweeper } from './sweeper.js';
import { Waiters } from './waiters.js';

export interface NodeReport {
  node: string;
  address: string;
  /** On the same host; 0: it speaks no TLS. */
  tlsPort: number;
  role: 'coordinator' | 'member';
  state: string;
  zone: string;
  weight: number;
  segments: number;
  bytes: number;
  usedBytes: number;
  variables: number;
}

export class Fabric {
  readonly counters = new Counters();
  readonly placements: Placements;
  readonly inserts: Inserts;
  readonly copies: Copies;
  readonly reservations: Reservations;
  readonly pointers: Pointers;
  readonly readers: Readers;
  readonly removals: Removals;
  readonly defrag: Defrag;
  readonly #segments: Segments;
  readonly #core: Core;
  readonly #incoming: Incoming;
  readonly #sweeper: Sweeper;
  readonly #moves: Moves;

  constructor(store: NativeStore, native: FabricNative, options: FabricOptions) {
    const core = {
      store,
      native,
      options,
      counters: this.counters,
      waiters: new Waiters(this.counters, options.onWaiting),
      told: new Set<string>(),
    };
    this.#core = core;
    this.#sweeper = new Sweeper(store, this.counters, options.onError);
    this.#moves = new Moves(store, this.counters, options.gate);
    this.#incoming = new Incoming(core);
    this.placements = new Placements(core);
    this.copies = new Copies(core);
    this.inserts = new Inserts(core, this.#incoming, this.placements);
    this.reservations = new Reservations(core, this.#incoming, this.placements);
    this.pointers = new Pointers(core, this.placements);
    this.readers = new Readers(core, this.placements);
    this.removals = new Removals(core);
    this.#segments = new Segments(core, this.placements, this.#sweeper, this.#moves);
    this.defrag = new Defrag(core, this.#sweeper, this.#moves);
  }

  get node(): string {
    return this.#core.options.node;
  }

  /** Clients that wait for a name now. */
  get waiting(): number {
    return this.#core.waiters.count;
  }

  stats(): StoreStats {
    return this.#core.store.stats();
  }

  segments(): SegmentStats[] {
    return this.#core.store.segments();
  }

  /** Returns the new segment's `shared_id`. */
  alloc(megabytes: number): Promise<string> {
    return this.#segments.alloc(megabytes);
  }

  /** INUSE while anything lies in it; `move` carries the variables elsewhere first. */
  async dealloc(sharedId: string, move: boolean): Promise<void> {
    if (move) await this.#segments.deallocMoving(sharedId);
    else this.#segments.dealloc(sharedId);
  }

  /** NOTFOUND for every node but this one. */
  requireOwnNode(node: Buffer): void {
    requireOwnNode(this.node, node);
  }

  nodes(): NodeReport[] {
    const segments = this.segments();
    const sum = (of: (segment: SegmentStats) => number) => segments.reduce((total, segment) => total + of(segment), 0);
    return [
      {
        node: this.node,
        address: this.#core.options.address(),
        tlsPort: this.#core.options.tlsPort(),
        role: 'coordinator',
        state: 'up',
        zone: 'default',
        weight: 1,
        segments: segments.length,
        bytes: sum((segment) => segment.bytes),
        usedBytes: sum((segment) => segment.usedBytes),
        variables: this.stats().variables,
      },
    ];
  }

  /** Of some variable; undefined when there is none. */
  randomName(): Buffer | undefined {
    return this.#core.store.randomName();
  }

  list(request: PageRequest): Page | Promise<Page> {
    return listPage(this.#core, request);
  }

  /** A variable was sealed past this fabric. */
  sealed(name: Buffer): void {
    this.#core.waiters.sealed(name);
  }

  /** The connection's pins and reservations begin to linger. */
  disconnected(connection: number): void {
    this.#core.store.disconnected(connection);
  }

  /** Waiters give up, copies under way end; then the store may be closed. */
  async close(): Promise<void> {
    this.#core.waiters.close();
    this.#sweeper.close();
    this.#moves.close();
    await Promise.all([this.defrag.close(), this.#incoming.settled()]);
  }
}
