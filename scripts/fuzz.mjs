// The fuzzing of test/hostile for longer than among the tests: `npm run test:fuzz -- --minutes 30 [--seed 4711]`.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './step.mjs';

const FILES = ['splits', 'mutations', 'arguments'].map((name) => `dist-test/hostile/${name}.test.js`);

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '10' }, seed: { type: 'string' } },
});
if (!(Number(values.minutes) > 0) || (values.seed !== undefined && !/^-?\d+$/.test(values.seed))) {
  console.error('usage: npm run test:fuzz -- [--minutes N] [--seed INTEGER]');
  process.exit(2);
}

const bin = (name) => join(root, 'node_modules', name);
const env = { ...process.env, FUZZ_MINUTES: values.minutes, ...(values.seed && { FUZZ_SEED: values.seed }) };
const run = (...args) => spawnSync(process.execPath, args, { cwd: root, env, stdio: 'inherit' }).status;
process.exit(run(bin('typescript/bin/tsc'), '-p', 'test') || run(bin('ava/entrypoints/cli.mjs'), ...FILES));
