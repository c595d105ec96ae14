/** Joins free holes by moving unpinned variables, one at a time beside everything else. */
import { FabricError } from '../errors.js';
import type { SegmentStats } from '../native.js';
import type { Core } from './core.js';
import type { Moves } from './moves.js';
import { restartGrace } from './segments.js';
import type { Sweeper } from './sweeper.js';
import { nextTurn } from './turns.js';

export interface DefragReport {
  movedVariables: number;
  movedBytes: number;
  largestFreeBefore: number;
  largestFreeAfter: number;
  pinnedBytes: number;
}

/** What is moved from is in quarantine; when that ends, more can move into it. So often it is waited for. */
const QUARANTINE_ROUNDS_MAX = 8;

export class Defrag {
  readonly #core: Core;
  readonly #sweeper: Sweeper;
  readonly #moves: Moves;
  /** Runs follow one another: two at once would only undo each other's holes. */
  #last: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(core: Core, sweeper: Sweeper, moves: Moves) {
    this.#core = core;
    this.#moves = moves;
    this.#sweeper = sweeper;
  }

  /** All segments, or one. Ends early when the signal says that nobody waits for the report. */
  run(sharedId: string | undefined, signal: AbortSignal): Promise<DefragReport> {
    const { store, options } = this.#core;
    if (store.inRestartGrace) throw restartGrace(options.restartGraceMs);
    this.#scope(sharedId);
    const run = this.#last.then(() => this.#compact(sharedId, signal));
    this.#last = run.catch(() => undefined);
    return run;
  }

  /** Resolves when the move under way has ended. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#last;
  }

  async #compact(sharedId: string | undefined, signal: AbortSignal): Promise<DefragReport> {
    const before = this.#scope(sharedId);
    const report = {
      movedVariables: 0,
      movedBytes: 0,
      largestFreeBefore: largestFree(before),
      largestFreeAfter: 0,
      pinnedBytes: 0,
    };
    const over = () => signal.aborted || this.#closed;
    for (let round = 0; !over(); round++) {
      const moved = report.movedVariables;
      for (const segment of this.#scope(sharedId))
        await this.#compactSegment(segment.sharedId, round === 0, report, over);
      // The last holes join only once the quarantine of what was moved is over.
      const worthwhile = (round === 0 || report.movedVariables > moved) && this.#quarantined(sharedId) > 0;
      if (!worthwhile || round === QUARANTINE_ROUNDS_MAX) break;
      await this.#quarantineOver(sharedId, over);
    }
    if (this.#closed) return report;
    const after = this.#scope(sharedId);
    report.largestFreeAfter = largestFree(after);
    report.pinnedBytes = after.reduce((sum, segment) => sum + segment.pinnedBytes, 0);
    return report;
  }

  async #compactSegment(sharedId: string, begin: boolean, report: DefragReport, over: () => boolean): Promise<void> {
    const { store } = this.#core;
    for (
      let first = begin;
      !over() && store.segments().some((segment) => segment.sharedId === sharedId);
      first = false
    ) {
      const step = await store.defragStep(sharedId, first);
      if (step === undefined) return;
      if (this.#moves.note(step)) {
        report.movedVariables++;
        report.movedBytes += step.length;
      }
      await nextTurn();
    }
  }

  #quarantined(sharedId: string | undefined): number {
    return this.#scope(sharedId).reduce((sum, segment) => sum + segment.quarantinedBytes, 0);
  }

  /** Until the quarantine of now is over; deletes meanwhile may have begun another, which isn't waited for. */
  async #quarantineOver(sharedId: string | undefined, over: () => boolean): Promise<void> {
    const deadline = performance.now() + this.#core.options.quarantineMs + 250;
    while (!over() && this.#quarantined(sharedId) > 0) {
      const left = deadline - performance.now();
      if (left <= 0) return;
      await this.#sweeper.reclaimed(left);
    }
  }

  #scope(sharedId: string | undefined): SegmentStats[] {
    const segments = this.#core.store.segments();
    if (sharedId === undefined) return segments;
    const found = segments.filter((segment) => segment.sharedId === sharedId);
    if (found.length > 0) return found;
    throw new FabricError('NOTFOUND', `no segment ${sharedId} on this node: FABRIC.SEGMENTS lists them`);
  }
}

const largestFree = (segments: readonly SegmentStats[]) =>
  segments.reduce((largest, segment) => Math.max(largest, segment.largestFreeBytes), 0);
