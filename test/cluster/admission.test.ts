/** A node is taken in while others go on: with real stores as the nodes' memory. */
import test from 'ava';
import { NAME, openCoordinator, TERM } from './coordinated.js';

const [OLDEST, OLD, NEW] = [1, 2, 3];

for (const [moment, verb] of [
  ['is told what has ended meanwhile', 'remove'],
  ['tells what it has', 'inventory'],
] as const) {
  test(`what is replaced while a node ${moment} is neither there nor listed when it has joined`, async (t) => {
    const { nodes, coordinator, join, found, conflicts } = await openCoordinator(t);
    const [writer, other, late] = nodes;
    const former = [writer.put(OLD)];
    late.put(OLD);
    for (const node of [writer, other]) await join(node);
    const candidate = { name: NAME, xid: NEW, length: 1, crc32c: 0, replace: true, replicas: 1, copies: [] };
    t.deepEqual(await coordinator.commit(writer.name, TERM, candidate), []);
    const replace = async () => {
      const copies = [writer.put(NEW)];
      await coordinator.ended(writer.name, TERM, [{ name: NAME, xid: NEW, copies, unclear: [], former }]);
    };
    let replacing: Promise<void> | undefined;
    const { [verb]: answer } = late.port as unknown as Record<string, (...asked: unknown[]) => Promise<unknown>>;
    const replacingFirst = async (...asked: unknown[]) => {
      await (replacing ??= replace());
      return answer!(...asked);
    };
    Object.assign(late.port, { [verb]: replacingFirst });
    await join(late, [{ name: NAME, xid: OLDEST, awaited: [late.name] }]);
    t.not(replacing, undefined);
    t.false(late.has(OLD));
    t.deepEqual(await conflicts(), []);
    t.deepEqual(await found(), [[writer.name, NEW]]);
  });
}
