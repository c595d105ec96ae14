import test from 'ava';
import { TlsInput } from '../../dist/server/tls-input.js';

/** The events of an input, one line each; the checksum stands for a count of bytes. */
class Rig {
  readonly events: string[] = [];
  readonly written: string[] = [];
  reading = true;
  failWrites = false;
  onData: () => void = () => undefined;
  readonly input = new TlsInput(7, {
    store: {
      write: (entry, offset, bytes) => {
        if (this.failWrites) throw new Error('gone');
        this.written.push(`${entry}@${offset} ${Buffer.from(bytes).toString()}`);
      },
    },
    events: {
      data: (id, bytes) => {
        this.events.push(`data ${id} ${bytes.toString()}`);
        this.onData();
      },
      sunk: (_id, crc32c) => void this.events.push(`sunk ${crc32c}`),
      sinkFailed: () => void this.events.push('failed'),
      end: () => void this.events.push('end'),
    },
    crc32c: (bytes, seed) => seed + bytes.length,
    setReading: (reading) => (this.reading = reading),
  });

  push(text: string): void {
    this.input.push(Buffer.from(text));
  }
}

const turn = () => new Promise(setImmediate);

test('a bulk goes into its target, what is before and behind it to the server', (t) => {
  const rig = new Rig();
  rig.push('before');
  rig.input.sink(3, 10, 6, 4);
  rig.push('abc');
  rig.push('defbehind');
  t.deepEqual(rig.written, ['3@10 abc', '3@13 def']);
  t.deepEqual(rig.events, ['data 7 before', 'sunk 10', 'data 7 behind']);
  t.is(rig.input.received, 18);
});

test('a target that fails is told once, and the rest is dropped', (t) => {
  const rig = new Rig();
  rig.failWrites = true;
  rig.input.sink(3, 0, 6, 0);
  rig.push('abc');
  rig.push('defbehind');
  t.deepEqual(rig.events, ['failed', 'sunk 0', 'data 7 behind']);
});

test('a dropped bulk, and one of no bytes, which is over in a later turn', async (t) => {
  const rig = new Rig();
  rig.input.discard(3);
  rig.push('abcd');
  t.deepEqual(rig.events, ['sunk 0', 'data 7 d']);
  rig.input.sink(3, 0, 0, 5);
  t.is(rig.events.length, 2);
  await turn();
  t.is(rig.events[2], 'sunk 5');
});

test('a pause holds bytes back in their order, a bulk too', async (t) => {
  const rig = new Rig();
  rig.input.pause();
  rig.push('one');
  rig.push('two');
  rig.input.end();
  t.deepEqual(rig.events, ['end']);
  rig.input.resume();
  t.deepEqual(rig.events, ['end']);
  rig.push('three');
  rig.onData = () => rig.input.sink(1, 0, 3, 0);
  await turn();
  t.deepEqual(rig.events, ['end', 'data 7 one', 'sunk 3', 'data 7 three']);
  t.deepEqual(rig.written, ['1@0 two']);
});

test('a pause inside the stream takes hold at once', async (t) => {
  const rig = new Rig();
  rig.input.discard(1);
  rig.onData = () => rig.input.pause();
  rig.push('xone');
  rig.push('two');
  t.deepEqual(rig.events, ['sunk 0', 'data 7 one']);
  rig.input.resume();
  await turn();
  t.deepEqual(rig.events.at(-1), 'data 7 two');
});

test('the socket is read on while little is held back', async (t) => {
  const rig = new Rig();
  rig.input.pause();
  rig.push('x'.repeat(200_000));
  t.true(rig.reading);
  rig.push('x'.repeat(100_000));
  t.false(rig.reading);
  rig.input.resume();
  await turn();
  t.true(rig.reading);
});

test('after stop whatever comes is dropped', async (t) => {
  const rig = new Rig();
  rig.input.pause();
  rig.push('one');
  rig.input.stop();
  rig.input.resume();
  rig.push('two');
  rig.input.sink(1, 0, 0, 0);
  rig.input.end();
  await turn();
  t.deepEqual(rig.events, []);
  t.true(rig.reading);
});
