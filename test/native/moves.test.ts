/** What a store tells of the variables it moves. */
import test from 'ava';
import type { Moved, Step } from '../../dist/native.js';
import { pattern } from '../support/sockets.js';
import { openStore } from '../support/store.js';

const SEGMENT_BYTES = 2 << 20;
const BYTES = 32 << 10;
const COUNT = SEGMENT_BYTES / BYTES;
/** Hidden. */
const LAST = `v${COUNT - 1}`;

async function movesOf(next: (first: boolean) => Promise<Step | undefined>): Promise<Moved[]> {
  const moves: Moved[] = [];
  for (let step = await next(true); step; step = await next(false)) if (step.moved) moves.push(step);
  return moves;
}

test('each move tells the variable and its new place', async (t) => {
  const { store, sharedId } = await openStore(t, SEGMENT_BYTES);
  const payloads = new Map<string, Buffer>();
  for (let i = 0; i < COUNT; i++) {
    const name = `v${i}`;
    payloads.set(name, pattern(BYTES, i + 1));
    store.insert(Buffer.from(name), '', 'bytes', payloads.get(name)!, { hidden: name === LAST });
  }
  for (let i = 0; i < COUNT; i += 2) {
    store.remove([Buffer.from(`v${i}`)]);
    payloads.delete(`v${i}`);
  }
  const check = (moves: Moved[], from: number): void => {
    t.true(moves.length > 0);
    for (const move of moves) {
      const name = move.name.toString();
      const entry = store.find(move.name)!;
      t.like(store.describe(entry), { xid: move.xid, hidden: name === LAST, length: move.length });
      t.is(move.hidden, name === LAST);
      t.true(move.generation > from);
      t.true(store.read(entry, 0, BYTES).equals(payloads.get(name)!));
    }
    // The last move of each says where it is now.
    for (const move of new Map(moves.map((each) => [each.xid, each])).values()) {
      const { sharedId: segment, offset, generation } = store.describe(store.findXid(move.xid)!);
      t.like(move, { sharedId: segment, offset, generation });
    }
  };
  check(await movesOf((first) => store.defragStep(sharedId, first)), 1);
  const other = await store.allocSegment(SEGMENT_BYTES);
  store.closeSegment(sharedId, true);
  const moves = await movesOf(() => store.evacuateStep(sharedId));
  t.is(moves.length, payloads.size);
  t.true(moves.every((move) => move.sharedId === other));
  t.true(moves.some(({ hidden }) => hidden));
  check(moves, 1);
});
