/** The checker's own examination: histories that are wrong in one way each, and their neighbours that are right. */
import test from 'ava';
import { Book, bytes } from './book.js';
import { checkHistory, type CheckOptions } from './check.js';
import { checkSpace, type NodeSpace } from './space.js';
import { report, type Rule } from './violation.js';

const unknown = { outcome: 'unknown' } as const;
const failed = { outcome: 'failed' } as const;

/** What is wrong, by which rule, and in which words. */
const WRONG: Readonly<Record<string, { book: Book; rule: Rule; says: RegExp; options?: CheckOptions }>> = {
  'an acknowledged write is gone at the end': {
    book: new Book().insert('x', 1, [0, 1]).end('x', null),
    rule: 'end',
    says: /^end: #2 at alpha saw nothing in x, though #1 was acknowledged before it began\n {2}#1 c1 at alpha, .* INSERT x/,
  },
  'an acknowledged write is replaced by an earlier one at the end': {
    book: new Book().set('x', 1, [0, 1]).set('x', 2, [2, 3]).end('x', 1),
    rule: 'end',
    says: /#3 at alpha saw in x what #1 had written, though #2 was acknowledged/,
  },
  'the bytes at the end are not quite those': {
    book: new Book().insert('x', 1, [0, 1]).end('x', 2),
    rule: 'end',
    says: /saw what nobody wrote to x/,
  },
  'nobody looked at the end': {
    book: new Book().insert('x', 1, [0, 1]).get('x', 1, [2, 3]),
    rule: 'end',
    says: /x was written, could not be read at the end, and no node/,
  },
  'the holder that is named as down is up': {
    book: new Book().insert('x', 1, [0, 1]).outOfReach('x', 'beta'),
    rule: 'end',
    says: /x can't be read at the end as beta should be down/,
    options: { down: ['gamma'] },
  },
  'a delete comes back': {
    book: new Book().insert('x', 1, [0, 1]).delete('x', true, [2, 3]).get('x', 1, [4, 5]).end('x', null),
    rule: 'deletes',
    says: /#3 at alpha saw x again, which #2 had deleted before/,
  },
  'a delete comes back at one node only': {
    book: new Book()
      .insert('x', 1, [0, 1])
      .delete('x', true, [2, 3])
      .get('x', null, [4, 5])
      .get('x', null, [4, 5], { node: 'beta', client: 'c2' })
      .locate('x', bytes(1), [6, 7], { node: 'gamma', client: 'c3' })
      .get('x', null, [8, 9])
      .end('x', null),
    rule: 'deletes',
    says: /#5 at gamma saw x again, which #2 had deleted/,
  },
  'a delete comes back although the name was used again': {
    book: new Book()
      .insert('x', 1, [0, 1])
      .delete('x', true, [2, 3])
      .insert('x', 2, [4, 5])
      .get('x', 1, [6, 7])
      .end('x', 2),
    rule: 'deletes',
    says: /#4 at alpha saw x again, which #2 had deleted/,
  },
  'a deletion of what is there finds nothing': {
    book: new Book().insert('x', 1, [0, 1]).delete('x', false, [2, 3]).end('x', 1),
    rule: 'one value',
    says: /#2 at alpha found nothing to delete in x, though #1/,
  },
  'a stale look after an acknowledged SET': {
    book: new Book().set('x', 1, [0, 1]).set('x', 2, [2, 3]).get('x', 1, [4, 5], { node: 'beta' }).end('x', 2),
    rule: 'one value',
    says: /#3 at beta saw in x what #1 had written, though #2 was acknowledged before it began/,
  },
  'two looks during a SET see it and then not': {
    book: new Book().set('x', 1, [0, 1]).set('x', 2, [2, 20]).get('x', 2, [3, 4]).get('x', 1, [5, 6]).end('x', 2),
    rule: 'one value',
    says: /#4 at alpha saw in x what #1 had written, and no order/,
  },
  'two INSERTs of one name succeed': {
    book: new Book().insert('x', 1, [0, 5]).insert('x', 2, [0, 6], { client: 'c2', node: 'beta' }).end('x', 1),
    rule: 'one value',
    says: /#2 at beta wrote x as new, and no order/,
  },
  'an unknown write takes effect, is overwritten, and comes back': {
    book: new Book()
      .set('x', 1, [0, 1], unknown)
      .get('x', 1, [2, 3])
      .set('x', 2, [4, 5])
      .get('x', 2, [6, 7])
      .get('x', 1, [8, 9])
      .end('x', 1),
    rule: 'one value',
    says: /#5 at alpha saw in x what #1 had written/,
  },
  'an unknown delete takes effect twice': {
    book: new Book()
      .insert('x', 1, [0, 1])
      .delete('x', true, [2, 3], unknown)
      .get('x', null, [4, 5])
      .insert('x', 2, [6, 7])
      .get('x', null, [8, 9])
      .end('x', 2),
    rule: 'one value',
    says: /#5 at alpha saw nothing in x/,
  },
  'what was refused is there': {
    book: new Book().insert('x', 1, [0, 1], failed).get('x', 1, [2, 3]),
    rule: 'bytes',
    says: /#2 saw what #1 was refused to write/,
  },
  "a look sees another name's bytes": {
    book: new Book().insert('x', 1, [0, 1]).insert('y', 2, [0, 1]).get('x', 2, [2, 3]).end('x', 1).end('y', 2),
    rule: 'bytes',
    says: /#3 saw what nobody wrote to x/,
  },
  'a look sees what is written later': {
    book: new Book().get('x', 1, [0, 1]).insert('x', 1, [2, 3]).end('x', 1),
    rule: 'bytes',
    says: /#1 saw what #2 began to write only later/,
  },
  'an old look sees what was never there': {
    book: new Book().insert('x', 1, [0, 1]).get('x', 7, [2, 3], { node: 'beta' }).end('x', 1),
    rule: 'bytes',
    says: /#2 saw what nobody wrote to x/,
    options: { mayBeOld: ({ node }) => node === 'beta' },
  },
  'an xid for two names': {
    book: new Book().insert('x', 1, [0, 1], { xid: 5 }).insert('y', 2, [2, 3], { xid: 5 }).end('x', 1).end('y', 2),
    rule: 'xids',
    says: /xid 5 stands for two different values\n.*INSERT x.*\n.*INSERT y/,
  },
  'an xid for two values of a name': {
    book: new Book()
      .set('x', 1, [0, 1], { xid: 5 })
      .set('x', 2, [2, 3])
      .locate('x', bytes(2, { xid: 5 }), [4, 5])
      .end('x', 2),
    rule: 'xids',
    says: /xid 5 stands for two different values/,
  },
  'a write that happened twice': {
    book: new Book()
      .insert('x', 1, [0, 1], { xid: 5 })
      .locate('x', bytes(1, { xid: 6 }), [2, 3])
      .end('x', 1),
    rule: 'xids',
    says: /what one write of x wrote has two xids, 5 and 6/,
  },
};

