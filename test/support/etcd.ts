/** A real etcd for the time of a test: one member, with a folder of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import type { Certificate } from './certificates.js';
import { freePorts } from './free-ports.js';

/** Its syncs there don't wait for a disk that all other tests use. */
const MEMORY = '/dev/shm';
/** What it says when clients may come. */
const SERVING = 'serving client';
const START_MS_MAX = 90_000;

export interface EtcdSecurity extends Certificate {
  /** Who signs the certificates that clients have to show. */
  ca: string;
}

/** Where it runs, what it listens on, and how it is started there. */
export interface EtcdPlace {
  host: string;
  clientPort: number;
  peerPort: number;
  /** The folder in which it gets one. */
  folder: string;
  spawn: (program: string, ...args: string[]) => ChildProcess;
}

export class EtcdServer {
  readonly url: string;
  readonly port: number;
  readonly #spawn: EtcdPlace['spawn'];
  readonly #args: readonly string[];
  readonly #folder: string;
  #process: ChildProcess | undefined;

  constructor({ host, clientPort, peerPort, folder, spawn }: EtcdPlace, security?: EtcdSecurity) {
    const peerUrl = `http://${host}:${peerPort}`;
    this.port = clientPort;
    this.url = `${security === undefined ? 'http' : 'https'}://${host}:${clientPort}`;
    this.#spawn = spawn;
    this.#folder = mkdtempSync(join(folder, 'datafabric-etcd-'));
    this.#args = [
      ...['--name', 'test', '--logger', 'zap', '--log-outputs', 'stderr'],
      ...['--listen-client-urls', this.url, '--advertise-client-urls', this.url],
      ...[
        '--listen-peer-urls',
        peerUrl,
        '--initial-advertise-peer-urls',
        peerUrl,
        '--initial-cluster',
        `test=${peerUrl}`,
      ],
      ...(security === undefined
        ? []
        : [
            '--cert-file',
            security.cert,
            '--key-file',
            security.key,
            '--client-cert-auth',
            '--trusted-ca-file',
            security.ca,
          ]),
    ];
  }

  /** On loopback; it runs, and is gone with the test. */
  static async open(t: ExecutionContext, security?: EtcdSecurity): Promise<EtcdServer> {
    const [clientPort, peerPort] = (await freePorts(2)) as [number, number];
    const place = { host: '127.0.0.1', clientPort, peerPort, folder: MEMORY, spawn: spawnHere };
    const server = new EtcdServer(place, security);
    t.teardown(() => server.dispose());
    await server.start();
    return server;
  }

  async start(): Promise<void> {
    const child = this.#spawn('etcd', ...this.#args, '--data-dir', join(this.#folder, 'data'));
    this.#process = child;
    let said = '';
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`etcd doesn't serve in time: ${said}`)), START_MS_MAX);
      child.once('error', (error) => {
        clearTimeout(timer);
        reject(new Error(`NOT RUN: this test needs etcd (${error.message}): node scripts/setup.mjs --tools`));
      });
      child.once('exit', () => {
        clearTimeout(timer);
        reject(new Error(`etcd has ended: ${said}`));
      });
      child.stderr!.setEncoding('utf8').on('data', (text: string) => {
        said = (said + text).slice(-10_000);
        if (!said.includes(SERVING)) return;
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** Without a word to anybody. */
  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  }

  /** What it held is gone. */
  lose(): void {
    rmSync(join(this.#folder, 'data'), { recursive: true });
  }

  async dispose(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true });
  }
}

const spawnHere = (program: string, ...args: string[]): ChildProcess =>
  spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
