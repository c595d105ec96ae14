// Commands run as visible steps, and the packages they need on Debian.
import { spawnSync } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { accessSync, constants, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** A sentence for the user; no stack trace. */
export class SetupError extends Error {}

/** Prints the sentence of a SetupError and exits 1. */
export function failWith(error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(error.message);
  process.exit(1);
}

/** Runs a command quietly under one line of progress; its output is shown when it fails. */
export function step(label, command, args, { advice = '', env = process.env } = {}) {
  const started = performance.now();
  process.stderr.write(`${label} … `);
  const { status, signal, error, stdout, stderr } = spawnSync(command, args, {
    cwd: root,
    env,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status === 0) {
    process.stderr.write(`${((performance.now() - started) / 1000).toFixed(1)} s\n`);
    return;
  }
  process.stderr.write('failed\n');
  process.stderr.write(`${stdout ?? ''}${stderr ?? ''}`);
  const reason = error?.message ?? (signal ? `it was ended by ${signal}` : `it exited with ${status}`);
  throw new SetupError(`${label}: ${command} ${args.slice(0, 3).join(' ')} failed: ${reason}. ${advice}`.trim());
}

/** The path of a program, or undefined. */
export function which(program) {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, program);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      continue;
    }
  }
  return undefined;
}

export const canInstallPackages = () => process.getuid() === 0 && which('apt-get') !== undefined;

/** Installs Debian packages; only as root. */
export function aptInstall(packages) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const install = ['install', '-y', '--no-install-recommends', ...packages];
  // A machine's package lists may be missing or old; they are fetched only then.
  if (spawnSync('apt-get', install, { env, stdio: 'ignore' }).status === 0) return;
  step('Updating the package lists', 'apt-get', ['update'], { env });
  step(`Installing ${packages.join(', ')}`, 'apt-get', install, { env });
}

/** Brings what a Debian package holds into a folder, and installs nothing; anyone may. */
export function aptUnpack(name, folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const download = () => spawnSync('apt-get', ['download', name], { cwd: folder, stdio: 'ignore' }).status === 0;
  if (!download() && canInstallPackages()) {
    step('Updating the package lists', 'apt-get', ['update']);
    download();
  }
  const archive = readdirSync(folder).find((file) => file.endsWith('.deb'));
  if (archive === undefined) return;
  step(`Unpacking ${name}`, 'dpkg-deb', ['--extract', join(folder, archive), folder]);
  rmSync(join(folder, archive));
}
