// Brings a clone into a state that runs: packages, addon, compiled TypeScript; with --tools also what tests and the demo need,
// with --crash-points the addon that crash tests kill at its stores.
// Needs nothing but Node.js, and does nothing when all is fresh.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SetupError, aptInstall, canInstallPackages, failWith, root, step, which } from './step.mjs';
import { setUpTools, toolsAreReady } from './tools.mjs';

const NODE_MAJOR_MIN = 20;
const LOCK_BUSY = 75;
const COMPILER_PACKAGES = { 'g++': 'g++', make: 'make', python3: 'python3' };

const at = (...parts) => join(root, ...parts);
const packagesStamp = at('node_modules/.datafabric-packages');
/** Compiled programs, and where it is noted for which processor. */
const ADDON = { program: at('build/Release/datafabric.node'), stamp: at('build/.datafabric-addon') };
const CRASH_ADDON = {
  program: at('build-crash/build/Release/datafabric.node'),
  stamp: at('build-crash/.datafabric-addon'),
};
const distStamp = at('dist/.datafabric-sources');

const read = (path) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined);
const changedMs = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? -Infinity;

function files(folder, pattern) {
  return readdirSync(at(folder), { recursive: true })
    .filter((name) => pattern.test(name))
    .map((name) => join(folder, name))
    .sort();
}

const lockHash = () =>
  createHash('sha256')
    .update(readFileSync(at('package-lock.json')))
    .digest('hex');
const newerThan = (path, sources) => {
  const built = changedMs(path);
  return sources.some((source) => changedMs(at(source)) > built);
};

function packagesAreFresh() {
  const stamp = read(packagesStamp);
  if (stamp !== undefined) return stamp === lockHash();
  // Installed by hand: npm notes when.
  return changedMs(at('node_modules/.package-lock.json')) >= changedMs(at('package-lock.json'));
}

/** The addon speaks Node-API, which is the same for all versions of Node.js; a copied folder may come from another processor. */
function addonIsFresh({ program, stamp }) {
  if (!existsSync(program) || newerThan(program, ['binding.gyp', ...files('native', /\.(cc|h)$/)])) return false;
  const arch = read(stamp);
  return arch === undefined || arch === process.arch;
}

const sources = () => files('src', /\.ts$/);

function distIsFresh() {
  const stamp = read(distStamp);
  return stamp === sources().join('\n') && !newerThan(distStamp, ['tsconfig.json', 'package-lock.json', ...sources()]);
}

function checkCompiler() {
  const missing = Object.keys(COMPILER_PACKAGES).filter((program) => which(program) === undefined);
  if (missing.length === 0) return;
  const packages = missing.map((program) => COMPILER_PACKAGES[program]);
  if (canInstallPackages()) return aptInstall(packages);
  throw new SetupError(
    `The addon needs ${missing.join(', ')} to be compiled, and ${missing.length > 1 ? 'they are' : 'it is'} not installed. ` +
      `On Debian: sudo apt-get install ${packages.join(' ')}`,
  );
}

function installPackages() {
  // No dependency has an install script; our own would build the addon without a word.
  step('Installing packages', 'npm', ['ci', '--ignore-scripts', '--include=dev', '--no-fund', '--no-audit'], {
    advice: 'npm needs its registry (or a filled cache) for this.',
  });
  writeFileSync(packagesStamp, lockHash());
}

function buildAddon({ stamp }, label, ...options) {
  checkCompiler();
  step(label, process.execPath, ['scripts/build-addon.mjs', ...options]);
  writeFileSync(stamp, process.arch);
}

function compile() {
  // A module whose source is gone must not be found any more.
  const before = read(distStamp)?.split('\n') ?? [];
  if (before.some((source) => !existsSync(at(source)))) rmSync(at('dist'), { recursive: true, force: true });
  const startedMs = Date.now();
  step('Compiling TypeScript', process.execPath, ['node_modules/typescript/bin/tsc', '-p', '.']);
  step('Making the commands executable', process.execPath, ['scripts/executable.mjs']);
  mkdirSync(at('dist'), { recursive: true });
  writeFileSync(distStamp, sources().join('\n'));
  if (sources().some((source) => changedMs(at(source)) > startedMs)) rmSync(distStamp);
}

function setUp({ withTools, withCrashPoints }) {
  if (!packagesAreFresh()) installPackages();
  if (!addonIsFresh(ADDON)) buildAddon(ADDON, 'Compiling the addon');
  if (withCrashPoints && !addonIsFresh(CRASH_ADDON)) {
    buildAddon(CRASH_ADDON, 'Compiling the addon with crash points', '--crash-points');
  }
  if (!distIsFresh()) compile();
  if (withTools && !toolsAreReady()) setUpTools();
}

/** Runs this script again under a lock on the project's folder, which the kernel drops with the last of its processes. */
function setUpLocked(args) {
  const self = [root, process.execPath, at('scripts/setup.mjs'), '--locked', ...args];
  const run = (...options) => spawnSync('flock', [...options, ...self], { stdio: 'inherit' });
  let result = run('--nonblock', '--conflict-exit-code', String(LOCK_BUSY));
  if (result.status === LOCK_BUSY) {
    process.stderr.write('Another setup is at work in this folder; waiting for it …\n');
    result = run();
  }
  if (result.error) throw new SetupError('The setup needs the command flock (Debian: apt-get install util-linux).');
  process.exit(result.status ?? 1);
}

const args = process.argv.slice(2);
const wanted = { withTools: args.includes('--tools'), withCrashPoints: args.includes('--crash-points') };
const isFresh = () =>
  packagesAreFresh() &&
  addonIsFresh(ADDON) &&
  distIsFresh() &&
  (!wanted.withTools || toolsAreReady()) &&
  (!wanted.withCrashPoints || addonIsFresh(CRASH_ADDON));

try {
  if (Number.parseInt(process.versions.node, 10) < NODE_MAJOR_MIN) {
    throw new SetupError(`Datafabric needs Node.js ${NODE_MAJOR_MIN} or newer; this is ${process.version}.`);
  }
  if (process.platform !== 'linux') throw new SetupError('Datafabric needs Linux: it is built on POSIX shared memory.');
  if (!isFresh()) {
    if (args.includes('--locked')) setUp(wanted);
    else setUpLocked(args);
  }
} catch (error) {
  failWith(error);
}
