// What the figures were taken on and with.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statfsSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { root } from '../../scripts/step.mjs';
import { toolsEnvironment } from '../../scripts/tools.mjs';

const GOVERNOR = '/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor';
const SHM_HUGE_PAGES = '/sys/kernel/mm/transparent_hugepage/shmem_enabled';
const GIB = 2 ** 30;

const textOf = (path, otherwise) => (existsSync(path) ? readFileSync(path, 'utf8').trim() : otherwise);
const firstLineOf = (program, args) =>
  execFileSync(program, args, { encoding: 'utf8', env: toolsEnvironment() }).split('\n')[0].trim();

/** The choice in brackets. */
const chosen = (text) => /\[(.+)\]/.exec(text)?.[1] ?? text;

export function machine() {
  const shm = statfsSync('/dev/shm');
  return {
    cpu: cpus()[0].model,
    cores: cpus().length,
    hypervisor: /^flags.*\bhypervisor\b/m.test(readFileSync('/proc/cpuinfo', 'latin1')) ? 'yes' : 'no',
    kernel: release(),
    governor: textOf(GOVERNOR, 'not shown by this machine'),
    'huge pages of shared memory': chosen(textOf(SHM_HUGE_PAGES, 'unknown')),
    'memory GiB': (totalmem() / GIB).toFixed(1),
    '/dev/shm GiB': ((shm.blocks * shm.bsize) / GIB).toFixed(1),
    'load average at the start': loadavg()
      .map((load) => load.toFixed(2))
      .join(' '),
  };
}

const PYTHON_VERSIONS = `
import platform, redis, numpy
try:
    import hiredis
    parser = 'hiredis ' + hiredis.__version__
except ImportError:
    parser = "its own parser, hiredis isn't installed"
print(f'Python {platform.python_version()}, redis-py {redis.__version__} with {parser}, NumPy {numpy.__version__}')
`;

export function versions() {
  const packageOf = (path) => JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8')).version;
  return {
    datafabric: `${packageOf('.')}, ${firstLineOf('git', ['-C', root, 'describe', '--always', '--dirty'])}`,
    node: process.version,
    redis: firstLineOf('redis-server', ['--version']),
    python: firstLineOf('python3', ['-c', PYTHON_VERSIONS]),
    ioredis: packageOf('node_modules/ioredis'),
    compiler: firstLineOf(process.env.CXX ?? 'g++', ['--version']),
  };
}
