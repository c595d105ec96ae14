// Runs the tests that need hosts of their own: `npm run test:hosts [-- --match '*one way*']`.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ava } from './ava.mjs';
import { failWith, root } from './step.mjs';
import { setUpHosts, toolsEnvironment } from './tools.mjs';

const bin = (name) => join(root, 'node_modules', name);
const run = (...args) => spawnSync(process.execPath, args, { cwd: root, env: toolsEnvironment(), stdio: 'inherit' });

try {
  setUpHosts();
  const compiled = run(bin('typescript/bin/tsc'), '-p', 'test');
  const passed = compiled.status === 0 && ava(['--config', 'ava.hosts.config.js', ...process.argv.slice(2)]);
  process.exitCode = passed ? 0 : 1;
} catch (error) {
  failWith(error);
}
