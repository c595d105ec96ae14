/** A cluster whose clocks jump: what nodes wait for is measured on clocks that don't. */
import test from 'ava';
import { findFaketime } from '../hosts/wall-clock.js';
import { NODES, Trio } from './trio.js';

const HOUR_MS = 3_600_000;
/** Longer than any pause of a busy machine, much shorter than a jump. */
const DOWN_MS = 10_000;
const WATCHED_MS = 1000;

if (findFaketime() === undefined) console.log('Clocks are not skewed: libfaketime is missing.');
else {
  test('clocks jump ahead and back', async (t) => {
    const trio = await Trio.open({ kind: 'namespaces', clocks: true, downMs: DOWN_MS });
    t.teardown(() => trio.close());
    const links = NODES.map((node) => trio.link(node));
    t.teardown(() => links.forEach((link) => link.close()));
    for (const [jump, ms] of [HOUR_MS, -HOUR_MS, 24 * HOUR_MS, 0].entries()) {
      const skewed = NODES[jump % NODES.length]!;
      await trio.host(skewed).skewClock(ms);
      for (const [index, link] of links.entries()) {
        const name = `jump ${jump} at ${NODES[index]!}`;
        await link.call('SET', name, name);
        for (const other of links) t.is(String(await other.call('FABRIC.GET', name)), name);
        t.is(await links[(index + 1) % links.length]!.call('FABRIC.DELETE', name), 1);
      }
      await trio.stays(WATCHED_MS);
    }
    t.notRegex(trio.lastWords(Infinity), /is down|has to join again/);
  });
}
