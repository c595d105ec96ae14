/** Names for repository versions: one list, itself versioned, so that compaction and labelling see each other. */
import { FabricError } from '../errors.js';
import { readLabels, writeLabels, type LabelsDocument } from './labels-text.js';
import { LABELS_PLACE } from './layout.js';
import { Listing } from './listing.js';
import { checkLabelName } from './names.js';
import type { MetaParts } from './parts.js';
import type { Repository } from './repository.js';
import type { Sequence } from './sequence.js';
import type { Settling } from './settling.js';
import { versionText } from './version.js';
import type { WriterIds } from './writer-ids.js';

const FORMAT = {
  place: LABELS_PLACE,
  title: 'the labels',
  none: { floor: 0, labels: new Map<string, number>() },
  write: writeLabels,
  read: readLabels,
};

export class Labels {
  readonly #listing: Listing<LabelsDocument>;
  readonly #repository: Repository;

  constructor(parts: MetaParts, repository: Repository, settling: Settling, writers: WriterIds) {
    this.#listing = new Listing<LabelsDocument>(parts, FORMAT, settling, writers);
    this.#repository = repository;
  }

  get sequence(): Sequence {
    return this.#listing.sequence;
  }

  read(): Promise<LabelsDocument> {
    return this.#listing.read();
  }

  /** What a label stands for, and stood for, the newest first. */
  async stoodFor(name: string): Promise<number[]> {
    const targets: number[] = [];
    for await (const { labels } of this.#listing.history()) {
      const target = labels.get(name);
      if (target !== undefined && target !== targets.at(-1)) targets.push(target);
    }
    return targets;
  }

  /** Names a repository version, the current one by default. */
  set(name: string, version?: number): Promise<number> {
    checkLabelName(name);
    return this.#listing.change(async ({ floor, labels }) => {
      const target = version ?? (await this.#repository.state()).current?.version;
      const taken = target !== undefined && target < floor && ![...labels.values()].includes(target);
      if (target === undefined || taken || (await this.#repository.document(target)) === undefined) {
        const what =
          target === undefined
            ? 'there is no repository version yet'
            : `there is no repository version ${versionText(target)}`;
        throw new FabricError('NOTFOUND', `${what}: META.COMMIT makes them`);
      }
      return { document: { floor, labels: new Map(labels).set(name, target) }, result: target };
    });
  }

  /** From now on no version before `floor` gets a label that none has. Answers the labels there are. */
  raiseFloor(floor: number): Promise<LabelsDocument> {
    return this.#listing.change((before) => {
      const document = { floor: Math.max(floor, before.floor), labels: before.labels };
      return Promise.resolve({ document, result: document });
    });
  }
}
