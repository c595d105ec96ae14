// Runs ava under a limit of our own: a test that asks for more time makes ava forget its limit for silence, and a run that hangs says nothing.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from './step.mjs';
import { toolsEnvironment } from './tools.mjs';

/** Three times what all tests take on two busy CPUs. */
const RUN_SECONDS_MAX = 1_800;
const GOODBYE_SECONDS = 60;
/** The exit code of timeout(1) when it had to end the program. */
const OUT_OF_TIME = 124;

/** True when all of them passed. Interrupted, ava names the tests it still waits for. */
export function ava(args = [], { node = process.execPath, env = toolsEnvironment() } = {}) {
  const limit = ['--foreground', '--signal=INT', `--kill-after=${GOODBYE_SECONDS}`, String(RUN_SECONDS_MAX)];
  const program = [node, join(root, 'node_modules/ava/entrypoints/cli.mjs')];
  const { status } = spawnSync('timeout', [...limit, ...program, ...args], { cwd: root, env, stdio: 'inherit' });
  if (status === OUT_OF_TIME) console.error(`The tests did not end within ${RUN_SECONDS_MAX / 60} min.`);
  return status === 0;
}
