/** The node's segments: made, listed, given back. */
import { FabricError, isFabricError } from '../errors.js';
import type { SegmentStats } from '../native.js';
import type { Core } from './core.js';
import type { Gate } from './gate.js';
import type { Moves } from './moves.js';
import type { Placements } from './placements.js';
import type { Sweeper } from './sweeper.js';
import { nextTurn, slices } from './turns.js';

const MIB = 1 << 20;
/** Segments are made of whole huge pages. */
const GRAIN_MIB = 2;
/** Looked up in one turn: well under a millisecond. */
const SCANNED_MAX = 200;
/** On their way to other nodes: small ones wait for answers, not for bytes. */
const CARRIED_AT_ONCE = 8;

export class Segments {
  readonly #core: Core;
  readonly #placements: Placements;
  readonly #sweeper: Sweeper;
  readonly #moves: Moves;

  constructor(core: Core, placements: Placements, sweeper: Sweeper, moves: Moves) {
    this.#moves = moves;
    this.#core = core;
    this.#placements = placements;
    this.#sweeper = sweeper;
  }

  list(): SegmentStats[] {
    return this.#core.store.segments();
  }

  /** Returns the new segment's `shared_id`. */
  alloc(megabytes: number): Promise<string> {
    return this.#core.store.allocSegment(Math.ceil(megabytes / GRAIN_MIB) * GRAIN_MIB * MIB);
  }

  /** INUSE while anything lies in it. */
  dealloc(sharedId: string): void {
    this.#core.store.deallocSegment(sharedId);
    this.#placements.forget(sharedId);
  }

  /** Carries the variables into other segments, lets the quarantine pass, then gives the segment back. */
  async deallocMoving(sharedId: string): Promise<void> {
    const { store } = this.#core;
    this.#requireMovable();
    store.closeSegment(sharedId, true);
    try {
      await this.#evacuate(sharedId);
      await this.#quarantineOver(sharedId);
      this.dealloc(sharedId);
    } catch (error) {
      this.#reopen(sharedId);
      throw error;
    }
  }

  /** Into the node's other segments; what these have no room for goes to other nodes. */
  async #evacuate(sharedId: string): Promise<void> {
    const { store, options } = this.#core;
    try {
      for (let step = await store.evacuateStep(sharedId); step; step = await store.evacuateStep(sharedId))
        this.#moves.note(step);
    } catch (error) {
      const full = isFabricError(error) && error.code === 'OOM';
      if (!full || options.gate === undefined || !(await this.#carryOff(sharedId, options.gate))) throw error;
    }
  }

  /** True when nothing but what is pinned is left. */
  async #carryOff(sharedId: string, gate: Gate): Promise<boolean> {
    const { store } = this.#core;
    let cursor = 0;
    let all = true;
    do {
      const page = store.scan(cursor, SCANNED_MAX);
      cursor = page.cursor;
      const inside = page.names.flatMap((name) => {
        const entry = store.find(name);
        const found = entry === undefined ? undefined : store.describe(entry);
        return found?.sharedId === sharedId && found.pins === 0 ? [{ name, xid: found.xid }] : [];
      });
      for (const some of slices(inside, CARRIED_AT_ONCE)) {
        const carried = await Promise.all(some.map(({ name, xid }) => gate.carryOff(name, xid)));
        all &&= carried.every(Boolean);
      }
      await nextTurn();
    } while (cursor !== 0);
    return all;
  }

  /** Readers of a warm restart may still be at work with addresses that this server doesn't know of. */
  #requireMovable(): void {
    if (this.#core.store.inRestartGrace) throw restartGrace(this.#core.options.restartGraceMs);
  }

  /** Waits while nothing but the quarantine keeps the segment. */
  async #quarantineOver(sharedId: string): Promise<void> {
    const deadline = performance.now() + 2 * this.#core.options.quarantineMs + 1000;
    for (;;) {
      const segment = this.list().find((candidate) => candidate.sharedId === sharedId);
      const left = deadline - performance.now();
      if (segment === undefined || segment.quarantinedBytes === 0 || segment.variables > 0 || left <= 0) return;
      await this.#sweeper.reclaimed(left);
    }
  }

  #reopen(sharedId: string): void {
    if (this.list().some((segment) => segment.sharedId === sharedId)) this.#core.store.closeSegment(sharedId, false);
  }
}

export const restartGrace = (ms: number) =>
  new FabricError(
    'INUSE',
    `nothing is moved for ${ms} ms after a restart (times.restart_grace_ms): earlier readers may still be at work; ` +
      'try again then',
  );
