/** Streams that were damaged on the way: whole replies or an end, bounded memory, and everybody else is served. */
import test from 'ava';
import fc from 'fast-check';
import { trials } from './fuzzing.js';
import { cutAt, numbered, storeFixed, stream, streamWithLarge, writtenNames } from './streams.js';
import { startTarget, wellFormed } from './target.js';

const MIB = 1 << 20;
/** What a server has when it idles, about 60 MiB, and what it may keep of rubbish. */
const MEMORY_BYTES_MAX = 320 * MIB;
const CLIENTS = 8;

type Damage = (bytes: Buffer) => Buffer;

const splice = (bytes: Buffer, at: number, remove: number, insert: Buffer) =>
  Buffer.concat([bytes.subarray(0, at), insert, bytes.subarray(at + remove)]);

/** Where it strikes, as a share of the length, so that it strikes the same place of a shrunk stream. */
const place = fc.double({ min: 0, max: 1, noNaN: true });
const at = (bytes: Buffer, share: number) => Math.floor(share * bytes.length);

const interesting = fc.constantFrom(
  ...[
    '*',
    '$',
    '\r',
    '\n',
    '\r\n',
    '-',
    '+',
    ':',
    '0',
    '9',
    '-1',
    '99999999999',
    '*1\r\n',
    '$5\r\n',
    '*1048576\r\n',
    '"',
    '\0',
  ],
  ...['*1\r\n*1\r\n', '$4294967296\r\n', '*33554431\r\n$1\r\n', '%1\r\n', '>1\r\n', '_\r\n', '!5\r\n'],
);

const damage: fc.Arbitrary<Damage> = fc.oneof(
  fc.tuple(place, fc.nat(255)).map(
    ([share, byte]): Damage =>
      (bytes) =>
        splice(bytes, at(bytes, share), 1, Buffer.of(byte)),
  ),
  fc.tuple(place, fc.nat(7)).map(([share, bit]): Damage => (bytes) => {
    const where = at(bytes, share);
    return splice(bytes, where, 1, Buffer.of((bytes[where] ?? 0) ^ (1 << bit)));
  }),
  fc.tuple(place, fc.nat(12)).map(
    ([share, count]): Damage =>
      (bytes) =>
        splice(bytes, at(bytes, share), count, Buffer.alloc(0)),
  ),
  fc.tuple(place, interesting).map(
    ([share, text]): Damage =>
      (bytes) =>
        splice(bytes, at(bytes, share), 0, Buffer.from(text, 'latin1')),
  ),
  fc.tuple(place, place, fc.nat(40)).map(
    ([from, to, count]): Damage =>
      (bytes) =>
        splice(bytes, at(bytes, to), 0, bytes.subarray(at(bytes, from), at(bytes, from) + count)),
  ),
  place.map(
    (share): Damage =>
      (bytes) =>
        bytes.subarray(0, at(bytes, share)),
  ),
);

const damages = fc.array(damage, { minLength: 1, maxLength: 6 });
const cuts = fc.array(fc.nat(), { maxLength: 4 });

test('damaged streams', async (t) => {
  const target = await startTarget(t, { config: { log: { level: 'info' } } });
  await storeFixed(target);
  const before = await target.freeBytes();
  let memoryMax = 0;
  const attacks = fc.array(fc.tuple(fc.oneof({ weight: 9, arbitrary: stream }, streamWithLarge), damages, cuts), {
    minLength: CLIENTS,
    maxLength: CLIENTS,
  });
  await fc.assert(
    fc.asyncProperty(attacks, async (clients) => {
      const conversations = clients.map(([bytes, done, places], number) =>
        cutAt(
          done.reduce((damaged, strike) => strike(damaged), numbered(bytes, number)),
          places,
        ),
      );
      for (const replies of await target.playAll(conversations)) wellFormed(replies);
      t.is(await target.ask('PING'), '+PONG');
      memoryMax = Math.max(memoryMax, target.memory());
      t.true(memoryMax <= MEMORY_BYTES_MAX, `${memoryMax} bytes of memory`);
      await target.ask('DEL', ...clients.flatMap((_client, number) => writtenNames(number)));
    }),
    trials(t, 150, 0.2),
  );
  t.log(`at most ${Math.round(memoryMax / MIB)} MiB of memory outside shared memory`);
  await target.assertWell(t);
  await target.ask('FLUSHALL');
  await storeFixed(target);
  await target.assertFree(t, before);
});
