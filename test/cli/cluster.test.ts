/** `datafabric cluster …`, on the nodes of a file. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { CLI, runCli } from '../support/cli.js';
import { eventually } from '../support/cluster-clients.js';
import { SOON_DOWN, TestCluster } from '../support/cluster.js';

class Up {
  readonly child: ChildProcess;
  readonly closed: Promise<unknown[]>;
  #output = '';
  #heard: (() => void) | undefined;

  constructor(t: ExecutionContext, file: string) {
    this.child = spawn('setpriv', ['--pdeathsig', 'KILL', process.execPath, CLI, 'cluster', 'up', file], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.closed = once(this.child, 'close');
    for (const stream of [this.child.stdout!, this.child.stderr!]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text;
        this.#heard?.();
      });
    }
    t.teardown(async () => {
      if (!t.passed) t.log(this.#output);
      this.child.kill('SIGKILL');
      await this.closed;
    });
  }

  get output(): string {
    return this.#output;
  }

  async says(what: RegExp): Promise<void> {
    while (!what.test(this.#output)) await new Promise<void>((resolve) => (this.#heard = resolve));
  }
}

/** Only its file is used: `cluster up` starts the nodes. */
function clusterFile(t: ExecutionContext): TestCluster {
  const cluster = new TestCluster({ nodes: ['alpha', 'beta', 'gamma'], cluster: SOON_DOWN });
  t.teardown(() => cluster.dispose());
  return cluster;
}

/** The process that serves a node of the file, while there is one. */
function pidOf(file: string, node: string): number | undefined {
  const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
  const found = pids.find((pid) => {
    try {
      const args = readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0');
      return args.includes('serve') && args.includes(file) && args.includes(node);
    } catch {
      return false;
    }
  });
  return found === undefined ? undefined : Number(found);
}

test('up starts all nodes, tells of one that dies, and stops the others in order; purge removes their memory', async (t) => {
  const cluster = clusterFile(t);
  const file = cluster.configPath;
  const [alpha, beta, gamma] = cluster.servers.map(({ node }) => node) as [string, string, string];
  const up = new Up(t, file);
  await up.says(/Ctrl-C stops them all/);
  for (const [index, node] of [alpha, beta, gamma].entries()) {
    t.regex(up.output, new RegExp(`^${node} +│ .*ready`, 'm'));
    const role = index === 0 ? 'coordinator' : 'member';
    t.regex(up.output, new RegExp(`^  ${node} +${cluster.addressOf(index)} +${role} +up +z${index} +1 +1 +16 `, 'm'));
  }
  const whole = await runCli(['cluster', 'status', file]);
  t.is(whole.code, 0, whole.stderr);
  t.regex(whole.stdout, new RegExp(`^${gamma} +${cluster.addressOf(2)} +member +up +z2 `, 'm'));
  t.false(whole.stdout.includes('\u001b'));

  const again = await runCli(['cluster', 'up', file]);
  t.is(again.code, 1);
  t.regex(again.stderr, new RegExp(`^node ${alpha} is running already, at ${cluster.addressOf(0)}: .*end it first\n$`));

  process.kill(pidOf(file, beta)!, 'SIGKILL');
  await up.says(new RegExp(`node ${beta} has ended \\(SIGKILL\\)\n  its last lines were\n(    .*\n)+.*serve --config`));
  await up.says(new RegExp(`node ${beta} is down`));
  const broken = await runCli(['cluster', 'status', '--url', `redis://${cluster.addressOf(2)}`]);
  t.is(broken.code, 1);
  t.is(broken.stderr, `not there: ${beta} (down)\n`);

  up.child.kill('SIGINT');
  t.deepEqual(await up.closed, [0, null]);
  const stopped = [...up.output.matchAll(/^(\S+) +│ .*stopped; the variables/gm)].map(([, node]) => node);
  t.deepEqual(stopped, [gamma, alpha]);
  const gone = await runCli(['cluster', 'status', file]);
  t.is(gone.code, 1);
  t.regex(gone.stderr, /^no node answers:\n {2}cannot ask node .*ECONNREFUSED/);

  t.true(cluster.servers.every((server) => server.objects().length > 0));
  const purged = await runCli(['cluster', 'purge', file, '--yes']);
  t.is(purged.code, 0, purged.stderr);
  t.true(cluster.servers.every((server) => !server.objects().some((name) => !name.endsWith('.lock'))));
});

test('nodes end with the process that started them, kill -9 included', async (t) => {
  const cluster = clusterFile(t);
  const up = new Up(t, cluster.configPath);
  await up.says(/Ctrl-C stops them all/);
  up.child.kill('SIGKILL');
  await up.closed;
  // They end by themselves, each when it has noticed.
  const none = () => cluster.servers.every(({ node }) => pidOf(cluster.configPath, node) === undefined);
  await eventually(() => Promise.resolve(none() || undefined), 'the end of the nodes');
  t.is((await runCli(['cluster', 'purge', cluster.configPath, '--yes'])).code, 0);
});

test('an address that is another server’s is said before anything is started', async (t) => {
  const cluster = clusterFile(t);
  const other = createServer((socket) => socket.on('error', () => undefined).end('-ERR who are you\r\n'));
  await once(other.listen(6380, cluster.host), 'listening');
  t.teardown(() => void other.close());
  const { code, stdout, stderr } = await runCli(['cluster', 'up', cluster.configPath]);
  t.deepEqual({ code, stdout }, { code: 1, stdout: '' });
  t.regex(
    stderr,
    new RegExp(`^${cluster.addressOf(1)}, the address of node \\S+-beta, is another server's .*another port`),
  );
});

test('a node that can’t start stops the others', async (t) => {
  const cluster = clusterFile(t);
  const file = cluster.configPath;
  writeFileSync(file, readFileSync(file, 'utf8').replace(/(-beta"[^[]*segments_mib = )\[16\]/, '$1[200000]'));
  const up = new Up(t, file);
  t.deepEqual(await up.closed, [1, null]);
  t.regex(up.output, /^\S+-beta +│ .*OOM|^\S+-beta +│ .*MiB/m);
  t.regex(up.output, /-beta did not start, for the reason above; the others are stopped\n$/);
});

test('a file of one node, and of nodes elsewhere, are no clusters to start here', async (t) => {
  const one = await runCli(['cluster', 'up', 'conf/single.toml']);
  t.is(one.code, 1);
  t.is(one.stderr, 'conf/single.toml has no [[nodes]]: it describes one node, which datafabric serve starts\n');
  const cluster = clusterFile(t);
  const file = cluster.configPath;
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll(/^host = .*$/gm, 'host = "192.0.2.1"'));
  const elsewhere = await runCli(['cluster', 'up', file]);
  t.is(elsewhere.code, 1);
  t.regex(elsewhere.stderr, /^no node of .* is on this machine: their hosts are \S+-alpha 192\.0\.2\.1/);
});
