/** Three nodes that are one fabric, each on a host of its own; clients on each host reach its node whatever becomes of the network. */
import { setTimeout } from 'node:timers/promises';
import { ConnectionLost, Link, Refused } from '../campaign/link.js';
import { fieldsOf, textIn } from '../campaign/records.js';
import { Hosts, type HostsKind } from '../hosts/hosts.js';
import type { Host } from '../hosts/host.js';
import type { LoadClient } from '../history/load.js';
import { monotonicNs } from '../history/recorder.js';
import type { TestServer } from '../support/server.js';

export const NODES = ['alpha', 'beta', 'gamma'] as const;
export type NodeName = (typeof NODES)[number];
export const COORDINATOR: NodeName = 'alpha';

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
const LOGGED = /^\{.*"time":(\d+),.*"msg":"node (\w+) (is down|has to join again|joins again|has joined)/;

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
  /** Of each node's process. */
  env?: (host: Host) => NodeJS.ProcessEnv;
}

export class Trio {
  readonly hosts: Hosts;
  readonly #servers: ReadonlyMap<string, TestServer>;

  private constructor(hosts: Hosts, servers: ReadonlyMap<string, TestServer>) {
    this.hosts = hosts;
    this.#servers = servers;
  }

  static async open({ kind, clocks = false, downMs = DOWN_MS, env = () => ({}) }: TrioOptions = {}): Promise<Trio> {
    const hosts = await Hosts.open({ names: NODES, clocks, ...(kind && { kind }) });
    const servers = hosts.all.map((host): [string, TestServer] => [
      host.name,
      serverOn(hosts, host, downMs, env(host)),
    ]);
    const trio = new Trio(hosts, new Map(servers));
    try {
      await Promise.all(servers.map(([, server]) => server.start()));
      await trio.joined();
      return trio;
    } catch (error) {
      await hosts.close();
      throw error;
    }
  }

  server(node: string): TestServer {
    return this.#servers.get(node)!;
  }

  host(node: string): Host {
    return this.hosts.host(node);
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

  /** When the coordinator took nodes for down, as its log has it. */
  absences(): Absence[] {
    const absences = new Map<string, Absence[]>(NODES.map((node) => [node, []]));
    const behindNs = monotonicNs() - Date.now() * 1e6;
    for (const line of this.server(COORDINATOR).output().split('\n')) {
      const [, time, node, what] = LOGGED.exec(line) ?? [];
      if (time === undefined || node === undefined) continue;
      const atNs = Number(time) * 1e6 + behindNs;
      const spans = absences.get(node)!;
      if (what !== 'has joined') spans.push({ nodes: [node], fromNs: atNs - UNHEARD_MS * 1e6, toNs: Infinity });
      else for (const span of spans) span.toNs = Math.min(span.toNs, atNs + UNHEARD_MS * 1e6);
    }
    return [...absences.values()].flat();
  }

  /** Of each node's log. */
  lastWords(lines = 12): string {
    return [...this.#servers]
      .map(([node, server]) => `--- ${node}\n${server.output().trimEnd().split('\n').slice(-lines).join('\n')}`)
      .join('\n');
  }

  async close(): Promise<void> {
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
      return replies.flat().every((reply) => textIn(fieldsOf(reply), 'state') === 'up');
    } catch (error) {
      if (error instanceof ConnectionLost || error instanceof Refused) return false;
      throw error;
    }
  }
}

function serverOn(hosts: Hosts, host: Host, downMs: number, env: NodeJS.ProcessEnv): TestServer {
  return host.server({
    env,
    config: {
      node: { segments_mib: [32] },
      log: { level: 'info' },
      times: { quarantine_ms: '50ms', restart_grace_ms: '1ms' },
      cluster: {
        name: 'trio',
        password: 'among nodes',
        coordinator: COORDINATOR,
        heartbeat_ms: `${HEARTBEAT_MS}ms`,
        down_ms: `${downMs}ms`,
        rejoin_wait_ms: `${REJOIN_WAIT_MS}ms`,
      },
    },
    nodes: hosts.all.map((other) => ({
      name: other.name,
      host: host.addressOf(other),
      port: other.port,
      zone: other.name,
      segments_mib: [32],
    })),
  });
}
