import { setImmediate } from 'node:timers/promises';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { FabricError } from '../../dist/errors.js';
import { MemoryStore } from '../../dist/storage/memory-store.js';
import { proveExclusion } from '../../dist/storage/prove.js';
import type { Creation, Store } from '../../dist/storage/store.js';
import { StandIn } from './stand-in.js';

async function refusal(t: ExecutionContext, store: Store, pattern: RegExp, timeLimitMs = 5000): Promise<void> {
  const error = await t.throwsAsync(proveExclusion(store, { timeLimitMs }), { message: pattern });
  t.is((error as { code?: string }).code, 'ERR');
}

async function isEmpty(store: Store): Promise<boolean> {
  for await (const { key } of store.list('')) return key === '';
  return true;
}

test('a store that excludes is accepted, and nothing stays in it', async (t) => {
  const store = new MemoryStore();
  await t.notThrowsAsync(proveExclusion(store));
  t.true(await isEmpty(store));
});

test('one that overwrites and answers success to everyone is refused', async (t) => {
  const store = new StandIn(async (key, bytes, self) => {
    await self.put(key, bytes);
    return 'created';
  });
  await refusal(t, store, /8 of 8 creators of one object were told that they had made it/);
});

test('one that answers success twice is refused', async (t) => {
  let calls = 0;
  const store = new StandIn(async (key, bytes, self) => {
    const end = await self.truly(key, bytes);
    return ++calls === 5 ? 'created' : end;
  });
  await refusal(t, store, /2 of 8 creators/);
});

test('one that checks and then acts is refused', async (t) => {
  const store = new StandIn(async (key, bytes, self) => {
    if ((await self.get(key)) !== undefined) return 'exists';
    await setImmediate();
    await self.put(key, bytes);
    return 'created';
  });
  await refusal(t, store, /8 of 8 creators/);
});

test('one that says exists and overwrites is refused', async (t) => {
  const store = new StandIn(async (key, bytes, self) => {
    const end = await self.truly(key, bytes);
    await self.put(key, bytes);
    return end;
  });
  await refusal(t, store, /a later creation replaced an earlier one/);
});

test('one that forgets the winner once all have their answer is refused', async (t) => {
  const seen = new Set<string>();
  const store = new StandIn((key, bytes, self) => {
    if (!seen.has(key)) {
      seen.add(key);
      return Promise.resolve('created');
    }
    return String(bytes).endsWith('late') ? self.truly(key, bytes) : Promise.resolve('exists');
  });
  await refusal(t, store, /it made an object that was there already/);
});

test('one that says exists of everything, or success without doing it, is refused', async (t) => {
  await refusal(t, new StandIn(() => Promise.resolve('exists')), /said of an object that was not there that it exists/);
  const seen = new Set<string>();
  const forgetful = new StandIn((key) => {
    const end: Creation = seen.has(key) ? 'exists' : 'created';
    seen.add(key);
    return Promise.resolve(end);
  });
  await refusal(t, forgetful, /what was created is not there/);
});

test('one that refuses the condition is refused with its own words; a full one is OOM', async (t) => {
  const honest = new StandIn(() => Promise.reject(new FabricError('ERR', '501 Not Implemented')));
  await refusal(t, honest, /refuses to create an object: 501 Not Implemented/);
  const full = new StandIn(() => Promise.reject(new FabricError('OOM', 'full')));
  await t.throwsAsync(proveExclusion(full), { message: 'full' });
});

test('one that stalls is refused within the time limit', async (t) => {
  await refusal(t, new StandIn(() => new Promise<never>(() => undefined)), /didn't answer within 50 ms/, 50);
});

test('lost replies: accepted when reading back tells who won, refused when nothing can be told', async (t) => {
  let calls = 0;
  const loses = new StandIn(async (key, bytes, self) => {
    const end = await self.truly(key, bytes);
    return end === 'created' || ++calls % 3 === 0 ? 'unknown' : end;
  });
  await t.notThrowsAsync(proveExclusion(loses));
  await refusal(t, new StandIn(() => Promise.resolve('unknown')), /loses the replies/);
});

test('lost replies hide no lie', async (t) => {
  const liar = new StandIn(async (key, bytes, self) => {
    const first = (await self.get(key)) === undefined;
    await self.put(key, bytes);
    return first ? 'unknown' : 'exists';
  });
  await refusal(t, liar, /from a creator that was told it exists/);
});
