/**
 * Three nodes that are one fabric, each on a host of its own; clients on each host reach its node whatever becomes of the network. Their coordinator
 * is the first, or they elect one through an etcd on a fourth host.
 */
import { tmpdir } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { ConnectionLost, Link, Refused } from '../campaign/link.js';
import { fieldsOf, textIn } from '../campaign/records.js';
import { Hosts, type HostsKind } from '../hosts/hosts.js';
import type { Host } from '../hosts/host.js';
import { monotonicNs } from '../history/recorder.js';
import type { LoadClient } from '../history/load.js';
import { EtcdServer } from '../support/etcd.js';
import type { TestServer } from '../support/server.js';

export const NODES = ['alpha', 'beta', 'gamma'] as const;
export type NodeName = (typeof NODES)[number];
export const COORDINATOR: NodeName = 'alpha';

export const SEGMENT_MIB = 32;
export const HEARTBEAT_MS = 100;
export const DOWN_MS = 600;
/** Longer than any fault: no node is done without. */
const REJOIN_WAIT_MS = 60_000;
/** Of a client that gives up on a node; twice what the nodes wait for each other at most. */
export const PATIENCE_MS = 10 * DOWN_MS;
const JOINED_MS_MAX = 30_000;
const ASK_MS_MAX = 2000;
/** A node that counts as down may have been without the coordinator for so long before, and for as long after. */
const UNHEARD_MS = DOWN_MS + HEARTBEAT_MS;
const ETCD = 'etcd';
const ETCD_PORTS = [2379, 2380] as const;
const NODE_PORT = 7000;
const LOGGED = /^\{.*"time":(\d+),.*"msg":"node (\w+) (is down|has to join again|joins again|has joined)/;

const JOINED = /^\{.*"time":(\d+),.*"msg":"joined cluster/;
const ELECTED = /^\{.*"time":(\d+),.*"msg":"elected coordinator, term (\d+)"/;

/** Who was elected, and when it said so. */
export interface Tenure {
  node: NodeName;
  term: number;
  atNs: number;
}

/** Nodes that may not hear of changes, and when. */
export interface Absence {
  nodes: readonly string[];
  fromNs: number;
  toNs: number;
}

const LOOK_MS = 20;

export interface TrioOptions {
  /** Without: namespaces where they are permitted. */
  kind?: HostsKind | undefined;
  clocks?: boolean;
  downMs?: number;
  rejoinWaitMs?: number;
  /** They elect their coordinator, for so long at a time. */
  leaseMs?: number | undefined;
  /** Of each node's process. */
  env?: (host: Host) => NodeJS.ProcessEnv;
}

export class Trio {
  readonly hosts: Hosts;
  readonly #servers: ReadonlyMap<string, TestServer>;
  readonly #etcd: EtcdServer | undefined;

  private constructor(hosts: Hosts, servers: ReadonlyMap<string, TestServer>, etcd: EtcdServer | undefined) {
    this.hosts = hosts;
    this.#servers = servers;
    this.#etcd = etcd;
  }

  static async open(options: TrioOptions = {}): Promise<Trio> {
    const { kind, clocks = false, leaseMs } = options;
    const names = leaseMs === undefined ? NODES : [...NODES, ETCD];
    const hosts = await Hosts.open({ names, ports: [NODE_PORT, ...ETCD_PORTS], clocks, ...(kind && { kind }) });
    const etcd = leaseMs === undefined ? undefined : etcdOn(hosts.host(ETCD));
    const servers = NODES.map((node) => [node, serverOn(hosts, hosts.host(node), options)] as const);
    const trio = new Trio(hosts, new Map(servers), etcd);
    try {
      await etcd?.start();
      await Promise.all(servers.map(([, server]) => server.start()));
      await trio.joined();
      return trio;
    } catch (error) {
      await trio.close();
      throw error;
    }
  }

  server(node: string): TestServer {
    return this.#servers.get(node)!;
  }

  host(node: string): Host {
    return this.hosts.host(node);
  }

  /** Where etcd is; to be cut off from. */
  get etcdHost(): Host {
    return this.hosts.host(ETCD);
  }

  client(node: string, name = `at ${node}`, patienceMs = PATIENCE_MS): LoadClient {
    return { name, node, connect: () => this.link(node, patienceMs) };
  }

  link(node: string, patienceMs = PATIENCE_MS): Link {
    return new Link({ ...this.host(node).local, connectTimeout: ASK_MS_MAX, commandTimeout: patienceMs });
  }

  /** Resolves when all nodes have joined, and stay so for some heartbeats: one that was away hears late that it has to join again. */
  async joined(): Promise<void> {
    const deadline = performance.now() + JOINED_MS_MAX;
    for (let sinceMs = performance.now(); performance.now() - sinceMs < 3 * HEARTBEAT_MS;) {
      await setTimeout(LOOK_MS);
      if (performance.now() > deadline) throw new Error(`the nodes don't come together:\n${this.lastWords()}`);
      if (!(await this.#areJoined())) sinceMs = performance.now();
    }
  }

  /** Resolves after that time, in which all must be joined whenever they are looked at. */
  async stays(ms: number): Promise<void> {
    for (const endMs = performance.now() + ms; performance.now() < endMs;) {
      await setTimeout(LOOK_MS);
      if (!(await this.#areJoined())) throw new Error(`the nodes don't stay together:\n${this.lastWords()}`);
    }
  }

  /** Resolves when the coordinator takes that node for down. */
  async down(node: string): Promise<void> {
    const link = this.link(COORDINATOR);
    const deadline = performance.now() + JOINED_MS_MAX;
    try {
      for (;;) {
        const states = ((await link.call('FABRIC.NODES')) as unknown[]).map(fieldsOf);
        if (states.some((fields) => textIn(fields, 'node') === node && textIn(fields, 'state') === 'down')) return;
        if (performance.now() > deadline) throw new Error(`${node} doesn't go down:\n${this.lastWords()}`);
        await setTimeout(LOOK_MS);
      }
    } finally {
      link.close();
    }
  }

  /** When a coordinator took nodes for down, as its log has it. */
  absences(): Absence[] {
    const absences = new Map<string, Absence[]>(NODES.map((node) => [node, []]));
    const entries = NODES.flatMap((node) => this.#logged(node, LOGGED)).sort(([a], [b]) => a - b);
    for (const [atNs, node, what] of entries) {
      const spans = absences.get(node!)!;
      if (what !== 'has joined') spans.push({ nodes: [node!], fromNs: atNs - UNHEARD_MS * 1e6, toNs: Infinity });
      else for (const span of spans) span.toNs = Math.min(span.toNs, atNs + UNHEARD_MS * 1e6);
    }
    return [...absences.values()].flat();
  }

  /** Lines of a node's log that match, each with its time and the groups after that. */
  #logged(node: string, pattern: RegExp): [atNs: number, ...groups: string[]][] {
    const behindNs = monotonicNs() - Date.now() * 1e6;
    return this.server(node)
      .output()
      .split('\n')
      .flatMap((line): [number, ...string[]][] => {
        const [, time, ...groups] = pattern.exec(line) ?? [];
        return time === undefined ? [] : [[Number(time) * 1e6 + behindNs, ...groups]];
      });
  }

  /** Of an etcd's elections, in their order. */
  tenures(): Tenure[] {
    const tenures = NODES.flatMap((node) =>
      this.#logged(node, ELECTED).map(([atNs, term]): Tenure => ({ node, term: Number(term), atNs })),
    );
    return tenures.sort((a, b) => a.term - b.term);
  }

  /** When the node has joined a coordinator, each time. */
  joiningsOf(node: NodeName): number[] {
    return this.#logged(node, JOINED).map(([atNs]) => atNs);
  }

  /** Resolves to the first who is elected after that term. */
  async electedAfter(term: number): Promise<Tenure> {
    for (const deadline = performance.now() + JOINED_MS_MAX; performance.now() < deadline;) {
      const next = this.tenures().find((tenure) => tenure.term > term);
      if (next !== undefined) return next;
      await setTimeout(LOOK_MS);
    }
    throw new Error(`nobody is elected after term ${term}:\n${this.lastWords()}`);
  }

  /** Of each node's log. */
  lastWords(lines = 12): string {
    return [...this.#servers]
      .map(([node, server]) => `--- ${node}\n${server.output().trimEnd().split('\n').slice(-lines).join('\n')}`)
      .join('\n');
  }

  async close(): Promise<void> {
    await this.#etcd?.dispose();
    await this.hosts.close();
  }

  async #areJoined(): Promise<boolean> {
    const asked = NODES.map(async (node) => {
      const link = this.link(node, ASK_MS_MAX);
      try {
        // Answered by the coordinator only.
        await link.call('DBSIZE');
        return (await link.call('FABRIC.NODES')) as unknown[];
      } finally {
        link.close();
      }
    });
    try {
      const replies = await Promise.all(asked);
      return replies.flat().every((reply) => ['up', 'draining'].includes(textIn(fieldsOf(reply), 'state')));
    } catch (error) {
      if (error instanceof ConnectionLost || error instanceof Refused) return false;
      throw error;
    }
  }
}

function etcdOn(host: Host): EtcdServer {
  const [clientPort, peerPort] = ETCD_PORTS;
  const spawn = (program: string, ...args: string[]) => host.spawn(program, ...args);
  return new EtcdServer({ host: host.address, clientPort, peerPort, folder: tmpdir(), spawn });
}

function serverOn(hosts: Hosts, host: Host, options: TrioOptions): TestServer {
  const { downMs = DOWN_MS, rejoinWaitMs = REJOIN_WAIT_MS, leaseMs, env = () => ({}) } = options;
  const election =
    leaseMs === undefined
      ? { coordinator: COORDINATOR }
      : {
          election: 'etcd',
          etcd_endpoints: [`http://${host.addressOf(hosts.host(ETCD))}:${ETCD_PORTS[0]}`],
          lease_ms: `${leaseMs}ms`,
        };
  return host.server({
    env: env(host),
    config: {
      node: { segments_mib: [SEGMENT_MIB] },
      log: { level: 'info' },
      times: { quarantine_ms: '50ms', restart_grace_ms: '1ms' },
      cluster: {
        name: 'trio',
        password: 'among nodes',
        ...election,
        heartbeat_ms: `${HEARTBEAT_MS}ms`,
        down_ms: `${downMs}ms`,
        rejoin_wait_ms: `${rejoinWaitMs}ms`,
      },
    },
    nodes: NODES.map((name) => {
      const other = hosts.host(name);
      return { name, host: host.addressOf(other), port: other.port, zone: name, segments_mib: [SEGMENT_MIB] };
    }),
  });
}
