// Runs the matrix of faults on three nodes, on hosts of their own: `npm run test:cluster [-- --quick]`.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { failWith, root } from './step.mjs';
import { setUpHosts, toolsEnvironment } from './tools.mjs';

const run = (...args) => spawnSync(process.execPath, args, { cwd: root, env: toolsEnvironment(), stdio: 'inherit' });

try {
  setUpHosts();
  const compiled = run(join(root, 'node_modules/typescript/bin/tsc'), '-p', 'test');
  const matrix = [join(root, 'dist-test/faults/main.js'), ...process.argv.slice(2)];
  process.exitCode = compiled.status === 0 ? (run(...matrix).status ?? 1) : 1;
} catch (error) {
  failWith(error);
}
