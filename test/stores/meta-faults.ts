/** What META makes of a store's bad luck: nothing is lost, nothing is made twice, and what isn't known is said. */
import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { ExecutionContext } from 'ava';
import { Meta } from '../../dist/meta/meta.js';
import type { Store } from '../../dist/storage/store.js';
import { crc32c } from '../meta/crc32c.js';
import { TIMEOUT_MS } from './faults.js';
import { FaultyProxy, first, type Fault, type Rule } from './faulty-proxy.js';

export interface Ground {
  endpoint: string;
  open: (endpoint: string, timeoutMs: number) => Store;
  /** The request that makes a key's version be there. */
  making: (key: string) => RegExp;
  /** The server turns it away, and it may be repeated. */
  passing: Readonly<Record<string, Fault>>;
  /** The server is there and can do nothing. */
  away: Fault;
}

type Run = (title: string, run: (t: ExecutionContext) => Promise<void>) => void;

/** For calls that meet no fault. */
const PATIENT_MS = 60_000;
/**
 * Silence is told from slowness by the time that whole puts, of several calls each, take right now without a fault: on a busy machine that is seconds.
 * META's calls behind a fault, such as the look whether a version is there, have the same limit and must get through.
 */
const PUTS_PER_CALL = 10;

const text = (value: string) => Buffer.from(value);

export function metaFaults(test: Run, name: string, { endpoint, open, making, passing, away }: Ground): void {
  /** A repository with a document of three versions, as one who has bad luck sees it and as others do. */
  async function unlucky(t: ExecutionContext) {
    const repository = `r${randomBytes(6).toString('hex')}`;
    const proxy = await FaultyProxy.start(t, endpoint);
    const direct = open(endpoint, PATIENT_MS);
    const others = new Meta({ store: direct, repository, crc32c });
    let slowestMs = 0;
    for (const value of ['zero', 'one', 'two']) {
      const begunMs = performance.now();
      await others.put('doc', text(value));
      slowestMs = Math.max(slowestMs, performance.now() - begunMs);
    }
    const store = open(proxy.endpoint, Math.max(TIMEOUT_MS, PUTS_PER_CALL * slowestMs));
    t.teardown(() => Promise.all([store.close(), direct.close()]));
    const meta = new Meta({ store, repository, crc32c });
    const objectOf = (version: number) => `${repository}/metadata/doc/0000000${version}/value`;
    return { proxy, direct, meta, others, objectOf };
  }

  const values = async (meta: Meta) => {
    const history = await meta.history('doc', 100);
    const loads = history.map(({ version }) => meta.get('doc', `0000000${version}`));
    return (await Promise.all(loads)).map((found) => String(found?.value)).reverse();
  };

  const recovered: Readonly<Record<string, Fault>> = { 'its reply is lost': 'lose the reply', ...passing };
  for (const [title, fault] of Object.entries(recovered)) {
    test(`${name}: META puts and commits once when ${title}`, async (t) => {
      const { proxy, meta, others } = await unlucky(t);
      let rule: Rule = first(1, making('doc'), fault);
      proxy.rule = (...request) => rule(...request);
      t.is(await meta.put('doc', text('three'), 2), 3);
      rule = first(1, making('doc'), fault);
      await meta.commit(new Map([['doc', text('four')]]));
      rule = first(1, making('repository'), fault);
      await meta.commit(new Map([['doc', text('five')]]));
      t.deepEqual(await values(others), ['zero', 'one', 'two', 'three', 'four', 'five']);
      t.is((await others.repository())?.version, 1);
    });
  }

  test(`${name}: META says what it doesn't know, and cleans nothing of it up`, async (t) => {
    const { proxy, meta, others } = await unlucky(t);
    proxy.rule = (method, url) => (making('doc').test(`${method} ${url}`) ? 'hold the request' : undefined);
    const error = await t.throwsAsync(meta.put('doc', text('three'), 2));
    t.log(error.message);
    proxy.rule = () => undefined;
    t.is((await others.check(true)).cleaned, 0);
    t.is(await meta.put('doc', text('three'), 2), 3);
    t.deepEqual(await values(others), ['zero', 'one', 'two', 'three']);
  });

  test(`${name}: META when the store goes away and comes back`, async (t) => {
    const { proxy, meta, others } = await unlucky(t);
    proxy.rule = () => away;
    await t.throwsAsync(meta.get('doc'));
    await t.throwsAsync(meta.put('doc', text('x')));
    proxy.rule = () => undefined;
    t.is(String((await meta.get('doc'))?.value), 'two');
    t.is(await meta.put('doc', text('three'), 2), 3);
    t.deepEqual(await values(others), ['zero', 'one', 'two', 'three']);
  });

  test(`${name}: META when a version's object is replaced by another's, cut off, or has a flipped bit`, async (t) => {
    const { direct, others, objectOf } = await unlucky(t);
    const record = (await direct.get(objectOf(1)))!;
    const flipped = Buffer.from(record);
    flipped[65]! ^= 4;
    const damages = {
      'a record of another place': (await direct.get(objectOf(0)))!,
      'within its header': record.subarray(0, 20),
      'it has 1 of 3 bytes': record.subarray(0, 65),
      'match its checksum': flipped,
    };
    for (const [what, bytes] of Object.entries(damages)) {
      await direct.put(objectOf(1), bytes);
      const error = await t.throwsAsync(others.get('doc', '00000001'));
      t.true(error.message.includes(what), error.message);
      t.is(String((await others.get('doc', '00000000'))?.value), 'zero');
      t.is(String((await others.get('doc'))?.value), 'two');
      t.deepEqual(
        (await others.check(true)).damaged.map(({ version }) => version),
        ['00000001'],
      );
    }
    t.is(await others.put('doc', text('three'), 2), 3);
  });
}
