/**
 * Records what a real Redis answers to the requests of parity-requests.ts, for parity.test.ts:
 * `node dist-test/support/record-redis.js PORT`, with an empty redis-server of version 7.0 at that port of this machine.
 */
import { writeFileSync } from 'node:fs';
import { answers, RECORD } from './parity.js';

const port = Number(process.argv[2]);
const lines = (await answers(port)).map((answer) => JSON.stringify(answer));
writeFileSync(RECORD, lines.join('\n') + '\n');
