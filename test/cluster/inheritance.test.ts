/** A coordinator takes over what the one before it had begun: as nodes tell, with real stores as their memory. */
import test from 'ava';
import { officePort } from '../../dist/cluster/ports.js';
import { NAME, openCoordinator, TERM } from './coordinated.js';

const [OLD, NEW, THIRD] = [1, 2, 3];

for (const [order, writerFirst] of [
  ['its writer', true],
  ['who has the former one', false],
] as const) {
  test(`a value whose leave another coordinator gave has its name, though ${order} joins first`, async (t) => {
    const { nodes, coordinator, join, found, conflicts } = await openCoordinator(t);
    const [writer, other] = nodes;
    const former = [other.put(OLD)];
    const copies = [writer.put(NEW)];
    for (const node of writerFirst ? [writer, other] : [other, writer]) await join(node);
    await coordinator.ended(writer.name, TERM, [{ name: NAME, xid: NEW, copies, unclear: [], former }]);
    t.deepEqual(await found(), [[writer.name, NEW]]);
    t.deepEqual(await conflicts(), []);
    t.false(other.has(OLD));
    t.not(writer.store.find(NAME), undefined, 'its name finds it on its own node');
  });
}

test('a value whose name is a third one by then goes, as if it had been replaced', async (t) => {
  const { nodes, coordinator, join, found, conflicts } = await openCoordinator(t);
  const [writer, other, third] = nodes;
  const former = [other.put(OLD)];
  other.store.removeXid(OLD);
  const copies = [writer.put(NEW)];
  third.put(THIRD);
  for (const node of [third, other, writer]) await join(node);
  t.deepEqual(await conflicts(), [NEW]);
  await coordinator.ended(writer.name, TERM, [{ name: NAME, xid: NEW, copies, unclear: [], former }]);
  t.deepEqual(await found(), [[third.name, THIRD]]);
  t.deepEqual(await conflicts(), []);
  t.false(writer.has(NEW));
});

test('whoever waits for the end of a commit is told when the coordinator is another', async (t) => {
  const { nodes, coordinator, join } = await openCoordinator(t);
  for (const node of nodes) await join(node);
  const [writer] = nodes;
  const port = officePort(coordinator, (work) => coordinator.during(work));
  const candidate = { name: NAME, xid: NEW, length: 1, crc32c: 0, replace: false, replicas: 1, copies: [] };
  t.deepEqual(await port.commit(writer.name, TERM, candidate), []);
  const waiting = [port.find(NAME, 0), port.commit(writer.name, TERM, { ...candidate, xid: THIRD }), port.scan(0, 1)];
  coordinator.close();
  for (const asked of waiting) await t.throwsAsync(asked, { code: 'FENCED', message: /another will be there/ });
  await t.throwsAsync(port.fate(NAME, NEW), { code: 'FENCED' });
});

test('what was removed goes from a node that joined before anybody told of that', async (t) => {
  const { nodes, join, found, conflicts } = await openCoordinator(t);
  const [early, late, third] = nodes;
  await join(third);
  early.put(OLD);
  await join(early);
  t.deepEqual(await found(), [[early.name, OLD]]);
  late.put(NEW);
  await join(late, [{ name: NAME, xid: OLD, awaited: [early.name] }]);
  t.deepEqual(await found(), [[late.name, NEW]]);
  t.deepEqual(await conflicts(), []);
  t.false(early.has(OLD));
  t.true(early.forgiven.includes(OLD), 'nobody keeps a tombstone for it any more');
});
