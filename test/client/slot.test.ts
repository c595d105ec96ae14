import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import test, { type ExecutionContext } from 'ava';
import { native } from '../../dist/native.js';

const RECORD_BYTES = 64;

function slotsObject(t: ExecutionContext, slots: number): string {
  const name = `/dftest-slots-${randomBytes(6).toString('hex')}.slots`;
  writeFileSync(`/dev/shm${name}`, Buffer.alloc(slots * RECORD_BYTES));
  t.teardown(() => unlinkSync(`/dev/shm${name}`));
  return name;
}

const incarnationOf = (name: string, slot: number): bigint =>
  readFileSync(`/dev/shm${name}`).readBigUInt64LE(slot * RECORD_BYTES);

test('each slot has one holder, and counts them', (t) => {
  const name = slotsObject(t, 3);
  const slots = [1, 2, 3].map(() => native.acquireSlot(name));
  t.deepEqual(slots.map(({ index }) => index).sort(), [0, 1, 2]);
  t.is(slots[0]!.inode, statSync(`/dev/shm${name}`).ino);
  t.throws(() => native.acquireSlot(name), { code: 'ERR', message: /^all 3 slots of .* are taken/ });
  for (const slot of [0, 1, 2]) t.is(incarnationOf(name, slot), 1n);
  slots[1]!.close();
  slots[1]!.close();
  const again = native.acquireSlot(name);
  t.is(again.index, slots[1]!.index);
  t.is(incarnationOf(name, again.index), 2n);
  for (const slot of [slots[0]!, slots[2]!, again]) slot.close();
});

test('only the first eight bytes of a record are written', (t) => {
  const name = slotsObject(t, 1);
  writeFileSync(`/dev/shm${name}`, Buffer.alloc(RECORD_BYTES, 0xff));
  const slot = native.acquireSlot(name);
  const expected = Buffer.alloc(RECORD_BYTES, 0xff).fill(0, 0, 8);
  t.deepEqual(readFileSync(`/dev/shm${name}`), expected);
  slot.close();
});

test('the kernel gives back the slot of a killed process', async (t) => {
  const name = slotsObject(t, 1);
  const addon = new URL('../../build/Release/datafabric.node', import.meta.url).pathname;
  const code = `globalThis.slot = require(${JSON.stringify(addon)}).acquireSlot(${JSON.stringify(name)});
    console.log('held'); setInterval(() => {}, 1e6);`;
  const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  t.throws(() => native.acquireSlot(name), { code: 'ERR' });
  child.kill('SIGKILL');
  await once(child, 'exit');
  const slot = native.acquireSlot(name);
  t.is(incarnationOf(name, 0), 2n);
  slot.close();
});

test('what holds no slots is refused', (t) => {
  t.throws(() => native.acquireSlot(slotsObject(t, 0)), { code: 'ERR', message: /has no slots$/ });
  t.throws(() => native.acquireSlot('/dftest-no-such.slots'), { code: 'NOTFOUND' });
  t.throws(() => native.acquireSlot('../x'), { code: 'ERR' });
});
