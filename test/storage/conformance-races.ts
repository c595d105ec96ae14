import { Actor } from './actor.js';
import { freshKey, type Bench } from './conformance.js';
import { pattern, seedOf } from './pattern.js';

const RACES = 50;
const PROCESSES = 4;
const CREATORS = 4;

export function raceConformance({ test, subject, store, options }: Bench): void {
  const { name } = subject;

  test(`${name}: of many creators in a process exactly one wins`, async (t) => {
    for (let race = 0; race < 20; race++) {
      const key = freshKey();
      const seeds = Array.from({ length: 16 }, (_, at) => at);
      const ends = await Promise.all(seeds.map((seed) => store().create(key, pattern(seed, 4096))));
      t.deepEqual(
        ends.filter((end) => end !== 'exists'),
        ['created'],
      );
      t.is(seedOf((await store().get(key))!, 4096, seeds), ends.indexOf('created'), "the winner's object is there");
    }
  });

  test(`${name}: puts at once leave one of them, whole`, async (t) => {
    const key = freshKey();
    const seeds = [0, 1, 2, 3, 4, 5, 6, 7];
    await Promise.all(seeds.map((seed) => store().put(key, pattern(seed, 100_000))));
    t.not(seedOf((await store().get(key))!, 100_000, seeds), undefined);
  });

  if (!subject.shared) return;
  test(`${name}: ${RACES} races of ${PROCESSES * CREATORS} creators from ${PROCESSES} processes, one winner each`, async (t) => {
    t.timeout(120_000);
    const actors = await Promise.all(Array.from({ length: PROCESSES }, () => Actor.start(subject, options())));
    try {
      for (let race = 0; race < RACES; race++) {
        const key = `${freshKey()}/value`;
        const answers = actors.map((actor) => actor.answer());
        actors.forEach((actor, at) => actor.tell({ do: 'race', key, creators: CREATORS, first: at * CREATORS }));
        const ends = (await Promise.all(answers)).flat();
        t.is(ends.length, PROCESSES * CREATORS);
        t.deepEqual(
          ends.filter((end) => end !== 'exists'),
          ['created'],
        );
        t.true((await store().get(key))!.equals(pattern(ends.indexOf('created'), 1024)));
      }
    } finally {
      await Promise.all(actors.map((actor) => actor.kill()));
    }
  });
}
