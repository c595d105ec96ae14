/** Several servers as one cluster, on an address of the loopback that nobody else has. */
import { randomBytes, randomInt } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import type { ExecutionContext } from 'ava';
import { Redis } from 'ioredis';
import type { Authority } from './certificates.js';
import { TestServer } from './server.js';

const FIRST_PORT = 6379;
const FIRST_TLS_PORT = 16379;
const LOOK_MS = 20;
const PASSWORD = 'the nodes know it';

export interface ClusterOptions {
  /** Their names end with these; the coordinator is the first. */
  nodes: readonly string[];
  /** What a node's server becomes by exec, by the end of the node's name. */
  launchers?: Readonly<Record<string, readonly string[]>>;
  segmentMib?: number;
  /** By whom the nodes know each other: they speak TLS then, too. */
  authority?: Authority;
  /** Keys of `[cluster]`, beside or instead of those of tests. */
  cluster?: Readonly<Record<string, string | number>>;
}

/**
 * For those who wait until a node counts as down. Others have longer: on a busy machine no node may seem to be away which is only
 * not let run.
 */
export const SOON_DOWN = { down_ms: '3s' };

export class TestCluster {
  readonly host = `127.${randomInt(1, 255)}.${randomInt(1, 255)}.${randomInt(2, 255)}`;
  readonly folder = mkdtempSync(join(tmpdir(), 'datafabric-test-'));
  readonly configPath = join(this.folder, 'cluster.toml');
  readonly prefix = `dftest${process.pid}`;
  readonly servers: readonly TestServer[];
  readonly #names: readonly string[];

  constructor({ nodes, launchers = {}, segmentMib = 16, authority, cluster = {} }: ClusterOptions) {
    const mark = randomBytes(4).toString('hex');
    this.#names = nodes.map((name) => `t${mark}-${name}`);
    writeFileSync(this.configPath, this.#config(segmentMib, cluster, authority));
    this.servers = nodes.map((name, index) => {
      const node = this.#names[index]!;
      const serveArguments = ['--config', this.configPath, '--node', node];
      return new TestServer({
        node,
        prefix: this.prefix,
        host: this.host,
        parent: this.folder,
        serveArguments,
        launcher: launchers[name] ?? [],
      });
    });
  }

  addressOf(index: number): string {
    return `${this.host}:${FIRST_PORT + index}`;
  }

  /** Files that a node keeps over restarts. */
  stateOf(index: number): string {
    return join(this.folder, 'state', this.#names[index]!);
  }

  tlsPortOf(index: number): number {
    return FIRST_TLS_PORT + index;
  }

  get addresses(): string[] {
    return this.servers.map((_, index) => this.addressOf(index));
  }

  /** Resolves when all have joined and every node knows of the others' memory. */
  async start(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.start()));
    await Promise.all(this.servers.map((_, index) => this.#knowsAll(index)));
  }

  async #knowsAll(index: number): Promise<void> {
    const redis = new Redis(FIRST_PORT + index, this.host, { protocol: 2 });
    try {
      for (;;) {
        const segments = (await redis.call('FABRIC.SEGMENTS')) as unknown[][];
        const nodes = new Set(segments.map((segment) => segment[segment.indexOf('node') + 1]));
        if (nodes.size === this.servers.length) return;
        await after(LOOK_MS);
      }
    } finally {
      redis.disconnect();
    }
  }

  async dispose(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.dispose()));
    rmSync(this.folder, { recursive: true, force: true });
  }

  #config(
    segmentMib: number,
    cluster: NonNullable<ClusterOptions['cluster']>,
    authority: Authority | undefined,
  ): string {
    const times = { heartbeat_ms: '100ms', down_ms: '10s', rejoin_wait_ms: '1s' };
    const tls = authority === undefined ? {} : { tls_ca: authority.ca };
    const keys = Object.entries({ password: PASSWORD, ...times, ...tls, ...cluster });
    const nodes = this.#names.map((name, index) =>
      [
        '[[nodes]]',
        `name = "${name}"`,
        `host = "${this.host}"`,
        `port = ${FIRST_PORT + index}`,
        ...(authority === undefined ? [] : [`tls_port = ${this.tlsPortOf(index)}`]),
        `zone = "z${index}"`,
        `segments_mib = [${segmentMib}]`,
      ].join('\n'),
    );
    return [
      ['[cluster]', ...keys.map(([key, value]) => `${key} = ${JSON.stringify(value)}`)].join('\n'),
      ...nodes,
      `[node]\nshm_prefix = "${this.prefix}"\nstate_dir = "${join(this.folder, 'state')}"`,
      `[listen]\nhosts = ["${this.host}"]`,
      ...(authority === undefined ? [] : [this.#tls(authority)]),
      '[times]\nquarantine_ms = 100\nrestart_grace_ms = 100',
      '[log]\nformat = "json"\nlevel = "info"',
      '',
    ].join('\n\n');
  }

  #tls(authority: Authority): string {
    const { cert, key } = authority.issue('node', this.host);
    return `[tls]\nhosts = ["${this.host}"]\ncert = "${cert}"\nkey = "${key}"`;
  }
}

/** Starts a cluster, and ends it with the test. */
export async function startCluster(t: ExecutionContext, options: ClusterOptions): Promise<TestCluster> {
  const cluster = new TestCluster(options);
  t.teardown(async () => {
    if (!t.passed) for (const server of cluster.servers) t.log(server.output());
    await cluster.dispose();
  });
  await cluster.start();
  return cluster;
}
