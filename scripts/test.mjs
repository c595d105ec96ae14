// Every check of the project, in order; all of them run even when one fails.
import { spawnSync } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './step.mjs';
import { ava } from './ava.mjs';
import { toolsEnvironment } from './tools.mjs';

const node = process.execPath;
const bin = (name) => join(root, 'node_modules', name);

const CHECKS = [
  ['Lint', [node, bin('eslint/bin/eslint.js'), '.']],
  ['Format', [node, bin('prettier/bin/prettier.cjs'), '--check', '--log-level', 'warn', '.']],
  [
    'Generated files are fresh',
    [node, 'scripts/commands-doc.mjs', '--check'],
    [node, 'scripts/layout.mjs', '--check'],
    [node, 'scripts/formats.mjs', '--check'],
  ],
  ['Native unit tests', [node, 'scripts/test-native.mjs']],
  ['Tests', [node, bin('typescript/bin/tsc'), '-p', 'test'], ava],
  ['Python client', [node, 'scripts/test-python.mjs']],
];

const seconds = (sinceMs) => `${((performance.now() - sinceMs) / 1000).toFixed(1)} s`;

/** A test whose source is gone must not run any more. */
rmSync(join(root, 'dist-test'), { recursive: true, force: true });

const run = (program, ...args) =>
  spawnSync(program, args, { cwd: root, env: toolsEnvironment(), stdio: 'inherit' }).status === 0;

const started = performance.now();
const failed = CHECKS.filter(([name, ...commands]) => {
  console.log(`\n── ${name} ${'─'.repeat(Math.max(0, 60 - name.length))}`);
  const checkStarted = performance.now();
  const passed = commands.every((command) => (command === ava ? ava() : run(...command)));
  console.log(`${passed ? 'passed' : 'FAILED'} in ${seconds(checkStarted)}`);
  return !passed;
}).map(([name]) => name);

console.log(`\n${failed.length === 0 ? 'All passed' : `FAILED: ${failed.join(', ')}`} in ${seconds(started)}`);
process.exit(failed.length === 0 ? 0 : 1);
