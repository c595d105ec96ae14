/** Sealing where names are everybody's: a reservation has its entry to itself only until it is sealed. */
import test from 'ava';
import { FabricError } from '../../dist/errors.js';
import type { Gate, Stored } from '../../dist/fabric/gate.js';
import { label, startFabric } from '../support/fabric.js';

const CONNECTION = { kind: 'connection', connection: 7 } as const;
const LENGTH = 64;

for (const [outcome, end] of [
  ['a success', () => Promise.resolve([])],
  ['no success', () => Promise.reject(new FabricError('NOCOORD', 'nobody has heard of it'))],
] as const) {
  test(`${outcome}: whoever has the entry of what was sealed and has gone since keeps it`, async (t) => {
    const publish = async (stored: Stored) => {
      const { xid } = stored;
      stored.seal();
      const entry = f.store.findXid(xid);
      f.store.removeXid(xid);
      const reserved = f.fabric.reservations.reserve(label('other'), LENGTH, CONNECTION);
      t.is(f.store.findXid(reserved.xid), entry, 'the entry is another reservation now');
      other = reserved.xid;
      return end();
    };
    const f = await startFabric(t, { gate: { publish } as Partial<Gate> as Gate });
    let other = 0;
    const inserted = Promise.resolve(f.fabric.inserts.bytes(label('mine'), Buffer.alloc(LENGTH)));
    if (outcome === 'a success') t.deepEqual(await inserted, []);
    else await t.throwsAsync(inserted, { code: 'NOCOORD' });
    t.is(f.store.describe(f.store.findXid(other)!).state, 'RESERVED');
  });
}
