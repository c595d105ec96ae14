/** Which node a client asks: one for ever, or of several the one on its own host, and another when that is gone. */
import type { Redis } from 'ioredis';
import { NodeLostError } from './client-error.js';
import { NodeSession } from './node-session.js';
import { Topology, type KnownNode } from './topology.js';

/** How old may be what is known of the nodes when it doesn't tell what one wants to hear. */
const TOPOLOGY_MS_MAX = 2000;
/** Between looks for a node on this host while another is asked. */
const LOOK_MS = 5000;

/** Makes a connection; rejects when the node can't be reached or refuses. */
export type Open = (address: string) => Promise<Redis>;

export interface RouteParts {
  /** In the order of preference among those of one host. */
  addresses: readonly string[];
  /** One of `addresses`, with the credentials that were given for it. */
  open: Open;
  /** Any other node, as one that is connected already. */
  openLike: (redis: Redis, address: string) => Promise<Redis>;
}

export class Route {
  readonly #parts: RouteParts;
  /** The only node to ask, whatever happens to the connection. */
  readonly #fixed: NodeSession | undefined;
  #home: NodeSession | undefined;
  #selecting: Promise<NodeSession> | undefined;
  #topology: Topology | undefined;
  #lookedMs = performance.now();
  /** Every other one that is connected, or through which something is held yet. */
  readonly #others = new Set<NodeSession>();
  #closed = false;

  constructor(parts: RouteParts, fixed?: Redis) {
    this.#parts = parts;
    this.#fixed = fixed && new NodeSession(fixed, { lasting: true });
    this.#home = this.#fixed;
  }

  /** The one that was asked last. */
  get current(): NodeSession | undefined {
    return this.#home;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Is asked of another node when one is lost before it has answered. */
  async read<T>(work: (session: NodeSession) => Promise<T>): Promise<T> {
    return this.#attempt(work, () => true);
  }

  /** Is asked of another node when it never was sent to the one that is lost. */
  async write<T>(work: (session: NodeSession) => Promise<T>): Promise<T> {
    return this.#attempt(work, ({ sent }) => !sent);
  }

  async #attempt<T>(work: (session: NodeSession) => Promise<T>, again: (lost: NodeLostError) => boolean): Promise<T> {
    for (let left = this.#candidates().length; ; left--) {
      const session = await this.home();
      try {
        return await work(session);
      } catch (error) {
        if (!(error instanceof NodeLostError) || left <= 0 || this.#closed || !again(error)) throw error;
        // It may have been a connection for commands that block which noticed first.
        if (session.usable) await session.link.call('PING').catch(() => undefined);
      }
    }
  }

  async home(): Promise<NodeSession> {
    if (this.#home?.usable !== true && !this.#closed) {
      this.#selecting ??= this.#select().finally(() => (this.#selecting = undefined));
      return this.#selecting;
    }
    this.#lookAround();
    return this.#home!;
  }

  /** What is known of the nodes; asked again, unless it is young, when it doesn't pass. */
  async topology(passes: (topology: Topology) => boolean): Promise<Topology> {
    const known = this.#topology;
    if (known !== undefined && (known.ageMs < TOPOLOGY_MS_MAX || passes(known))) return known;
    return (this.#topology = await Topology.ask((await this.home()).link));
  }

  /** Rejects when the node can't be reached under its address. */
  async at({ address, node }: KnownNode): Promise<NodeSession> {
    const home = await this.home();
    const known = [home, ...this.#others].find((session) => session.address === address && session.usable);
    if (known !== undefined) return known;
    const redis = await this.#parts.openLike(home.link.redis, address);
    return this.#keep(new NodeSession(redis, { lasting: false, address, node }));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const sessions = [...(this.#home === undefined ? [] : [this.#home]), ...this.#others];
    await Promise.all(sessions.map((session) => session.close()));
  }

  #candidates(): string[] {
    const { addresses } = this.#parts;
    return [...new Set([...addresses, ...(this.#topology?.nodes ?? []).map(({ address }) => address)])];
  }

  async #select(): Promise<NodeSession> {
    if (this.#home !== undefined) this.#keep(this.#home);
    const failures: string[] = [];
    for (const address of this.#candidates()) {
      try {
        const session = await this.#open(address);
        this.#topology = await this.#topologyBy(session);
        return (this.#home = (await this.#onThisHost(session)) ?? session);
      } catch (error) {
        failures.push(`${withoutPassword(address)}: ${(error as Error).message}`);
      }
    }
    throw new NodeLostError(`no node answers (${failures.join('; ')})`, false);
  }

  /** Who may not ask for it goes without. */
  async #topologyBy(session: NodeSession): Promise<Topology | undefined> {
    try {
      return await Topology.ask(session.link);
    } catch (error) {
      if (error instanceof NodeLostError) throw error;
      return this.#topology;
    }
  }

  /** A node whose memory this process sees; undefined when that is the one that was opened, or there is none. */
  async #onThisHost(opened: NodeSession): Promise<NodeSession | undefined> {
    const here = this.#topology?.here ?? [];
    const { addresses } = this.#parts;
    const rank = ({ address }: KnownNode) => addresses.findIndex((given) => plainAddress(given) === address) >>> 0;
    if (here.some(({ address }) => address === opened.address)) return undefined;
    for (const known of [...here].sort((a, b) => rank(a) - rank(b))) {
      try {
        const redis = await this.#parts.openLike(opened.link.redis, known.address);
        this.#keep(opened);
        return new NodeSession(redis, { lasting: false, ...known });
      } catch {
        // Known, and not to be reached: the next one.
      }
    }
    return undefined;
  }

  async #open(address: string): Promise<NodeSession> {
    const plain = plainAddress(address);
    const node = this.#topology?.nodes.find((known) => known.address === plain)?.node;
    const given = this.#parts.addresses.includes(address);
    const like = this.#home?.link.redis;
    const redis =
      given || like === undefined ? await this.#parts.open(address) : await this.#parts.openLike(like, address);
    return new NodeSession(redis, { lasting: false, address: plain, node });
  }

  /** Back to a node on this host as soon as there is one. */
  #lookAround(): void {
    if (this.#fixed !== undefined || this.#closed || performance.now() - this.#lookedMs < LOOK_MS) return;
    const home = this.#home!;
    if (this.#topology?.here.some(({ address }) => address === home.address) === true) return;
    this.#lookedMs = performance.now();
    this.#topologyBy(home)
      .then(async (topology) => {
        this.#topology = topology;
        const better = await this.#onThisHost(home);
        if (better === undefined) return;
        if (this.#closed || this.#home !== home) await better.close();
        else this.#home = better;
      })
      // The next command notices.
      .catch(() => undefined);
  }

  /** Kept until `close`, or until it is gone and nothing is held through it. */
  #keep(session: NodeSession): NodeSession {
    for (const other of this.#others) if (!other.usable && other.idle) this.#others.delete(other);
    if (session !== this.#fixed) this.#others.add(session);
    return session;
  }
}

/** `host:port` of an address that may have credentials: as nodes tell theirs. */
function plainAddress(address: string): string {
  if (!address.includes('://')) return address;
  const { hostname, port } = new URL(address.replace(/^rediss?:/, 'http:'));
  return `${hostname}:${port === '' ? 6379 : port}`;
}

const withoutPassword = (address: string): string => address.replace(/:[^:@/]*@/, ':***@');
