/** The same requests to this server as were recorded from a real Redis: texts and types have to agree. */
import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import test from 'ava';
import { answers, RECORD, type Answer } from '../support/parity.js';
import { startServer } from '../support/server.js';

const recorded = readFileSync(RECORD, 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as Answer);

test('replies agree with those of Redis', async (t) => {
  // Redis' slow log was empty, and a busy machine makes anything slow.
  const server = await startServer(t, { config: { slowlog: { slower_than_microseconds: -1 } } });
  const own = await answers(server.port);
  const requests = (list: readonly Answer[]) => list.map(({ request, protocol }) => [protocol, ...request]);
  t.deepEqual(requests(own), requests(recorded), 'the record is of other requests: record it anew');
  const differing = own.flatMap(({ request, protocol, reply }, index) => {
    const theirs = recorded[index]!.reply;
    return isDeepStrictEqual(reply, theirs) ? [] : [{ protocol, request: request.join(' '), reply, theirs }];
  });
  t.deepEqual(differing, []);
});
