/**
 * Tells those who listen to keys of each new version, also of those that other processes make: while somebody listens, and only then, the store is
 * asked at intervals. A store's own notices (inotify) wouldn't do: network file systems give none, and a folder's comes before the version is in it.
 */
import { Breather } from '../util/breather.js';
import { together } from '../util/together.js';
import { Follower } from './follower.js';
import type { Meta } from './meta.js';

/** Keys that somebody listens to. */
export interface Audience {
  keys: ReadonlySet<string>;
  /** By their texts. */
  patterns: ReadonlyMap<string, (key: string) => boolean>;
}

export interface WatchParts {
  meta: () => Promise<Pick<Meta, 'news' | 'names'>>;
  /** Who listens at the moment. */
  audience: () => Audience;
  publish: (key: string, version: number) => void;
  /** Between two looks, in ms. */
  intervalMs: () => number;
  onError: (error: unknown) => void;
}

const LOOKS_AT_ONCE = 16;

export class Watch {
  readonly #parts: WatchParts;
  readonly #followers = new Map<string, Follower>();
  /** Patterns whose keys are all followed: another that appears is new. */
  readonly #patterns = new Set<string>();
  /** Those who are about to listen. */
  readonly #coming = new Set<Audience>();
  #timer: NodeJS.Timeout | undefined;
  #rounds: Promise<unknown> = Promise.resolve();
  #closed = false;
  /** The store failed at the last look: said once. */
  #failing = false;

  constructor(parts: WatchParts) {
    this.#parts = parts;
  }

  /** Lets somebody listen by `enter`, so that what is made afterwards is told: what there was before has been looked at by then. */
  async begin(audience: Audience, enter: () => void): Promise<void> {
    this.#coming.add(audience);
    await this.#round(audience);
    try {
      enter();
    } finally {
      this.#coming.delete(audience);
      this.#schedule();
    }
  }

  /** This node has made a version. */
  wrote(key: string, version: number): void {
    const follower = this.#followers.get(key) ?? this.#newcomer(key);
    if (follower === undefined) this.#parts.publish(key, version);
    else follower.wrote(version)?.catch((error: unknown) => this.#failed(error));
  }

  /** Looks at once: something has brought versions. */
  nudge(): void {
    if (this.#timer !== undefined) void this.#round();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#closed) return;
    this.#timer = setTimeout(() => void this.#tick(), this.#parts.intervalMs()).unref();
  }

  async #tick(): Promise<void> {
    const { keys, patterns } = this.#parts.audience();
    if (keys.size + patterns.size + this.#coming.size > 0) await this.#round();
    else {
      this.#followers.clear();
      this.#patterns.clear();
    }
    this.#timer = undefined;
    if (this.#followers.size + this.#patterns.size + this.#coming.size > 0) this.#schedule();
  }

  /** Rounds go one after the other; with `audience` only for that. */
  #round(audience?: Audience): Promise<void> {
    const round = () => this.#lookAround(audience).catch((error: unknown) => this.#failed(error));
    const turn = this.#rounds.then(round);
    this.#rounds = turn;
    return turn;
  }

  async #lookAround(only: Audience | undefined): Promise<void> {
    const audiences = only === undefined ? [this.#parts.audience(), ...this.#coming] : [only];
    if (only === undefined) this.#forget(audiences);
    const keys = new Set(audiences.flatMap((audience) => [...audience.keys]));
    const patterns = new Map(audiences.flatMap((audience) => [...audience.patterns]));
    if (patterns.size > 0) await this.#addMatching(patterns, keys);
    let failures = 0;
    const breather = new Breather();
    await together(keys, LOOKS_AT_ONCE, async (key) => {
      await breather.step();
      // What is wrong with one key is not to keep the others from being told.
      await this.#followed(key)
        .catchUp()
        .catch((error: unknown) => {
          failures++;
          this.#failed(error);
        });
    });
    for (const pattern of patterns.keys()) this.#patterns.add(pattern);
    this.#failing &&= failures > 0;
  }

  async #addMatching(patterns: Audience['patterns'], keys: Set<string>): Promise<void> {
    for await (const key of (await this.#parts.meta()).names()) {
      for (const [pattern, matches] of patterns) {
        if (keys.has(key) && this.#followers.has(key)) break;
        if (!matches(key)) continue;
        keys.add(key);
        if (this.#patterns.has(pattern)) this.#followed(key, -1);
      }
    }
  }

  /** What nobody listens to any more. */
  #forget(audiences: readonly Audience[]): void {
    const wanted = (key: string) =>
      audiences.some(({ keys, patterns }) => keys.has(key) || [...patterns.values()].some((matches) => matches(key)));
    for (const key of this.#followers.keys()) if (!wanted(key)) this.#followers.delete(key);
    for (const pattern of this.#patterns) {
      if (!audiences.some(({ patterns }) => patterns.has(pattern))) this.#patterns.delete(pattern);
    }
  }

  #followed(key: string, told?: number): Follower {
    let follower = this.#followers.get(key);
    if (follower === undefined) {
      const news = async (after: number | undefined) => (await this.#parts.meta()).news(key, after);
      follower = new Follower({ news, publish: (version) => this.#parts.publish(key, version) }, told);
      this.#followers.set(key, follower);
    }
    return follower;
  }

  /** Of a key that nobody follows yet, and that patterns match. */
  #newcomer(key: string): Follower | undefined {
    const matching = [this.#parts.audience(), ...this.#coming]
      .flatMap(({ patterns }) => [...patterns])
      .flatMap(([pattern, matches]) => (matches(key) ? [pattern] : []));
    if (matching.length === 0) return undefined;
    // With a pattern whose keys are being listed, it isn't known yet where news begin.
    return this.#followed(key, matching.some((pattern) => this.#patterns.has(pattern)) ? -1 : undefined);
  }

  #failed(error: unknown): void {
    if (!this.#failing) this.#parts.onError(error);
    this.#failing = true;
  }
}
