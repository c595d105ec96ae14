/** Walks a tree of HDFS in the order of the keys its files stand for. */
import { isKeyPart, mayHold, type KeyBounds } from './key-bounds.js';
import type { ListedObject } from './store.js';

export interface HdfsEntry {
  name: string;
  isFolder: boolean;
  bytes: number;
  changedMs: number;
}

/** A page of a folder behind a name, in the order of the names' bytes. */
export interface HdfsPage {
  entries: readonly HdfsEntry[];
  isLast: boolean;
}

export type PageReader = (folder: string, startAfter: string) => Promise<HdfsPage>;

/** Files below `folder` ('' or ending with '/') within the bounds. */
export async function* walk(readPage: PageReader, folder: string, bounds: KeyBounds): AsyncGenerator<ListedObject> {
  // Folders sort as the keys in them do: `a` and its `a/` have `a-` and `a.` between them. Those passed wait here, sorted, until none can come before.
  let waiting: string[] = [];
  for await (const { name, isFolder, bytes } of entries(readPage, folder, firstName(folder, bounds))) {
    const key = folder + name;
    while (waiting.length > 0 && waiting[0]! < key) yield* walk(readPage, waiting.shift()!, bounds);
    if (key > bounds.prefix && !key.startsWith(bounds.prefix)) break;
    if (!isKeyPart(name)) continue;
    if (!isFolder && mayHold(key, bounds)) yield { key, bytes };
    if (isFolder && mayHold(`${key}/`, bounds)) waiting = [...waiting, `${key}/`].sort();
  }
  for (const next of waiting) yield* walk(readPage, next, bounds);
}

async function* entries(readPage: PageReader, folder: string, first: string): AsyncGenerator<HdfsEntry> {
  let startAfter = first;
  for (;;) {
    const page = await readPage(folder, startAfter);
    yield* page.entries;
    const last = page.entries.at(-1);
    if (page.isLast || last === undefined) return;
    startAfter = last.name;
  }
}

/** A name before every one in the folder that matters: those before it need not be read. */
function firstName(folder: string, { prefix, after }: KeyBounds): string {
  const bound = after > prefix ? after : prefix;
  if (!bound.startsWith(folder)) return '';
  const name = bound.slice(folder.length).split('/')[0]!;
  // `a` comes before `a-b`, but its `a/…` behind it. The last character goes because a page begins behind its name.
  return name.split(/[-.]/)[0]!.slice(0, -1);
}
