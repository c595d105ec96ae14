import { Actor, type Order } from './actor.js';
import { freshKey, type Bench } from './conformance.js';
import { pattern, seedOf } from './pattern.js';

const KILLS = 4;
const BYTES = 1 << 20;
/** How far a process may get while its acknowledgement, and then the signal, are on their way. */
const AHEAD = 1000;

function* from(first: number): Generator<number> {
  for (let seed = first; seed < first + AHEAD; seed++) yield seed;
}

/** What a process acknowledged before it was killed is there, and what it was at is there whole or not at all. */
export function crashConformance({ test, subject, store, options }: Bench): void {
  const { name } = subject;

  for (const verb of ['put', 'write'] as const) {
    test(`${name}: kill -9 in the middle of ${verb}`, async (t) => {
      t.timeout(60_000);
      for (let kill = 0; kill < KILLS; kill++) {
        const key = freshKey();
        const last = await killAfter({ do: verb, key, bytes: BYTES }, kill);
        const found = seedOf((await store().get(key))!, BYTES, from(last));
        t.not(found, undefined, `object ${last}, or one begun after it, whole`);
      }
    });
  }

  test(`${name}: kill -9 in the middle of create`, async (t) => {
    t.timeout(60_000);
    for (let kill = 0; kill < KILLS; kill++) {
      const key = freshKey();
      const last = await killAfter({ do: 'create', key, bytes: BYTES }, kill);
      const listed: string[] = [];
      for await (const object of store().list(`${key}/`)) {
        listed.push(object.key);
        t.is(object.bytes, BYTES);
        t.true((await store().get(object.key))!.equals(pattern(Number(object.key.split('/')[1]), BYTES)));
      }
      for (let turn = 0; turn <= last; turn++) t.true(listed.includes(`${key}/${turn}`), 'what was acknowledged');
      // What it was at may come to be there even now, where its request has reached a server; then it is whole.
      const next = listed.length;
      t.not(await store().create(`${key}/${next}`, pattern(next, BYTES)), 'unknown');
      t.true((await store().get(`${key}/${next}`))!.equals(pattern(next, BYTES)));
      t.is(await store().create(`${key}/${next}`, pattern(next + 1, BYTES)), 'exists');
    }
  });

  /** Lets a process work until it has acknowledged that one; answers the last whose acknowledgement came. */
  async function killAfter(order: Order, turns: number): Promise<number> {
    const actor = await Actor.start(subject, options());
    try {
      let said = actor.answer();
      actor.tell(order);
      let last = -1;
      while (last < turns) {
        last = (await said) as number;
        said = actor.answer();
        said.catch(() => undefined);
      }
      return last;
    } finally {
      await actor.kill();
    }
  }
}
