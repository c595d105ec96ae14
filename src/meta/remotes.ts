/** Which other repositories there are, by name. The list is this repository's own: it travels nowhere. */
import { FabricError } from '../errors.js';
import { parseStoreUrl } from '../storage/store-url.js';
import { REMOTES_PLACE } from './layout.js';
import { Listing } from './listing.js';
import { checkRemoteName } from './names.js';
import type { MetaParts } from './parts.js';
import { readRemotes, writeRemotes, type RemotesDocument } from './remotes-text.js';
import type { Sequence } from './sequence.js';
import type { Settling } from './settling.js';
import type { WriterIds } from './writer-ids.js';

const REMOTES_MAX = 1000;
const FORMAT = {
  place: REMOTES_PLACE,
  title: 'the list of remotes',
  none: new Map<string, string>(),
  write: writeRemotes,
  read: readRemotes,
};

export class Remotes {
  readonly #listing: Listing<RemotesDocument>;

  constructor(parts: MetaParts, settling: Settling, writers: WriterIds) {
    this.#listing = new Listing<RemotesDocument>(parts, FORMAT, settling, writers);
  }

  get sequence(): Sequence {
    return this.#listing.sequence;
  }

  list(): Promise<RemotesDocument> {
    return this.#listing.read();
  }

  async urlOf(name: string): Promise<string> {
    const url = (await this.list()).get(name);
    if (url === undefined) throw unknown(name);
    return url;
  }

  /** The same once more is no error. */
  async add(name: string, url: string): Promise<void> {
    checkRemoteName(name);
    parseStoreUrl(url);
    await this.#listing.change((before) => {
      const there = before.get(name);
      if (there !== undefined && there !== url) {
        throw new FabricError('CONFLICT', `the remote ${name} is ${there}: remove it first, or take another name`);
      }
      if (there === undefined && before.size >= REMOTES_MAX) {
        throw new FabricError('ERR', `there are ${REMOTES_MAX} remotes, as many as there may be: remove one`);
      }
      return Promise.resolve({ document: new Map(before).set(name, url), result: undefined });
    });
  }

  async remove(name: string): Promise<void> {
    await this.#listing.change((before) => {
      const document = new Map(before);
      if (!document.delete(name)) throw unknown(name);
      return Promise.resolve({ document, result: undefined });
    });
  }
}

const unknown = (name: string) =>
  new FabricError('NOTFOUND', `there is no remote ${name.slice(0, 64)}: META.REMOTE ADD makes one`);
