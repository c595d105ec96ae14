// Compiles the addon; offline where the running node's headers lie beside it.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { nodedirArguments } from './headers.mjs';

const nodeGyp = createRequire(import.meta.url).resolve('node-gyp/bin/node-gyp.js');
const { status, stdout, stderr } = spawnSync(
  process.execPath,
  [nodeGyp, 'configure', 'build', '--jobs=2', '--loglevel=warn', ...nodedirArguments()],
  { cwd: new URL('..', import.meta.url).pathname, encoding: 'utf8' },
);
if (status !== 0) {
  console.error(stdout, stderr);
  console.error(
    'The addon did not compile. It needs a C++20 compiler, make and python3 (Debian: apt-get install g++ make python3).',
  );
  process.exit(1);
}
