/** Nodes that don't belong together: refused with what to do about it, while each goes on with what it has. */
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { Link, Refused } from '../campaign/link.js';
import { freePorts } from '../support/free-ports.js';
import { startServer, type ServerOptions, type TestServer } from '../support/server.js';

const LOOK_MS = 20;
const OTHER_PROTOCOL = fileURLToPath(new URL('other-protocol.js', import.meta.url));

interface Difference {
  /** Put over the `[cluster]` of the second node. */
  cluster?: Readonly<Record<string, string>>;
  /** Put over the first of its `[[nodes]]`. */
  node?: Readonly<Record<string, string | number>>;
  env?: NodeJS.ProcessEnv;
}

/** Two nodes, of which the first coordinates; the second is different. */
async function pair(t: ExecutionContext, difference: Difference): Promise<[TestServer, TestServer]> {
  const ports = await freePorts(2);
  const names = [0, 1].map((index) => `t${ports[0]}-${index}`);
  const nodes = names.map((name, index) => ({ name, port: ports[index]!, segments_mib: [8] }));
  const cluster = { name: 'pair', password: 'the same', heartbeat_ms: '50ms', down_ms: '1s', rejoin_wait_ms: '10ms' };
  const options = (index: number): ServerOptions => ({ node: names[index]!, nodes, config: { cluster } });
  const first = await startServer(t, options(0));
  const second = await startServer(t, {
    ...options(1),
    nodes: [{ ...nodes[0]!, ...difference.node }, nodes[1]!],
    config: { cluster: { ...cluster, ...difference.cluster } },
    env: difference.env ?? {},
  });
  return [first, second];
}

/** What the node says when a change is refused; it may have to find out first. */
async function refusalAt(t: ExecutionContext, server: TestServer, expected: RegExp): Promise<void> {
  const link = new Link(server.port);
  t.teardown(() => link.close());
  for (;;) {
    const refusal = await t.throwsAsync(link.call('SET', 'x', 'y'), { instanceOf: Refused });
    t.is(refusal.code, 'NOCOORD');
    if (expected.test(refusal.message)) break;
    await setTimeout(LOOK_MS);
  }
  const refusal = await t.throwsAsync(link.call('STRLEN', 'x'), { instanceOf: Refused });
  t.is(refusal.code, 'NOCOORD', 'nor does it say that there is no such variable');
  t.is(String(await link.call('PING')), 'PONG');
}

async function refuses(t: ExecutionContext, difference: Difference, expected: RegExp): Promise<void> {
  const [first, second] = await pair(t, difference);
  await refusalAt(t, second, expected);
  t.regex(second.output(), /not joined: /);
  const link = new Link(first.port);
  t.teardown(() => link.close());
  t.is(String(await link.call('SET', 'x', 'of the first')), 'OK', 'the others go on without it');
  t.is(await link.call('DBSIZE'), 1);
}

test.serial(
  'another weight',
  refuses,
  { node: { weight: 2 } },
  /other \[\[nodes\]\] or another \[cluster\]: they must be the same on all nodes/,
);
test.serial('another time limit', refuses, { cluster: { down_ms: '2s' } }, /they must be the same on all nodes/);
test.serial('another password', refuses, { cluster: { password: 'another' } }, /cluster\.password/);
test.serial(
  'another cluster',
  refuses,
  { cluster: { name: 'another' } },
  /this is the coordinator of cluster pair, not of another/,
);
test.serial(
  'another version',
  refuses,
  { env: { NODE_OPTIONS: `--import=${OTHER_PROTOCOL}` } },
  /speaks version \d+ of the nodes' protocol, this coordinator version \d+: upgrade the older/,
);
