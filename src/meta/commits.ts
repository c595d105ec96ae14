/**
 * All-or-nothing commits of several keys. First each value becomes the next version of its key, marked as part of a commit that is to be repository version N; then
 * N itself is made, by create-if-absent, naming every key's version. The versions count from that moment, or never: when N is another's.
 */
import { checkCondition, type Condition } from './conflict.js';
import { REPOSITORY } from './names.js';
import type { PutParts } from './puts.js';
import { Flag } from './record.js';
import { writeRepository } from './repository-text.js';
import type { Repository } from './repository.js';
import { nextVersion } from './version.js';

export interface Commit {
  values: ReadonlyMap<string, Buffer>;
  message: string;
  /** The repository version it is made upon. */
  condition: Condition | undefined;
  /** Versions that keys are to show, for values that were made of these. */
  bases?: ReadonlyMap<string, number>;
}

export interface Committed {
  version: number;
  keys: ReadonlyMap<string, number>;
}

export interface CommitParts extends PutParts {
  repository: Repository;
}

export class Commits {
  readonly #parts: CommitParts;
  /** Those of one process go one after the other: side by side they would only void each other. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: CommitParts) {
    this.#parts = parts;
  }

  commit(commit: Commit): Promise<Committed> {
    const run = () => this.#parts.settling.untilWon(REPOSITORY, () => this.#attempt(commit));
    const turn = this.#last.then(run, run);
    this.#last = turn;
    return turn;
  }

  async #attempt({ values, message, condition, bases }: Commit): Promise<Committed | undefined> {
    const { repository, writers } = this.#parts;
    const { newest, current } = await repository.state();
    checkCondition('the repository', condition, current?.version);
    repository.refuseNewer(current);
    const version = nextVersion(newest?.version, REPOSITORY);
    const writer = writers.next();
    const keys = new Map<string, number>();
    // In one order, so that two commits don't wait for each other.
    const draft = { writer, repository: version, flags: Flag.committed };
    for (const key of [...values.keys()].sort()) {
      keys.set(key, await this.#stage(key, { value: values.get(key)!, base: bases?.get(key) }, draft));
    }
    const all = new Map([...(await this.#others(keys)), ...keys]);
    const text = writeRepository({ message, keys: all });
    const won = await repository.sequence.append(version, { writer, repository: 0, flags: 0 }, text);
    return won ? { version, keys } : undefined;
  }

  async #stage(
    key: string,
    { value, base }: { value: Buffer; base: number | undefined },
    draft: { writer: string; repository: number; flags: number },
  ): Promise<number> {
    const { documents, markers, settling } = this.#parts;
    return settling.untilWon(key, async () => {
      const { entry, newest } = await settling.settled(key);
      checkCondition(key, base, entry?.version);
      const version = nextVersion(newest?.version, key);
      if (newest === undefined) await markers.make(key);
      return (await documents.sequence(key).append(version, draft, value)) ? version : undefined;
    });
  }

  /** What the keys show that aren't part of the commit. */
  async #others(own: ReadonlyMap<string, number>): Promise<[string, number][]> {
    const found: [string, number][] = [];
    const { documents, markers } = this.#parts;
    for await (const shown of documents.versions(except(own, markers.keys()))) found.push(shown);
    return found;
  }
}

async function* except(own: ReadonlyMap<string, number>, keys: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const key of keys) if (!own.has(key)) yield key;
}
