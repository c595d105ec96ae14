import { readFileSync } from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import { checkFormat, standingAside } from '../../dist/meta/format-check.js';
import {
  readDictionary,
  readManifest,
  readStore,
  writeDictionary,
  writeManifest,
  writeStore,
} from '../../dist/meta/formats.js';
import { Meta } from '../../dist/meta/meta.js';
import { standingOf } from '../../dist/meta/reserved.js';
import { MemoryStore } from '../../dist/storage/memory-store.js';
import { crc32c } from './crc32c.js';

const text = (value: string) => Buffer.from(value);
/** Bytes from hex digits, spaced for people. */
const hex = (digits: string) => Buffer.from(digits.replaceAll(/\s/g, ''), 'hex');

const ENTRIES = [
  { name: 'climate/temperature', type: '365 * 180 * 360 * float32', documentation: 'Kelvin, at 2 m – täglich' },
  { name: 'stations', type: '1000 * {id: int32, name: bytes[16]}' },
];
const OBJECTS = [
  { key: 'variables/00000001/0', bytes: 0, crc32c: 0 },
  { key: 'variables/00000001/1', bytes: 2 ** 40 + 7, crc32c: 0xffffffff },
];

test('what is written is read again', (t) => {
  t.deepEqual(readDictionary(writeDictionary(ENTRIES)), ENTRIES);
  t.deepEqual(readManifest(writeManifest(OBJECTS)), OBJECTS);
  const sets = [
    { kind: 'variable', name: 'climate/2024' },
    { kind: 'bucket', name: 'with "quotes"\nand lines' },
  ] as const;
  t.deepEqual(readStore(writeStore(sets)), sets);
  t.is(
    writeStore(sets).toString(),
    'datafabric store 2\nvariable "climate/2024"\nbucket "with \\"quotes\\"\\nand lines"\n',
  );
  for (const nothing of [
    readDictionary(writeDictionary([])),
    readManifest(writeManifest([])),
    readStore(writeStore([])),
  ]) {
    t.deepEqual(nothing, []);
  }
});

test('the bytes are those of another implementation, which read the IDL itself', (t) => {
  const folder = new URL('../../test/meta/formats/', import.meta.url);
  t.deepEqual(writeDictionary(ENTRIES), readFileSync(new URL('dictionary-2.bin', folder)));
  t.deepEqual(writeManifest(OBJECTS), readFileSync(new URL('manifest-1.bin', folder)));
  t.deepEqual(standingOf('dictionary', readFileSync(new URL('dictionary-1.bin', folder))), {
    is: 'older',
    upgraded: writeDictionary(ENTRIES.map(({ name, type }) => ({ name, type }))),
  });
});

