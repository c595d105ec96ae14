import test from 'ava';
import type { Told } from './candidate.js';
import { violationsOf } from './tenures.js';

const elected = (node: string, term: number, at: number, until: number): Told => ({
  kind: 'elected',
  node,
  term,
  at,
  until,
});
const grant = (node: string, term: number, at: number, until: number): Told => ({
  kind: 'grant',
  node,
  term,
  at,
  until,
});
const deposed = (node: string, term: number, at: number): Told => ({ kind: 'deposed', node, term, at });

const cases: [name: string, history: Told[], violation: RegExp | undefined][] = [
  ['one after the other', [elected('a', 1, 0, 10), grant('a', 1, 5, 15), elected('b', 2, 15, 25)], undefined],
  ['one resigns early', [elected('a', 1, 0, 10), deposed('a', 1, 4), elected('b', 2, 4, 14)], undefined],
  ['deadlines overlap', [elected('a', 1, 0, 10), elected('b', 2, 9, 19)], /b was elected 1.0 ms before a had ended/],
  [
    'a renewed deadline overlaps',
    [elected('a', 1, 0, 10), grant('a', 1, 5, 15), elected('b', 2, 12, 22)],
    /b was elected 3.0 ms before a had ended/,
  ],
  [
    'a grant after the other was elected',
    [elected('a', 1, 0, 10), deposed('a', 1, 4), elected('b', 2, 5, 15), grant('a', 1, 6, 10)],
    /a granted in term 1 after its end|b was elected/,
  ],
  ['a term twice', [elected('a', 1, 0, 10), elected('b', 1, 11, 21)], /term 1 of b came after term 1 of a/],
  ['a term falls', [elected('a', 2, 0, 10), elected('b', 1, 11, 21)], /term 1 of b came after term 2 of a/],
];

for (const [name, history, violation] of cases) {
  test(name, (t) => {
    const found = violationsOf(history).join('; ');
    if (violation === undefined) t.is(found, '');
    else t.regex(found, violation);
  });
}
