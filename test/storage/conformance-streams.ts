import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { freshKey, refusal, type Bench } from './conformance.js';
import { pattern } from './pattern.js';

/** In pieces of so many bytes, which are overwritten once they were taken. */
async function* pieces(body: Buffer, bytes: number): AsyncGenerator<Uint8Array> {
  const piece = Buffer.alloc(bytes);
  for (let at = 0; at < body.length; at += bytes) {
    const length = body.copy(piece, 0, at, at + bytes);
    yield await Promise.resolve(piece.subarray(0, length));
    piece.fill(0);
  }
}

async function* failing(): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from('abc'));
  throw new Error('the source broke');
}

export function streamConformance({ test, subject: { name, largeBytes = 16 << 20 }, store }: Bench): void {
  test(`${name}: streams both ways`, async (t) => {
    const key = freshKey();
    const body = pattern(3, largeBytes + 3);
    await store().write(key, body.length, pieces(body, 100_003));
    t.true((await buffer((await store().read(key))!)).equals(body));
    t.true((await store().get(key))!.equals(body));
    const part = (await store().read(key, { offset: 1001, length: largeBytes - 2000 }))!;
    t.true((await buffer(part)).equals(body.subarray(1001, largeBytes - 999)));
    const none = await buffer((await store().read(key, { offset: 5, length: 0 }))!);
    t.is(none.length, 0);
    t.is(await store().read(freshKey()), undefined);
    await store().write(key, 3, Readable.from([Buffer.from('abc')]));
    t.is(String(await store().get(key)), 'abc');
    await store().write(key, 0, Readable.from([]));
    t.is((await store().get(key))!.length, 0);
    t.is((await buffer((await store().read(key))!)).length, 0);
  });

  test(`${name}: nothing is seen of a write whose source fails or has another length`, async (t) => {
    const [key, there] = [freshKey(), freshKey()];
    await store().put(there, Buffer.from('as it was'));
    for (const target of [key, there]) {
      await t.throwsAsync(store().write(target, 6, failing()), { message: /the source broke/ });
      await refusal(t, () => store().write(target, 4, Readable.from([Buffer.from('abc')])));
      await refusal(t, () => store().write(target, 2, Readable.from([Buffer.from('abc')])));
      await refusal(t, () => store().write(target, 0, Readable.from([Buffer.from('abc')])));
      await refusal(t, () => store().write(target, 1, Readable.from([])));
    }
    t.is(await store().get(key), undefined);
    t.is(String(await store().get(there)), 'as it was');
  });

  test(`${name}: a stream that is left early leaves the store as it was`, async (t) => {
    const key = freshKey();
    const body = pattern(4, largeBytes);
    await store().put(key, body);
    for (let turn = 0; turn < 5; turn++) {
      const stream = (await store().read(key))!;
      for await (const piece of stream) {
        t.true((piece as Buffer).length > 0);
        break;
      }
      t.true(stream.destroyed);
    }
    t.true((await store().get(key))!.equals(body));
  });

  test(`${name}: a stream shows one object, though another is put meanwhile`, async (t) => {
    const key = freshKey();
    const [one, other] = [pattern(5, largeBytes), pattern(6, largeBytes)];
    await store().put(key, one);
    const stream = (await store().read(key))!;
    await store().put(key, other);
    const seen = await buffer(stream).catch(() => undefined);
    t.true(seen === undefined || seen.equals(one) || seen.equals(other), 'one or the other, or an error');
    t.true((await store().get(key))!.equals(other));
  });
}
