// Runs the Python client's tests with Debian's redis-py and NumPy, and with the newest ones where a package index is reached.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { aptInstall, canInstallPackages, root } from './step.mjs';

const client = join(root, 'clients/python');
const SYSTEM_PYTHON = '/usr/bin/python3';
const VENV = join(root, 'build-tools/newest-python');
const INSTALL_MS_MAX = 180_000;
const TEST_MS_MAX = 300_000;

const run = (command, args, options = {}) => spawnSync(command, args, { encoding: 'utf8', cwd: client, ...options });
const works = (python) => run(python, ['-c', 'import redis, numpy']).status === 0;

/** Debian's packages; installed when they are missing and this user may. */
function systemPython() {
  if (!works(SYSTEM_PYTHON)) tryInstalling('python3-redis', 'python3-numpy');
  return works(SYSTEM_PYTHON) ? SYSTEM_PYTHON : undefined;
}

/** What can't be installed is reported as a variant that did not run. */
function tryInstalling(...packages) {
  if (!canInstallPackages()) return;
  try {
    aptInstall(packages);
  } catch (error) {
    console.log(error.message);
  }
}

/** A virtual environment with this package installed as users install it. */
function newestPython() {
  const python = join(VENV, 'bin/python');
  const hasPip = () => run(python, ['-m', 'pip', '--version']).status === 0;
  if (!hasPip()) makeVenv();
  return hasPip() && pipInstall(python, ['redis', 'numpy']) && installClient(python) ? python : undefined;
}

function makeVenv() {
  const make = () => run('python3', ['-m', 'venv', '--clear', VENV]).status === 0;
  if (make()) return;
  tryInstalling('python3-venv');
  make();
}

function installClient(python) {
  const installed = pipInstall(python, ['--no-deps', '--force-reinstall', client]);
  // Left by the build in the source folder; files that are gone from the source would live on there.
  for (const left of ['build', 'datafabric.egg-info']) rmSync(join(client, left), { recursive: true, force: true });
  return installed;
}

function pipInstall(python, what) {
  const options = ['--quiet', '--disable-pip-version-check', '--retries=1', '--timeout=15', '--upgrade'];
  const { status, stderr } = run(python, ['-m', 'pip', 'install', ...options, ...what], { timeout: INSTALL_MS_MAX });
  if (status !== 0) console.log(stderr?.trim());
  return status === 0;
}

/** The counts of one run; all of it goes to the terminal. */
function test(python) {
  const { status, stdout } = run(python, ['-W', 'error::ResourceWarning', '-m', 'tests'], {
    env: { ...process.env, DATAFABRIC_NODE: process.execPath },
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: TEST_MS_MAX,
  });
  process.stdout.write(stdout);
  const counts = /^(\d+) passed, (\d+) failed$/m.exec(stdout);
  if (counts === null) return { passed: 0, failed: 1 };
  const [passed, failed] = [Number(counts[1]), Number(counts[2])];
  return { passed, failed: status === 0 ? failed : Math.max(failed, 1) };
}

const variants = [
  { label: "Debian's python3-redis and python3-numpy", python: systemPython() },
  { label: 'the newest redis-py and NumPy', python: newestPython() },
];
const total = { passed: 0, failed: 0 };
for (const { label, python } of variants) {
  console.log(python === undefined ? `not run: ${label} can't be had here` : `with ${label}:`);
  if (python === undefined) continue;
  const { passed, failed } = test(python);
  total.passed += passed;
  total.failed += failed;
}
if (total.passed + total.failed === 0) {
  console.error('No Python with redis-py and NumPy. On Debian: sudo apt-get install python3-redis python3-numpy');
  total.failed = 1;
}
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed === 0 ? 0 : 1);
