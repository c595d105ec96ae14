/** Names for repository versions: one list, itself versioned, so that compaction and labelling see each other. */
import { FabricError } from '../errors.js';
import { damaged, valueOf } from './damage.js';
import { readLabels, writeLabels, type LabelsDocument } from './labels-text.js';
import { LABELS_PLACE } from './layout.js';
import { checkLabelName } from './names.js';
import type { MetaParts } from './parts.js';
import type { Repository } from './repository.js';
import { Sequence, type Entry } from './sequence.js';
import type { Settling } from './settling.js';
import { nextVersion, versionText } from './version.js';
import type { WriterIds } from './writer-ids.js';

const NONE: LabelsDocument = { floor: 0, labels: new Map() };

export class Labels {
  readonly sequence: Sequence;
  readonly #repository: Repository;
  readonly #settling: Settling;
  readonly #writers: WriterIds;

  constructor(parts: MetaParts, repository: Repository, settling: Settling, writers: WriterIds) {
    this.sequence = new Sequence(parts, LABELS_PLACE);
    this.#repository = repository;
    this.#settling = settling;
    this.#writers = writers;
  }

  async read(): Promise<LabelsDocument> {
    return this.#parse(await this.sequence.newest());
  }

  #parse(newest: Entry | undefined): LabelsDocument {
    if (newest === undefined) return NONE;
    const document = readLabels(valueOf('the labels', newest));
    if (document === undefined) throw damaged('the labels', newest.version, 'it is no list of labels');
    return document;
  }

  /** Names a repository version, the current one by default. */
  set(name: string, version?: number): Promise<number> {
    checkLabelName(name);
    return this.#change(async ({ floor, labels }) => {
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
    return this.#change((before) => {
      const document = { floor: Math.max(floor, before.floor), labels: before.labels };
      return Promise.resolve({ document, result: document });
    });
  }

  #change<T>(make: (before: LabelsDocument) => Promise<{ document: LabelsDocument; result: T }>): Promise<T> {
    return this.#settling
      .untilWon('the labels', async () => {
        const newest = await this.sequence.newest();
        const version = nextVersion(newest?.version, 'the labels');
        const { document, result } = await make(this.#parse(newest));
        const draft = { flags: 0, writer: this.#writers.next(), repository: 0 };
        return (await this.sequence.append(version, draft, writeLabels(document))) ? { result } : undefined;
      })
      .then(({ result }) => result);
  }
}
