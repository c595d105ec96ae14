// A node of ours in a process of its own, with its own objects and state, on a free port of the loopback.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { root } from '../../scripts/step.mjs';
import { freePort } from './port.mjs';
import { end, firstLine, start } from './processes.mjs';

const CLI = join(root, 'dist/cli/main.js');
const PREFIX = 'fabric';
const READY_FD = 3;
const QUARANTINE_POLL_MS = 10;

const table = (title, keys) =>
  [title, ...Object.entries(keys).map(([key, value]) => `${key} = ${JSON.stringify(value)}`), ''].join('\n');

/** A section that is a list stands once for each of its items. */
const toToml = (sections) =>
  Object.entries(sections)
    .flatMap(([name, keys]) =>
      Array.isArray(keys) ? keys.map((item) => table(`[[${name}]]`, item)) : [table(`[${name}]`, keys)],
    )
    .join('\n');

/** The variables a server must not inherit from whoever runs the bench. */
const CLEAN = { NODE_OPTIONS: '', DATAFABRIC_PASSWORD: '' };

export class FabricNode {
  label = 'Datafabric';
  name = `b${randomBytes(3).toString('hex')}`;
  folder = mkdtempSync(join(tmpdir(), 'datafabric-bench-'));
  client;
  port;
  config;
  #cpu;
  #child;

  /** `config`: sections and keys beside what every node of the bench has. */
  constructor({ config = {}, cpu } = {}) {
    this.#cpu = cpu;
    const own = {
      node: { name: this.name, shm_prefix: PREFIX, state_dir: join(this.folder, 'state') },
      listen: {},
      log: { level: 'warn' },
    };
    const sections = new Set([...Object.keys(own), ...Object.keys(config)]);
    this.config = Object.fromEntries([...sections].map((name) => [name, { ...own[name], ...config[name] }]));
  }

  get pid() {
    return this.#child.pid;
  }

  get settings() {
    return { ...this.config, cpu: this.#cpu ?? 'any' };
  }

  /** Before the start: it is one of several. */
  joinCluster(cluster, nodes) {
    Object.assign(this.config, { cluster, nodes });
  }

  /** Resolves when it accepts connections. */
  async start() {
    // The same port after a restart, so that a client can wait for it.
    this.port ??= await freePort();
    this.config.listen.port = this.port;
    const path = join(this.folder, 'node.toml');
    writeFileSync(path, toToml(this.config));
    const args = [CLI, 'serve', '--config', path, '--ready-fd', READY_FD];
    this.#child = start(process.execPath, args, {
      cpu: this.#cpu,
      stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
      env: CLEAN,
    });
    await firstLine({ stdout: this.#child.stdio[READY_FD] });
    this.client = new Redis(this.port, '127.0.0.1', { retryStrategy: null });
    return this;
  }

  objects() {
    return readdirSync('/dev/shm').filter((object) => object.startsWith(`${PREFIX}.${this.name}.`));
  }

  /** Deletes all variables, and waits until their memory is free again: an address that was handed out is quarantined. */
  async empty() {
    await this.client.flushall();
    await this.freed();
  }

  /** Waits until no memory is in quarantine. */
  async freed() {
    while ((await this.quarantinedBytes()) > 0) await setTimeout(QUARANTINE_POLL_MS);
  }

  async quarantinedBytes() {
    const segments = await this.client.call('FABRIC.SEGMENTS');
    return segments.reduce((sum, segment) => sum + segment[segment.indexOf('quarantined_bytes') + 1], 0);
  }

  async end(signal) {
    this.client.disconnect();
    await end(this.#child, signal);
  }

  async stop() {
    await this.end('SIGKILL');
    this.removeObjects();
  }

  removeObjects() {
    for (const object of this.objects()) unlinkSync(join('/dev/shm', object));
    rmSync(this.folder, { recursive: true, force: true });
  }
}
