/** Who waits for a name to be published. */
import { nameKey } from '../fabric/names.js';

export class NameWatchers {
  readonly #byName = new Map<string, Set<() => void>>();

  /** Resolves when the name may be published, or after that time. */
  wait(name: Buffer, ms: number): Promise<void> {
    const key = nameKey(name);
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        watchers.delete(done);
        if (watchers.size === 0) this.#byName.delete(key);
        resolve();
      };
      const timer = setTimeout(done, ms);
      const watchers = this.#byName.get(key) ?? new Set();
      this.#byName.set(key, watchers.add(done));
    });
  }

  /** Somebody waits for it. */
  isAwaited(name: Buffer): boolean {
    return this.#byName.has(nameKey(name));
  }

  wake(name: Buffer): void {
    for (const watcher of this.#byName.get(nameKey(name)) ?? []) watcher();
  }
}