for (const [what, { book, rule, says, options }] of Object.entries(WRONG)) {
  test(`rejected: ${what}`, (t) => {
    const violations = checkHistory(book.operations, options);
    t.true(
      violations.some((violation) => violation.rule === rule),
      report(violations),
    );
    t.regex(report(violations.filter((violation) => violation.rule === rule)), says);
  });
}

const RIGHT: Readonly<Record<string, { book: Book; options?: CheckOptions }>> = {
  'an unknown write that happens late, and once': {
    book: new Book()
      .set('x', 1, [0, 1], unknown)
      .set('x', 2, [2, 3])
      .get('x', 2, [4, 5])
      .get('x', 1, [6, 7])
      .end('x', 1),
  },
  'an unknown write that never happens': {
    book: new Book().insert('x', 1, [0, 1]).set('x', 2, [2, 3], unknown).end('x', 1),
  },
  'an unknown delete between two INSERTs': {
    book: new Book().insert('x', 1, [0, 1]).delete('x', true, [2, 3], unknown).insert('x', 2, [4, 5]).end('x', 2),
  },
  'looks during a SET, old before new': {
    book: new Book().set('x', 1, [0, 1]).set('x', 2, [2, 20]).get('x', 1, [3, 4]).get('x', 2, [5, 6]).end('x', 2),
  },
  'a look that began before the delete was over': {
    book: new Book().insert('x', 1, [0, 1]).delete('x', true, [2, 5]).get('x', 1, [4, 8]).end('x', null),
  },
  'a name used again': {
    book: new Book()
      .insert('x', 1, [0, 1])
      .delete('x', true, [2, 3])
      .insert('x', 2, [4, 5])
      .get('x', 2, [6, 7])
      .end('x', 2),
  },
  'a refused INSERT': {
    book: new Book().insert('x', 1, [0, 1]).insert('x', 2, [2, 3], failed).end('x', 1),
  },
  'what only a node that is down holds': {
    book: new Book().insert('x', 1, [0, 1]).outOfReach('x', 'beta'),
    options: { down: ['beta'] },
  },
  'an old look where looks may be old': {
    book: new Book()
      .insert('x', 1, [0, 1])
      .delete('x', true, [2, 3])
      .get('x', 1, [4, 5], { node: 'beta' })
      .end('x', null),
    options: { mayBeOld: ({ node }) => node === 'beta' },
  },
};

