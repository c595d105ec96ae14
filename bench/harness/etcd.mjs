// Debian's etcd in a process of its own with its own defaults, one member, on free ports of the loopback.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { Etcd3 } from 'etcd3';
import { root, SetupError, which } from '../../scripts/step.mjs';
import { freePort } from './port.mjs';
import { end, start } from './processes.mjs';

const START_MS_MAX = 20_000;
const POLL_MS = 50;
const unpacked = join(root, 'build-tools/etcd-server');
const PROGRAM = join(unpacked, 'usr/bin/etcd');

/** The one that is there, or Debian's package, unpacked and not installed: that would start a service. */
function program() {
  const found = which('etcd') ?? (existsSync(PROGRAM) ? PROGRAM : undefined);
  if (found !== undefined) return found;
  mkdirSync(unpacked, { recursive: true });
  try {
    const options = { cwd: unpacked, stdio: ['ignore', 'ignore', 'pipe'] };
    execFileSync('apt-get', ['download', 'etcd-server'], options);
    const file = readdirSync(unpacked).find((name) => name.endsWith('.deb'));
    execFileSync('dpkg-deb', ['-x', file, unpacked], options);
  } catch (error) {
    throw new SetupError(`no etcd, and Debian's etcd-server can't be fetched: ${error.message}`);
  }
  return PROGRAM;
}

export class EtcdServer {
  label = 'etcd';
  folder = mkdtempSync(join(tmpdir(), 'datafabric-bench-'));
  endpoint;
  #program = program();
  #child;

  get settings() {
    const version = execFileSync(this.#program, ['--version'], { encoding: 'utf8' }).split('\n')[0];
    return { version, members: 1, options: 'its defaults (each commit is synced)', client: 'etcd3 over gRPC' };
  }

  client() {
    return new Etcd3({ hosts: this.endpoint });
  }

  async start() {
    this.endpoint = `http://127.0.0.1:${await freePort()}`;
    const peers = `http://127.0.0.1:${await freePort()}`;
    const options = {
      'data-dir': join(this.folder, 'data'),
      'listen-client-urls': this.endpoint,
      'advertise-client-urls': this.endpoint,
      'listen-peer-urls': peers,
      'initial-advertise-peer-urls': peers,
      'initial-cluster': `default=${peers}`,
    };
    const args = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
    this.#child = start(this.#program, args, { stdio: 'ignore' });
    await this.#ready();
    return this;
  }

  async stop() {
    await end(this.#child, 'SIGKILL');
    this.removeObjects();
  }

  removeObjects() {
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #ready() {
    const deadline = performance.now() + START_MS_MAX;
    for (;;) {
      if (await this.#isHealthy()) return;
      if (performance.now() > deadline) throw new SetupError(`etcd is not healthy within ${START_MS_MAX} ms`);
      await setTimeout(POLL_MS);
    }
  }

  #isHealthy() {
    return new Promise((resolve) => {
      const asked = get(`${this.endpoint}/health`, (reply) => {
        reply.resume();
        resolve(reply.statusCode === 200);
      });
      asked.once('error', () => resolve(false));
    });
  }
}
