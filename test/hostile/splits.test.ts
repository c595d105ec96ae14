/** However a network cuts a stream of requests, its replies are the same bytes. */
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { request } from '../resp/feeding.js';
import type { RawReply } from '../support/raw-resp.js';
import { trials } from './fuzzing.js';
import { comparable, cutAt, FIXED, numbered, storeFixed, stream, streamWithLarge, writtenNames } from './streams.js';
import { startTarget, wellFormed, type Target } from './target.js';

/** Conversations side by side. */
const CLIENTS = 64;
const HELLO = { 2: Buffer.alloc(0), 3: request('HELLO', '3') };

class Splitter {
  readonly #target: Target;
  readonly #fixedXids: ReadonlySet<string>;
  #number = 0;

  constructor(target: Target, fixedXids: ReadonlySet<string>) {
    this.#target = target;
    this.#fixedXids = fixedXids;
  }

  static async start(t: ExecutionContext): Promise<Splitter> {
    const target = await startTarget(t, { config: { log: { level: 'info' } } });
    await storeFixed(target);
    const xids = new Set<string>();
    for (const name of FIXED.keys()) {
      const placements = (await target.ask('FABRIC.LOCATE', Buffer.from(name, 'latin1'))) as readonly RawReply[];
      xids.add((placements[1]![5] as string).slice(1));
    }
    return new Splitter(target, xids);
  }

  get target(): Target {
    return this.#target;
  }

  /** What the stream is answered, cut in each of these ways. */
  async answers(stream: Buffer, cuts: readonly (readonly number[])[]): Promise<string[]> {
    const first = this.#number;
    this.#number += cuts.length;
    const conversations = cuts.map((places, i) => cutAt(numbered(stream, first + i), places));
    const replies = await this.#target.playAll(conversations);
    const answers = replies.map((bytes, i) => {
      wellFormed(bytes);
      return comparable(bytes, first + i, this.#fixedXids);
    });
    await this.#target.ask('DEL', ...cuts.flatMap((_cut, i) => writtenNames(first + i)));
    return answers;
  }

  /** Compares all the ways with the whole stream. */
  async compare(stream: Buffer, cuts: readonly (readonly number[])[]): Promise<void> {
    const [whole] = await this.answers(stream, [[]]);
    for (let at = 0; at < cuts.length; at += CLIENTS) {
      const some = cuts.slice(at, at + CLIENTS);
      const answers = await this.answers(stream, some);
      const wrong = answers.findIndex((answer) => answer !== whole);
      if (wrong >= 0) {
        throw new Error(
          `cut at ${some[wrong]!.join(', ')}, ${JSON.stringify(stream.toString('latin1').slice(0, 4000))} is answered\n` +
            `${JSON.stringify(answers[wrong])} instead of\n${JSON.stringify(whole)}`,
        );
      }
    }
  }
}

/** Every command and every kind of reply, mixed as clients mix them. */
const MIXED = [
  request('PING'),
  request('GET', 'fixed'),
  request('get', 'absent'),
  request('EXISTS', 'fixed', 'absent', 'fixed'),
  request('FABRIC.LOCATE', 'fixed'),
  request('FABRIC.LOCATE', 'absent'),
  request('SET', 'w@@@@@@a', 'new'),
  Buffer.from('PING inline\r\n'),
  request('GET', 'w@@@@@@a'),
  request('NOPE', 'a\r\nb'),
  request('FABRIC.INSERT', 'w@@@@@@b', '', '3 * uint8', '\r\n*'),
  request('GET', 'a', 'b'),
  Buffer.from('*-1\r\n\r\n*0\r\n'),
  request('FABRIC.LOCATE', 'w@@@@@@b'),
  request('FABRIC.INSERT', 'fixed', '', 'bytes', 'again'),
  request('GET', 'ns/binary\0\r\n\xff'),
  request('CLIENT', 'REPLY', 'SKIP'),
  request('GET', 'fixed'),
  request('EXISTS', 'fixed'),
  Buffer.from('*1\r\n$04\r\nPING\r\n'),
];

for (const protocol of [2, 3] as const) {
  test(`RESP${protocol}: a pipeline of everything, cut in two at every byte, and into single bytes`, async (t) => {
    const splitter = await Splitter.start(t);
    const stream = Buffer.concat([HELLO[protocol], ...MIXED]);
    const everywhere = Array.from({ length: stream.length - 1 }, (_, at) => at + 1);
    await splitter.compare(stream, [...everywhere.map((at) => [at]), everywhere]);
    await splitter.target.assertWell(t);
  });

  test(`RESP${protocol}: pipelines by chance, cut by chance`, async (t) => {
    const splitter = await Splitter.start(t);
    const before = await splitter.target.freeBytes();
    const cuts = fc.array(fc.array(fc.nat(), { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(stream, cuts, (requests, ways) =>
        splitter.compare(Buffer.concat([HELLO[protocol], requests]), ways),
      ),
      trials(t, 100, 0.3),
    );
    await splitter.target.assertWell(t);
    await splitter.target.assertFree(t, before);
  });
}

test('large bulks among small requests, cut by chance', async (t) => {
  const splitter = await Splitter.start(t);
  const before = await splitter.target.freeBytes();
  const cuts = fc.array(fc.array(fc.nat(), { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(streamWithLarge, cuts, (requests, ways) => splitter.compare(requests, ways)),
    trials(t, 40, 0.2),
  );
  await splitter.target.assertWell(t);
  await splitter.target.assertFree(t, before);
});

test('a pipeline longer than a turn, a chunk and a run of the fast path', async (t) => {
  const splitter = await Splitter.start(t);
  const some = Buffer.concat(MIXED.slice(0, -1));
  const stream = Buffer.concat(Array.from({ length: 400 }, () => some));
  await splitter.compare(stream, [[1], [65_535], [65_536, 65_537], [some.length * 7 + 3, some.length * 300 - 1]]);
  await splitter.target.assertWell(t);
});