for (const [what, { book, options }] of Object.entries(RIGHT)) {
  test(`accepted: ${what}`, (t) => t.is(report(checkHistory(book.operations, options)), ''));
}

test('a search that takes too long is a violation', (t) => {
  const book = new Book();
  for (let seed = 0; seed < 20; seed++) book.set('x', seed, [0, 10]);
  for (let seed = 0; seed < 20; seed++) book.get('x', seed, [11, 12]);
  const violations = checkHistory(book.end('x', 0).operations, { configurationsMax: 1000 });
  t.true(
    violations.some(({ rule }) => rule === 'undecided'),
    report(violations),
  );
});

test('writes that are alike can be no history', (t) => {
  const book = new Book().set('x', 1, [0, 1]).set('x', 1, [2, 3]).end('x', 1);
  t.throws(() => checkHistory(book.operations), { message: /#1 and #2 write the same to x/ });
});

const QUIET: NodeSpace = {
  node: 'alpha',
  bytes: 1 << 20,
  freeBytes: 1 << 20,
  quarantinedBytes: 0,
  limboBytes: 0,
  stored: [],
};

test('free bytes that add up are accepted', (t) => {
  const stored = [
    { name: 'x', length: 65 },
    { name: 'y', length: 0 },
  ];
  const after = { ...QUIET, freeBytes: (1 << 20) - 128 - 64 - 192, quarantinedBytes: 192, stored };
  t.deepEqual(checkSpace([QUIET], [after]), []);
  t.deepEqual(checkSpace([QUIET], [{ ...after, bytes: 2 << 20, freeBytes: after.freeBytes + (1 << 20) }], 1 << 20), []);
});

test('rejected: free bytes that do not add up', (t) => {
  const says = (...after: NodeSpace[]) => report(checkSpace([QUIET], after));
  t.regex(says({ ...QUIET, freeBytes: QUIET.freeBytes - 64 }), /^space: of alpha's 1048576 bytes 64 are lost/);
  t.regex(says({ ...QUIET, stored: [{ name: 'x', length: 1 }] }), /bytes 64 are counted twice/);
  t.regex(says({ ...QUIET, bytes: 2 << 20, freeBytes: 2 << 20 }), /have 2097152, but 0 were allocated between/);
});
