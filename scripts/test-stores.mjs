// Tests stores on real servers, which it starts and ends: `npm run test:stores [-- s3 hdfs]`. Of a store whose server didn't start nothing is
// claimed: it is printed NOT RUN with the reason, and the exit code says so unless `--where-possible` is there. A test that fails always does.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { clearTimeout, setTimeout } from 'node:timers';
import { setTimeout as sleep } from 'node:timers/promises';
import { performance } from 'node:perf_hooks';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { SetupError, failWith, root } from './step.mjs';
import { setUpHdfs, setUpRgw } from './stores/install.mjs';

/** A server's own limits are below this one. */
const START_MS_MAX = 150_000;
const STOP_MS_MAX = 20_000;
/** Much more than the five minutes that a machine with four times the work of its CPUs takes for one store. */
const TEST_MS_MAX = 900_000;

const WHERE_POSSIBLE = '--where-possible';

const STORES = {
  s3: { title: 'S3, on a Ceph object gateway', setUp: setUpRgw, server: 'rgw.mjs', variable: 'DATAFABRIC_TEST_S3' },
  hdfs: { title: 'HDFS, by WebHDFS', setUp: setUpHdfs, server: 'hdfs.mjs', variable: 'DATAFABRIC_TEST_HDFS' },
};

const bin = (name) => join(root, 'node_modules', name);
const seconds = (sinceMs) => `${((performance.now() - sinceMs) / 1000).toFixed(1)} s`;

/** Runs a server's script until the returned function is called. */
async function start(script) {
  const child = spawn(process.execPath, [join(root, 'scripts/stores', script)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const stop = async () => {
    child.stdin.destroy();
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX);
    await ended;
    clearTimeout(timer);
  };
  const line = once(createInterface({ input: child.stdout }), 'line');
  const late = sleep(START_MS_MAX, undefined, { ref: false }).then(() => `it is silent for ${START_MS_MAX / 1000} s`);
  const failed = Promise.race([ended.then(() => 'it ended'), late]).then((what) =>
    Promise.reject(new Error(`${script}: ${what}`)),
  );
  failed.catch(() => undefined);
  try {
    const [address] = await Promise.race([line, failed]);
    return { address, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function runTests(kind, variable, address) {
  const config = join(root, 'scripts/stores/ava.config.mjs');
  const args = [bin('ava/entrypoints/cli.mjs'), '--config', config, `dist-test/stores/${kind}*.stores.js`];
  const env = { ...process.env, [variable]: address };
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: 'inherit', timeout: TEST_MS_MAX });
  const [status] = await once(child, 'exit');
  return status === 0;
}

async function test(kind) {
  const { title, setUp, server, variable } = STORES[kind];
  console.log(`\n── ${title} ${'─'.repeat(Math.max(0, 60 - title.length))}`);
  const began = performance.now();
  let running;
  try {
    setUp();
    running = await start(server);
  } catch (error) {
    console.log(`NOT RUN: ${error.message}`);
    return `NOT RUN: ${error.message.split('\n')[0]}`;
  }
  console.log(`the server answers after ${seconds(began)}`);
  try {
    return (await runTests(kind, variable, running.address)) ? 'passed' : 'FAILED';
  } finally {
    await running.stop();
    console.log(`${title}: ${seconds(began)} in all`);
  }
}

try {
  const args = process.argv.slice(2);
  const named = args.filter((arg) => arg !== WHERE_POSSIBLE);
  const wanted = named.length > 0 ? named : Object.keys(STORES);
  const unknown = wanted.find((kind) => !(kind in STORES));
  if (unknown !== undefined) throw new SetupError(`unknown store ${unknown}: ${Object.keys(STORES).join(' or ')}`);
  const compiled = spawnSync(process.execPath, [bin('typescript/bin/tsc'), '-p', 'test'], {
    cwd: root,
    stdio: 'inherit',
  });
  if (compiled.status !== 0) throw new SetupError('the tests do not compile');
  const results = [];
  for (const kind of wanted) results.push([kind, await test(kind)]);
  console.log(`\n${results.map(([kind, result]) => `${kind}: ${result}`).join('\n')}`);
  const isFine = (result) => result === 'passed' || (args.includes(WHERE_POSSIBLE) && result.startsWith('NOT RUN'));
  process.exitCode = results.every(([, result]) => isFine(result)) ? 0 : 1;
} catch (error) {
  failWith(error);
}
