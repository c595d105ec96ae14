/** Totals since the start, for INFO and STATS; bytes where the name says so, else events. */
export class Counters {
  inserts = 0;
  insertedBytes = 0;
  replaced = 0;
  reservations = 0;
  seals = 0;
  aborts = 0;
  removed = 0;
  /** Lookups by name that found a variable, and that didn't. */
  hits = 0;
  misses = 0;
  pins = 0;
  releases = 0;
  waits = 0;
  waitTimeouts = 0;
  movedVariables = 0;
  movedBytes = 0;
  /** Ended by the sweeper: leases, lingers, dead slots. */
  expiredPins = 0;
  expiredReservations = 0;
  reclaimedExtents = 0;

  reset(): void {
    Object.assign(this, new Counters());
  }
}