const refusals: [what: string, key: string, value: Buffer, why: RegExp][] = [
  ['no title', 'store', text('climate\n'), /does not begin with the number of a format/],
  ['an unfinished line', 'store', text('datafabric store 2\nbucket "x"'), /line 2: it ends within this line/],
  [
    'a line of another kind',
    'store',
    text('datafabric store 2\nbucket "x"\ntable "y"\n'),
    /line 3: it is no 'variable/,
  ],
  ['a name that is no JSON', 'store', text('datafabric store 2\nbucket "\\x"\n'), /line 2: the name is no JSON string/],
  ['no name', 'store', text('datafabric store 2\nbucket ""\n'), /line 2: a name has 1 to 512 bytes, not 0/],
  ['a line twice', 'store', text('datafabric store 2\nbucket "x"\nbucket "x"\n'), /line 3: the bucket is there twice/],
  ['no UTF-8', 'store', Buffer.concat([text('datafabric store 2\n'), hex('ff0a')]), /it is no UTF-8/],
  ['an older format', 'store', text('datafabric store 1\nx\n'), /its format is an older one/],
  ['a newer format', 'store', text('datafabric store 3\n?\n'), /its format is 3/],
  ['nothing', 'dictionary', Buffer.alloc(0), /does not begin with the number of a format/],
  ['text', 'dictionary', text('{"entries": []}'), /does not begin with the number of a format/],
  ['a format that never was', 'dictionary', hex('15 00 00'), /there is no format 0/],
  ['an older one', 'dictionary', hex('15 02 1b 00 00'), /its format is an older one/],
  ['no entries', 'dictionary', hex('15 04 00'), /Dictionary: entries is missing/],
  ['another type', 'dictionary', hex('15 04 15 04 00'), /entries: it has the type 8 of Thrift, not 15/],
  ['elements of another type', 'dictionary', hex('15 04 19 15 02 00'), /entries: it has the type 8 of Thrift, not 12/],
  ['an unknown field', 'dictionary', hex('15 04 19 0c 15 02 00'), /Dictionary has no field 3/],
  ['a field twice', 'dictionary', hex('15 04 05 02 04 19 0c 00'), /format: it is there twice/],
  ['bytes behind it', 'dictionary', hex('15 04 19 0c 00 00'), /Dictionary: there are 1 bytes behind it/],
  ['a list beyond its bytes', 'dictionary', hex('15 04 19 fc ff ff ff ff 07'), /it is to have 2147483647 elements/],
  ['a list beyond all numbers', 'dictionary', hex('15 04 19 fc ff ff ff ff ff ff ff ff 7f'), /entries: it is to have/],
  [
    'a string beyond its bytes',
    'dictionary',
    hex('15 04 19 1c 18 ff ff ff ff 07'),
    /entries\[0\]\.name: it ends within/,
  ],
  [
    'a number without end',
    'dictionary',
    hex('15 04 19 1c 18 ff ff ff ff ff ff ff ff ff ff ff'),
    /name: an integer has more than 10 bytes/,
  ],
  ['a type there is none of', 'dictionary', hex('15 04 1f'), /Unknown type: 15/],
  ['no UTF-8 in a name', 'dictionary', hex('15 04 19 1c 18 01 ff 00 00'), /entries\[0\]\.name: it is no UTF-8/],
  ['an entry without a type', 'dictionary', hex('15 04 19 1c 18 01 61 00 00'), /entries\[0\]: type is missing/],
  [
    'a name twice',
    'dictionary',
    hex('15 04 19 2c 18 01 61 18 01 62 00 18 01 61 18 01 62 00 00'),
    /entries\[1\]\.name: "a" is there/,
  ],
  [
    'an object of a wrong key',
    'manifest',
    hex('15 02 19 1c 18 02 2e 2e 16 00 16 00 00 00'),
    /objects\[0\]\.key: '\.\.' is not the key/,
  ],
  [
    'a negative length',
    'manifest',
    hex('15 02 19 1c 18 01 61 16 01 16 00 00 00'),
    /objects\[0\]\.bytes: -1 is no length/,
  ],
  [
    'more than bytes of a checksum',
    'manifest',
    hex('15 02 19 1c 18 01 61 16 00 16 80 80 80 80 20 00 00'),
    /objects\[0\]\.crc32c: 4294967296 is/,
  ],
  [
    'a number beyond 2^53',
    'manifest',
    hex('15 02 19 1c 18 01 61 16 fe ff ff ff ff ff ff ff 7f 16 00 00 00'),
    /objects\[0\]\.bytes: it is beyond 2\^53/,
  ],
];
for (const [what, key, value, why] of refusals) {
  test(`refused as ${key}: ${what}`, async (t) => {
    const meta = new Meta({ store: new MemoryStore(), repository: 'r', crc32c });
    await t.throwsAsync(meta.put(key, value), { message: why });
    await t.throwsAsync(
      meta.commit(
        new Map([
          ['other', text('x')],
          [key, value],
        ]),
      ),
      { message: why },
    );
    t.deepEqual(await meta.keys(), [], 'nothing was stored');
  });
}

test('more than the limits is refused', async (t) => {
  await t.throwsAsync(checkFormat('manifest', Buffer.alloc((8 << 20) + 1)), {
    message: /it has 8388609 bytes, and 8388608 at most/,
  });
  const many = Array.from({ length: 100_001 }, (_, at) => `bucket "${at}"\n`).join('');
  await t.throwsAsync(checkFormat('store', text(`datafabric store 2\n${many}`)), { message: /it has 100001 lines/ });
});

