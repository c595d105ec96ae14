/** A node asks for a variable to be carried to others: with real stores as the nodes' memory. */
import test from 'ava';
import { NAME, openCoordinator, TERM } from './coordinated.js';

const XID = 1;

test('what was sealed and not told of yet is there to be carried', async (t) => {
  const { nodes, coordinator, join, found } = await openCoordinator(t);
  for (const node of nodes) await join(node);
  const [writer] = nodes;
  const candidate = { name: NAME, xid: XID, length: 1, crc32c: 0, replace: false, replicas: 1, copies: [] };
  await coordinator.commit(writer.name, TERM, candidate);
  const copies = [writer.put(XID)];
  const tell = () => coordinator.ended(writer.name, TERM, [{ name: NAME, xid: XID, copies, unclear: [], former: [] }]);
  Object.assign(writer.port, { hurry: tell, pins: () => Promise.resolve(0) });
  // No other node has said that it has room.
  t.false(await coordinator.carryOff(writer.name, TERM, NAME, XID));
  t.deepEqual(await found(), [[writer.name, XID]]);
});
