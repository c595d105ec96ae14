// What the tests, the bench and the demo need beside the project itself: a Redis to compare with, its clients, openssl for certificates, an etcd for
// elections and to measure META against, and a Python with redis-py and numpy; for test hosts the programs that make namespaces. `build-tools/` holds links to what was found; it goes to the front of their PATH.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { SetupError, aptInstall, aptUnpack, canInstallPackages, root, step, which } from './step.mjs';

const folder = join(root, 'build-tools');
const REDIS_PROGRAMS = ['redis-server', 'redis-cli', 'redis-benchmark'];
/** Makes the certificates of the tests. */
const OPENSSL = 'openssl';
/** Elects the coordinators of the tests, and META's commits are measured against it. */
const ETCD = 'etcd';
const PROBE = 'import redis, numpy';
/** Programs for test hosts, and the packages that have them. */
const HOST_PROGRAMS = {
  ip: 'iproute2',
  nsenter: 'util-linux',
  unshare: 'util-linux',
  hostname: 'hostname',
  fallocate: 'util-linux',
};
/** Test hosts whose clocks differ load it where it is; nothing else needs it. */
const FAKETIME = 'libfaketime';

/** An environment in which they are found first. */
export function toolsEnvironment() {
  return { ...process.env, PATH: `${folder}${delimiter}${process.env.PATH ?? ''}` };
}

export function toolsAreReady() {
  return ['python3', OPENSSL, ETCD, ...REDIS_PROGRAMS].every((program) => existsSync(join(folder, program)));
}

export function setUpTools() {
  mkdirSync(folder, { recursive: true });
  const redis = findRedis() ?? installRedis();
  for (const program of REDIS_PROGRAMS) link(program, redis[program]);
  link(OPENSSL, which(OPENSSL) ?? installOpenssl());
  link(ETCD, which(ETCD) ?? unpackEtcd());
  wrapPython(findPython() ?? installPython());
}

export function setUpHosts() {
  const missing = Object.keys(HOST_PROGRAMS).filter((program) => which(program) === undefined);
  const packages = [...new Set(missing.map((program) => HOST_PROGRAMS[program])), ...(hasFaketime() ? [] : [FAKETIME])];
  if (packages.length === 0) return;
  if (canInstallPackages()) return aptInstall(packages);
  const advice = `On Debian: sudo apt-get install ${packages.join(' ')}`;
  if (missing.length > 0) throw new SetupError(`Test hosts need ${missing.join(', ')}. ${advice}`);
  console.error(`Without ${FAKETIME} no clock is skewed. ${advice}`);
}

function hasFaketime() {
  return readdirSync('/usr/lib').some((folder) => existsSync(join('/usr/lib', folder, 'faketime/libfaketimeMT.so.1')));
}

/** Debian's redis-server is a link to redis-check-rdb of redis-tools, which then starts no service that takes port 6379. */
function findRedis() {
  const programs = {
    'redis-server': which('redis-server') ?? which('redis-check-rdb'),
    'redis-cli': which('redis-cli'),
    'redis-benchmark': which('redis-benchmark'),
  };
  return Object.values(programs).every(Boolean) ? programs : undefined;
}

function installRedis() {
  if (canInstallPackages()) aptInstall(['redis-tools']);
  const programs = findRedis();
  if (programs) return programs;
  throw new SetupError(
    'The tests and the demo compare with a real Redis: redis-server, redis-cli and redis-benchmark are missing. On Debian: sudo apt-get install redis-tools',
  );
}

function installOpenssl() {
  if (canInstallPackages()) aptInstall(['openssl']);
  const program = which(OPENSSL);
  if (program) return program;
  throw new SetupError(
    'The tests make certificates with openssl, which is missing. On Debian: sudo apt-get install openssl',
  );
}

/** Not installed: Debian's package would start a service, which takes ports 2379 and 2380. */
function unpackEtcd() {
  const unpacked = join(folder, 'etcd-server');
  if (which('apt-get')) aptUnpack('etcd-server', unpacked);
  const program = join(unpacked, 'usr/bin', ETCD);
  if (existsSync(program)) return program;
  throw new SetupError(
    'The tests elect coordinators by a real etcd, and the bench measures META against it; it is missing. On Debian: sudo apt-get install etcd-server',
  );
}

function findPython() {
  const candidates = [
    process.env.PYTHON,
    which('python3'),
    '/usr/bin/python3',
    join(root, 'build-tools/venv/bin/python3'),
  ];
  return candidates.find((python) => python && spawnSync(python, ['-c', PROBE], { stdio: 'ignore' }).status === 0);
}

function installPython() {
  if (canInstallPackages()) {
    aptInstall(['python3-redis', 'python3-numpy']);
  } else {
    const advice =
      'The tests and the demo need python3 with redis and numpy. On Debian: sudo apt-get install python3-redis python3-numpy';
    const venv = join(folder, 'venv');
    step('Making a Python environment', which('python3') ?? 'python3', ['-m', 'venv', venv], { advice });
    step('Installing redis and numpy', join(venv, 'bin/pip'), ['install', '--quiet', 'redis', 'numpy'], { advice });
  }
  const python = findPython();
  if (python) return python;
  throw new SetupError(
    'No python3 here can import redis and numpy, even after installing them; set PYTHON to one that can.',
  );
}

function link(program, target) {
  const path = join(folder, program);
  rmSync(path, { force: true });
  symlinkSync(target, path);
}

/** A script, because an interpreter that is reached through a link doesn't find its environment. */
function wrapPython(python) {
  const path = join(folder, 'python3');
  rmSync(path, { force: true });
  writeFileSync(path, `#!/bin/sh\nexec '${python.replaceAll("'", `'\\''`)}' "$@"\n`);
  chmodSync(path, 0o755);
}