test('large documents are looked at aside', async (t) => {
  const sets = Array.from({ length: 2000 }, (_, at) => `set ${at}`);
  const upgraded = writeStore(sets.map((name) => ({ kind: 'variable', name })));
  const old = text(`datafabric store 1\n${sets.join('\n')}\n`);
  let isAnswered = false;
  const found = standingAside('store', old);
  void found.then(() => (isAnswered = true));
  // What is looked at here has its answer before the event loop turns.
  for (let turn = 0; turn < 100; turn++) await Promise.resolve();
  t.false(isAnswered);
  t.deepEqual(await found, { is: 'older', upgraded });
  t.deepEqual(await standingAside('store', upgraded), { is: 'newest' });
  const damaged = Buffer.concat([upgraded, text('x')]);
  t.deepEqual(await standingAside('store', damaged), { is: 'malformed', why: 'line 2002: it ends within this line' });
  t.is(await standingAside('notes', damaged), undefined);
});

test('what is no dictionary is not written either', (t) => {
  t.throws(() => writeDictionary([{ name: 'x', type: '' }]), {
    message: /entries\[0\]\.type: it has 1 to 65536 bytes, not 0/,
  });
  t.throws(() => writeDictionary([{ name: 'x', type: 'int32', documentation: '\ud800' }]), {
    message: /entries\[0\]\.documentation: it is no string/,
  });
  const strange = JSON.parse('[{"name": "x", "type": "int32", "unit": "K"}]') as { name: string; type: string }[];
  t.throws(() => writeDictionary(strange), { message: /entries\[0\]\.unit: DictionaryEntry has no such field/ });
  const wrong = JSON.parse('[{"key": "x", "bytes": "7", "crc32c": 0}]') as typeof OBJECTS;
  t.throws(() => writeManifest(wrong), { message: /objects\[0\]\.bytes: it is no integer/ });
});

test('hostile bytes are refused, or are a document; nothing else comes of them', (t) => {
  const seeds = [writeDictionary(ENTRIES), writeManifest(OBJECTS), writeStore([{ kind: 'bucket', name: 'x' }])];
  const changed = fc
    .tuple(
      fc.constantFrom(...seeds),
      fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 6 }),
      fc.nat(),
    )
    .map(([seed, changes, end]) => {
      const bytes = Buffer.from(seed);
      for (const [at, value] of changes) bytes[at % bytes.length] = value;
      return end % 3 === 0 ? bytes.subarray(0, end % bytes.length) : bytes;
    });
  const any = fc.oneof(
    changed,
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  );
  let refused = 0;
  fc.assert(
    fc.property(fc.constantFrom('store', 'dictionary', 'manifest'), any, (key, bytes) => {
      const began = performance.now();
      const found = standingOf(key, bytes)!;
      if (found.is === 'malformed') refused++;
      t.true(performance.now() - began < 1000, bytes.toString('hex'));
    }),
    { numRuns: 20_000 },
  );
  t.true(refused > 1000, `${refused} refused`);
});

test('versions of other formats are told by the check, and can be read', async (t) => {
  const store = new MemoryStore();
  const meta = new Meta({ store, repository: 'r', crc32c });
  await meta.put('store', text('datafabric store 2\n'));
  t.deepEqual((await meta.check(false)).damaged, []);
  // As a program that knows no formats stores it.
  const { encodeRecord } = await import('../../dist/meta/record.js');
  const header = { flags: 0, writer: '0'.repeat(32), timeMs: 1, version: 1, repository: 0 };
  const record = encodeRecord(header, text('anything'), 'metadata/store', crc32c);
  await store.create('r/metadata/store/00000001/value', record);
  t.is(String((await meta.get('store'))?.value), 'anything');
  const { damaged } = await meta.check(false);
  t.deepEqual(damaged, [
    { key: 'store', version: '00000001', what: 'it is no store: it does not begin with the number of a format' },
  ]);
});
