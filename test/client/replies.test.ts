import test from 'ava';
import { toClientError } from '../../dist/client/client-error.js';
import { insert, type InsertLink } from '../../dist/client/insert.js';
import { fieldsOf, numberOf, placementsOf, textOf } from '../../dist/client/replies.js';
import { slotsObjectOf } from '../../dist/client/slots.js';
import { FabricError } from '../../dist/errors.js';
import { native } from '../../dist/native.js';

test('a map is the same from a flat array, an object and a Map', (t) => {
  const expected = new Map<string, unknown>([
    ['xid', 7],
    ['node', 'alpha'],
  ]);
  t.deepEqual(fieldsOf([Buffer.from('xid'), 7, Buffer.from('node'), 'alpha']), expected);
  t.deepEqual(fieldsOf({ xid: 7, node: 'alpha' }), expected);
  t.deepEqual(fieldsOf(new Map(expected)), expected);
});

test('scalars come as text, numbers or bytes', (t) => {
  t.is(textOf(Buffer.from('é')), 'é');
  t.is(numberOf(Buffer.from('9007199254740991')), Number.MAX_SAFE_INTEGER);
  t.is(numberOf(12n), 12);
  t.is(numberOf('3.5'), 3.5);
});

test('a reply of another form is an error, not undefined data', (t) => {
  for (const read of [textOf, numberOf, fieldsOf, placementsOf]) {
    t.throws(() => read(null), { code: 'ERR', message: /is it a Datafabric node/ });
  }
  t.throws(() => numberOf('alpha'), { code: 'ERR' });
  t.throws(() => placementsOf([1]), { code: 'ERR' });
});

test('placements', (t) => {
  const reply = [[Buffer.from('alpha'), Buffer.from('/fabric.alpha.s0001'), 64, 48, 4294967297, 1]];
  t.deepEqual(placementsOf(reply), [
    { node: 'alpha', sharedId: '/fabric.alpha.s0001', offset: 64, length: 48, xid: 4294967297, generation: 1 },
  ]);
});

const replyError = (message: string) => Object.assign(new Error(message), { name: 'ReplyError' });

test("an error's first word is its code", (t) => {
  const error = toClientError(replyError('EXISTS the name is taken: xid=1'));
  t.true(error instanceof FabricError);
  t.like(error, { code: 'EXISTS', message: 'the name is taken: xid=1' });
  t.like(toClientError(replyError('WRONGTYPE of another server')), {
    code: 'ERR',
    message: 'WRONGTYPE of another server',
  });
  t.like(toClientError(replyError('lower case')), { code: 'ERR', message: 'lower case' });
});

test("the addon's errors become FabricErrors, a lost connection stays what it is", (t) => {
  const own = t.throws(() => native.map('/datafabric-no-such-object', 0, 1, false));
  t.true(toClientError(own) instanceof FabricError);
  t.like(toClientError(own), { code: 'NOTFOUND' });
  const lost = new Error('Connection is closed.');
  t.is(toClientError(lost), lost);
});

test('the slots object of a segment', (t) => {
  t.is(slotsObjectOf('/fabric.alpha.s0001'), '/fabric.alpha.slots');
  t.is(slotsObjectOf('/my.prefix.alpha.s12345'), '/my.prefix.alpha.slots');
});

const bytes = Buffer.from('payload');
const placement = ['alpha', '/fabric.alpha.s0001', 0, bytes.length, 9, 1];

/** Answers an INSERT with EXISTS, after so many reconnections, and INFO with a variable of this checksum. */
function linkOf(reconnections: number, crc32c: number): InsertLink {
  const link = {
    epoch: 0,
    local: false,
    async call(command: string) {
      await Promise.resolve();
      if (command === 'FABRIC.INSERT') {
        link.epoch += reconnections;
        throw new FabricError('EXISTS', 'the name is taken');
      }
      const fields = { name: 'x', xid: 9, documentation: '', type: 'bytes', length: bytes.length, state: 'SEALED' };
      return { ...fields, pins: 0, crc32c, created_ms: 1, placements: [placement] };
    },
  };
  return link;
}

const insertOver = (link: InsertLink) =>
  insert({ link, reserve: () => Promise.reject(new Error('not called')) }, Buffer.from('x'), bytes, {});

test('an insert sent again after a lost connection knows its own write', async (t) => {
  const placements = await insertOver(linkOf(1, native.crc32c(bytes)));
  t.is(placements[0]?.xid, 9);
});

test("another's write of the name stays EXISTS", async (t) => {
  await t.throwsAsync(insertOver(linkOf(1, native.crc32c(bytes) ^ 1)), { code: 'EXISTS' });
  await t.throwsAsync(insertOver(linkOf(0, native.crc32c(bytes))), { code: 'EXISTS' });
});
