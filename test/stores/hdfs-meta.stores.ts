import test from 'ava';
import { HdfsStore } from '../../dist/storage/hdfs-store.js';
import { crashes } from '../meta/crashes.js';
import { metaFaults } from './meta-faults.js';
import { hdfsOptions } from './servers.js';

const module = new URL('hdfs-module.js', import.meta.url).href;
const options = hdfsOptions();
const body = JSON.stringify({ RemoteException: { exception: 'RetriableException', message: 'Server too busy' } });
const BUSY = { status: 503, body };

// The first calls of a Java server take seconds.
test.before(async () => {
  const store = new HdfsStore(options);
  await store.put('first', Buffer.from('one'));
  await store.close();
});

metaFaults(test.serial, 'hdfs', {
  endpoint: options.endpoint,
  open: (endpoint, timeoutMs) => new HdfsStore({ ...options, endpoint, timeoutMs }),
  making: (key) => new RegExp(`op=RENAME.*metadata(/|%2F)${key}(/|%2F)`),
  // A rename that is turned away (503) is an error: the caller is told that nothing was stored.
  passing: {
    'a gateway gives up on it (504)': { status: 504, after: true },
  },
  away: BUSY,
});

crashes(test.serial, 'hdfs', () =>
  Promise.resolve({
    module,
    options,
    steps: 'store',
    stepsMin: { put: 2, 'first put': 4, commit: 10, pull: 10 },
  }),
);
