/** META is killed at every step of what it does: all of it is there afterwards or nothing, work goes on, and what is left over is found and removed. */
import { randomBytes } from 'node:crypto';
import type { ExecutionContext } from 'ava';
import { Meta } from '../../dist/meta/meta.js';
import type { Store } from '../../dist/storage/store.js';
import { openSubject } from '../storage/subject.js';
import { crc32c } from './crc32c.js';
import { dies, type Death, type Deed } from './victim.js';

export interface Scene extends Pick<Death, 'module' | 'options' | 'steps'> {
  /** At least so many steps there are; a store may need more. */
  stepsMin: Readonly<Record<Deed, number>>;
}

/** Victims at a time. */
const TOGETHER = 3;
const STEPS_MAX = 400;
/** Nothing that was left can be on its way any more. */
const LATER_MS = 2 * 3_600_000;

const text = (value: string) => Buffer.from(value);
const pairs = (of: Record<string, string>) => new Map(Object.entries(of).map(([key, value]) => [key, text(value)]));
const shown = async (meta: Meta, key: string) => (await meta.get(key))?.value.toString();

export function crashes(
  test: (title: string, run: (t: ExecutionContext) => Promise<void>) => void,
  name: string,
  scene: () => Promise<Scene>,
): void {
  for (const deed of ['put', 'first put', 'commit', 'pull'] as const) {
    test(`${name}: kill -9 at every step of a ${deed}`, async (t) => {
      t.timeout(600_000);
      const { module, options, steps, stepsMin } = await scene();
      const store = await openSubject(module, options);
      t.teardown(() => store.close());
      let deaths = 0;
      const ends = { before: 0, after: 0 };
      for (let first = 0, over = false; !over; first += TOGETHER) {
        t.true(first < STEPS_MAX);
        const batch = Array.from({ length: TOGETHER }, async (_, at) => {
          const repository = `r${randomBytes(6).toString('hex')}`;
          await prepare(store, repository);
          if (!(await dies({ module, options, steps, repository, deed, step: first + at }))) return false;
          ends[await examine(t, { store, repository, deed, step: first + at })]++;
          return true;
        });
        const died = await Promise.all(batch);
        deaths += died.filter(Boolean).length;
        over = died.includes(false);
      }
      t.log(`${deaths} steps: ${ends.before} times nothing, ${ends.after} times all of it`);
      t.true(deaths >= stepsMin[deed] && ends.before > 0 && ends.after > 0);
    });
  }
}

async function prepare(store: Store, repository: string): Promise<void> {
  const meta = new Meta({ store, repository, crc32c });
  await meta.commit(pairs({ a: 'old', b: 'old' }));
  const other = meta.beside(store, `${repository}-other`);
  await other.bringFrom(meta);
  await other.commit(pairs({ a: 'new', b: 'new', c: 'new' }));
}

interface Aftermath {
  store: Store;
  repository: string;
  deed: Deed;
  step: number;
}

async function examine(t: ExecutionContext, { store, repository, deed, step }: Aftermath): Promise<'before' | 'after'> {
  const open = (later = 0) => new Meta({ store, repository, crc32c, now: () => Date.now() + later });
  const meta = open();
  const touched = { put: ['a'], 'first put': ['c'], commit: ['a', 'b', 'c'], pull: ['a', 'b', 'c'] }[deed];
  const values = await Promise.all(touched.map((key) => shown(meta, key)));
  const after = values[0] === 'new';
  t.deepEqual(
    values,
    touched.map((key) => (after ? 'new' : key === 'c' ? undefined : 'old')),
    `step ${step}`,
  );
  const whole = deed === 'commit' || deed === 'pull';
  t.is((await meta.repository())?.version, whole && after ? 1 : 0);
  if (deed === 'pull') {
    const other = meta.beside(store, `${repository}-other`);
    t.deepEqual((await meta.bringFrom(other)).conflicts, [], `step ${step}`);
    t.deepEqual((await meta.repository())?.keys, (await other.repository())?.keys);
  }
  const left = (await meta.check(false)).orphans.length;
  t.true(left <= (whole && !after ? 3 : 0), `${left} orphans after step ${step}`);
  const { damaged, cleaned } = await open(LATER_MS).check(true);
  t.deepEqual([damaged, cleaned], [[], left], `step ${step}`);
  t.deepEqual((await open().check(false)).orphans, []);
  const { keys } = await open().commit(pairs({ a: 'next', b: 'next', c: 'next' }));
  t.is(keys.size, 3);
  t.deepEqual(await Promise.all(['a', 'b', 'c'].map((key) => shown(meta, key))), ['next', 'next', 'next']);
  return after ? 'after' : 'before';
}
