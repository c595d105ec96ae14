/** Who is silent is down, but not as long as the coordinator itself stands still. */
import { setTimeout } from 'node:timers/promises';
import test from 'ava';
import { openCoordinator } from './coordinated.js';

const HEARTBEAT_MS = 5;
const DOWN_MS = 50;
const TICKS_MAX = 5000;

test('time in which the coordinator was stopped is not held against the nodes', async (t) => {
  let ms = 0;
  const { nodes, coordinator, join } = await openCoordinator(t, {
    heartbeatMs: HEARTBEAT_MS,
    downMs: DOWN_MS,
    now: () => ms,
  });
  const conditions = async () => (await coordinator.overview()).nodes.map(({ condition }) => condition);
  for (const node of nodes) await join(node);
  t.deepEqual(await conditions(), ['up', 'up', 'up']);
  for (const stoodMs of [DOWN_MS, 3 * DOWN_MS, 100_000]) {
    ms += stoodMs;
    await setTimeout(4 * HEARTBEAT_MS);
    t.false((await conditions()).includes('down'), `after ${stoodMs} ms`);
  }
  let ticks = 0;
  while ((await conditions()).some((condition) => condition !== 'down') && ++ticks < TICKS_MAX) {
    ms += HEARTBEAT_MS;
    await setTimeout(HEARTBEAT_MS);
  }
  t.deepEqual(await conditions(), ['down', 'down', 'down'], 'those who are silent while it goes on');
});
