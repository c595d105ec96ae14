// Compiles the addon; offline where the running node's headers lie beside it. With --crash-points a second one into build-crash/,
// which tests can kill at every store to the catalog; nothing that is shipped loads it.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nodedirArguments } from './headers.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const crashFolder = join(root, 'build-crash');
const withCrashPoints = process.argv.includes('--crash-points');

/** node-gyp builds beside its binding.gyp, so a second build needs a folder that looks like this one. */
function makeCrashFolder() {
  mkdirSync(crashFolder, { recursive: true });
  for (const name of ['binding.gyp', 'native', 'node_modules', 'package.json']) {
    if (!existsSync(join(crashFolder, name))) symlinkSync(join('..', name), join(crashFolder, name));
  }
}

if (withCrashPoints) makeCrashFolder();
const nodeGyp = createRequire(import.meta.url).resolve('node-gyp/bin/node-gyp.js');
const { status, stdout, stderr } = spawnSync(
  process.execPath,
  [nodeGyp, 'configure', 'build', '--jobs=2', '--loglevel=warn', ...nodedirArguments()],
  {
    cwd: withCrashPoints ? crashFolder : root,
    env: { ...process.env, GYP_DEFINES: withCrashPoints ? 'crash_points=1' : '' },
    encoding: 'utf8',
  },
);
if (status !== 0) {
  console.error(stdout, stderr);
  console.error(
    'The addon did not compile. It needs a C++20 compiler, make and python3 (Debian: apt-get install g++ make python3).',
  );
  process.exit(1);
}
