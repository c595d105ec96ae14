// Runs the tests on every supported line of Node.js with the one addon that the installed Node.js compiled: it speaks Node-API, which
// all of them have. `npm run test:nodes [-- 22 24]`; with --others not on the very version that runs this, on which `npm test` ran them.
// The programs come from npm, into build-nodes/.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ava } from './ava.mjs';
import { SetupError, failWith, root, step } from './step.mjs';
import { toolsEnvironment } from './tools.mjs';

const LINES = ['20', '22', '24'];
const folder = join(root, 'build-nodes');
const bin = (name) => join(root, 'node_modules', name);

/** The package with the program for this machine; the package `node` is made of these. */
const packageName = () => `node-linux-${process.arch}`;

/** Path of the newest Node.js of a line, installed when it isn't there. */
function findNode(line) {
  const prefix = join(folder, line);
  const home = join(prefix, 'node_modules', packageName());
  if (!existsSync(join(home, 'package.json'))) {
    mkdirSync(prefix, { recursive: true });
    const wanted = `${packageName()}@${line}`;
    step(`Installing Node.js ${line}`, 'npm', [
      'install',
      '--prefix',
      prefix,
      '--no-fund',
      '--no-audit',
      '--no-save',
      wanted,
    ]);
  }
  const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
  return { version, program: join(home, 'bin/node') };
}

function run(program, ...args) {
  const { status } = spawnSync(program, args, { cwd: root, env: toolsEnvironment(), stdio: 'inherit' });
  return status === 0;
}

function testOn({ version, program }) {
  console.log(`\n── Node.js ${version} ${'─'.repeat(48)}`);
  return ava([], { node: program });
}

try {
  const { values, positionals: lines } = parseArgs({
    options: { others: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const unknown = lines.find((line) => !LINES.includes(line));
  if (unknown !== undefined) throw new SetupError(`unknown line ${unknown}: choose from ${LINES.join(', ')}`);
  if (!run(process.execPath, bin('typescript/bin/tsc'), '-p', 'test')) throw new SetupError('the tests do not compile');
  const wanted = (lines.length === 0 ? LINES : lines).map(findNode);
  const chosen = wanted.filter(({ version }) => !values.others || version !== process.versions.node);
  // The first that fails is the last: what failed stays at the end of what is printed.
  const failed = chosen.find((node) => !testOn(node));
  if (failed !== undefined) throw new SetupError(`the tests failed on Node.js ${failed.version}`);
  console.log(`\nAll passed on Node.js ${chosen.map(({ version }) => version).join(', ')}`);
} catch (error) {
  failWith(error);
}
