/** Tells one key's versions in order, each once, whoever made them. */
import type { News } from './news.js';

export interface FollowerParts {
  news: (after: number | undefined) => Promise<News>;
  publish: (version: number) => void;
}

export class Follower {
  readonly #parts: FollowerParts;
  /** The last that was told, or that came before anybody listened; undefined while that isn't known. */
  #told: number | undefined;
  /** Told before that was known. */
  #early = -1;
  #looks = 0;
  #running: Promise<unknown> = Promise.resolve();

  constructor(parts: FollowerParts, told?: number) {
    this.#parts = parts;
    this.#told = told;
  }

  /** Looks for what is new and tells it; the first look finds out where news begin. */
  catchUp(): Promise<void> {
    this.#looks++;
    const look = () => this.#look().finally(() => this.#looks--);
    const turn = this.#running.then(look, look);
    this.#running = turn;
    return turn;
  }

  /** This node has made that version; whoever listens is told without a look if nothing can have come between. */
  wrote(version: number): Promise<void> | undefined {
    if (this.#told === undefined) {
      this.#early = Math.max(this.#early, version);
      this.#parts.publish(version);
      return undefined;
    }
    if (version <= this.#told) return undefined;
    if (this.#looks > 0 || version !== this.#told + 1) return this.catchUp();
    this.#tell(version);
    return undefined;
  }

  async #look(): Promise<void> {
    for (let more = true; more;) {
      const news = await this.#parts.news(this.#told);
      for (const version of news.versions) if (version > (this.#told ?? -1)) this.#tell(version);
      this.#told = Math.max(this.#told ?? this.#early, news.seen);
      more = news.more;
    }
  }

  #tell(version: number): void {
    this.#told = version;
    this.#parts.publish(version);
  }
}
