// Debian's redis-server in a process of its own, without persistence, on a free port of the loopback.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Redis } from 'ioredis';
import { freePort } from './port.mjs';
import { end, start } from './processes.mjs';

/** No persistence; values beyond 512 MiB and requests beyond 1 GiB allowed, which they are not by default. */
const SETTINGS = {
  bind: '127.0.0.1',
  save: '',
  appendonly: 'no',
  'proto-max-bulk-len': '4gb',
  'client-query-buffer-limit': '4gb',
};

export class RedisServer {
  label = 'Redis';
  folder = mkdtempSync(join(tmpdir(), 'datafabric-bench-'));
  client;
  port;
  #cpu;
  #child;

  constructor({ cpu } = {}) {
    this.#cpu = cpu;
  }

  get pid() {
    return this.#child.pid;
  }

  get settings() {
    return { ...SETTINGS, cpu: this.#cpu ?? 'any' };
  }

  async start() {
    this.port = await freePort();
    const settings = { ...SETTINGS, port: this.port, dir: this.folder };
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
    this.#child = start('redis-server', args, { cpu: this.#cpu });
    await this.#ready();
    this.client = new Redis(this.port, '127.0.0.1', { retryStrategy: null });
    return this;
  }

  async stop() {
    this.client.disconnect();
    await end(this.#child, 'SIGKILL');
    this.removeObjects();
  }

  removeObjects() {
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #ready() {
    let said = '';
    for await (const line of createInterface({ input: this.#child.stdout })) {
      said += `${line}\n`;
      if (!/ready to accept connections/i.test(line)) continue;
      this.#child.stdout.resume();
      return;
    }
    throw new Error(`redis-server did not start:\n${said}`);
  }
}
