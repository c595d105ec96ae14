/** Races for versions of one key from several processes: one winner each, and a history that a register with compare-and-swap may have. */
import type { ExecutionContext } from 'ava';
import { fitsSwaps, NONE, type Swap, type SwapOperation } from '../history/swaps.js';
import { startRacer, WRITERS, type Ground } from './race-actor.js';

const RACES = 50;
const PROCESSES = 4;
const TURNS = 10;

const winners = (operations: readonly SwapOperation[]) =>
  operations.filter(
    (operation): operation is Swap & { made: number } => operation.kind === 'swap' && operation.made !== undefined,
  );

export function races(
  test: (title: string, run: (t: ExecutionContext) => Promise<void>) => void,
  name: string,
  groundOf: (t: ExecutionContext) => Promise<Ground>,
): void {
  test(`${name}: ${RACES} races of ${PROCESSES * WRITERS} writers from ${PROCESSES} processes are linearizable`, async (t) => {
    t.timeout(300_000);
    const ground = await groundOf(t);
    const racers = await Promise.all(Array.from({ length: PROCESSES }, (_, at) => startRacer(ground, `p${at}`)));
    const history: SwapOperation[] = [];
    try {
      for (let upon = NONE; upon < RACES - 1; upon++) {
        const done = (await Promise.all(racers.map((racer) => racer.tell({ do: 'race', upon })))).flat();
        t.is(done.filter(({ kind }) => kind === 'swap').length, PROCESSES * WRITERS);
        t.deepEqual(
          winners(done).map(({ made }) => made),
          [upon + 1],
        );
        history.push(...done);
      }
      const struggle = racers.map((racer) => racer.tell({ do: 'struggle', turns: TURNS }));
      history.push(...(await Promise.all(struggle)).flat());
    } finally {
      await Promise.all(racers.map((racer) => racer.end()));
    }
    const made = winners(history)
      .map(({ made }) => made)
      .sort((one, other) => one - other);
    t.deepEqual(
      made,
      made.map((_, at) => at),
      'no version has two winners, and none is missing',
    );
    t.true(made.length >= RACES + TURNS);
    const reads = history.filter(({ kind }) => kind === 'read').length;
    t.log(`${history.length} operations, ${reads} of them reads, ${made.length} versions`);
    t.is(fitsSwaps(history), 'fits');
  });
}
