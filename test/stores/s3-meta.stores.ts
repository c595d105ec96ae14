import test from 'ava';
import { S3Store } from '../../dist/storage/s3-store.js';
import { crashes } from '../meta/crashes.js';
import { metaFaults } from './meta-faults.js';
import { s3Options } from './servers.js';

const module = new URL('s3-module.js', import.meta.url).href;
const options = await s3Options('meta');
const error = (code: string) => `<?xml version="1.0"?><Error><Code>${code}</Code><Message>so</Message></Error>`;
const BUSY = { status: 503, body: error('SlowDown') };

// One after the other, and before the deaths, which keep the machine busy.
metaFaults(test.serial, 's3', {
  endpoint: options.endpoint,
  open: (endpoint, timeoutMs) => new S3Store({ ...options, endpoint, timeoutMs }),
  making: (key) => new RegExp(`^PUT .*/metadata/${key}/`),
  passing: {
    'it conflicts (409)': { status: 409, body: error('ConditionalRequestConflict') },
    'it is turned away (503)': BUSY,
    'it is done and said to be turned away': { status: 503, after: true },
    'it is done and said to be there (412)': { status: 412, body: error('PreconditionFailed'), after: true },
  },
  away: BUSY,
});

crashes(test, 's3', () =>
  Promise.resolve({
    module,
    options,
    steps: 'store',
    stepsMin: { put: 2, 'first put': 4, commit: 10, pull: 10 },
  }),
);
