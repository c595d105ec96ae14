// Debian's etcd in a process of its own with its own defaults, one member, on free ports of the loopback.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { Etcd3 } from 'etcd3';
import { SetupError } from '../../scripts/step.mjs';
import { toolsEnvironment } from '../../scripts/tools.mjs';
import { freePort } from './port.mjs';
import { end, start } from './processes.mjs';

const START_MS_MAX = 20_000;
const POLL_MS = 50;

export class EtcdServer {
  label = 'etcd';
  folder = mkdtempSync(join(tmpdir(), 'datafabric-bench-'));
  endpoint;
  #child;

  get settings() {
    const version = execFileSync('etcd', ['--version'], { encoding: 'utf8', env: toolsEnvironment() }).split('\n')[0];
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
    this.#child = start('etcd', args, { stdio: 'ignore' });
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
