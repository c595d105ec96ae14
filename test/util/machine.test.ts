import test from 'ava';
import { isLoopback } from '../../dist/util/loopback.js';
import { parseProcessMemory, processMemory } from '../../dist/util/proc.js';
import { secretsEqual } from '../../dist/util/secret.js';
import { humanBytes } from '../../dist/util/sizes.js';

test('secrets are equal byte for byte', (t) => {
  t.true(secretsEqual('päss', Buffer.from('päss')));
  t.true(secretsEqual('', ''));
  for (const other of ['', 'pass', 'päss ', 'Päss', 'päs']) t.false(secretsEqual(other, 'päss'), other);
});

test('sizes for people step by 1024', (t) => {
  t.deepEqual([0, 1023, 1024, 1536, 1024 ** 2, 3 * 1024 ** 3].map(humanBytes), [
    '0B',
    '1023B',
    '1.00K',
    '1.50K',
    '1.00M',
    '3.00G',
  ]);
});

test('memory outside shared memory is anonymous pages and files', (t) => {
  const status = 'VmHWM:\t    90 kB\nVmRSS:\t    60 kB\nRssAnon:\t  10 kB\nRssFile:\t  20 kB\nRssShmem:\t  30 kB\n';
  t.deepEqual(parseProcessMemory(status), {
    residentBytes: 60 * 1024,
    residentPeakBytes: 90 * 1024,
    sharedBytes: 30 * 1024,
    privateBytes: 30 * 1024,
  });
});

test("this process's own memory adds up", (t) => {
  const memory = processMemory();
  t.true(memory.privateBytes > 1024 ** 2);
  t.is(memory.residentBytes, memory.privateBytes + memory.sharedBytes);
});

test('loopback is 127/8 and ::1', (t) => {
  for (const host of ['127.0.0.1', '127.9.9.9', '::1']) t.true(isLoopback(host), host);
  for (const host of ['0.0.0.0', '10.0.0.1', '::', 'fe80::1']) t.false(isLoopback(host), host);
});
