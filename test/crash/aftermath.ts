/** What a restart must make of the catalog that a kill has left. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { CatalogCopy } from '../campaign/catalog-file.js';
import { EXPOSED } from '../../dist/layout.js';
import { expect } from './checks.js';
import { QUARANTINE_MS, type NodeUnderTest } from './node-under-test.js';

/** From the clock's reading at the open to the epoch's file. */
const OPEN_MS_MAX = 100;

/** `left` was copied while the server was dead, `found` right after its restart. */
export function checkAftermath(node: NodeUnderTest, left: CatalogCopy, found: CatalogCopy, foundMs: number): void {
  // Quarantines begin anew at the open, which has just raised the epoch; what they held may be free again after that.
  const openedMs = statSync(join(node.server.stateDir, 'epoch')).mtimeMs;
  if (foundMs - openedMs >= QUARANTINE_MS - OPEN_MS_MAX) return;
  const places = new Set(found.variables.map(({ segment, offset }) => `${segment} ${offset}`));
  const states = new Map(found.variables.map(({ xid, state }) => [xid, state]));
  const entriesWithWriter = new Set(left.pins.filter(({ role }) => role === 'writer').map(({ entry }) => entry));
  const redone = new Set(left.redone);
  for (const { state, flags, segment, offset, length, entry, xid } of left.variables) {
    if (state === 'REMOVED' && (flags & EXPOSED) !== 0) {
      const rests = places.has(`${segment} ${offset}`);
      expect(rests, () => `${length} bytes at ${offset} of segment ${segment} were exposed, and rest no longer`);
    }
    if (state === 'RESERVED' && !entriesWithWriter.has(entry) && !redone.has(entry)) {
      expect(states.get(xid) === undefined, () => `reservation ${xid} had no writer, and is ${states.get(xid)} still`);
    }
  }
}
