/**
 * The list of other repositories, as text:
 *
 *     datafabric remotes 1
 *     office s3://documents/main?region=eu-central-1
 */
const TITLE = 'datafabric remotes 1';

/** Url of each, by its name. */
export type RemotesDocument = ReadonlyMap<string, string>;

export function writeRemotes(remotes: RemotesDocument): Buffer {
  const lines = [...remotes].sort(([one], [other]) => (one < other ? -1 : 1)).map((remote) => remote.join(' '));
  return Buffer.from([TITLE, ...lines, ''].join('\n'));
}

export function readRemotes(text: Buffer): RemotesDocument | undefined {
  const [title, ...lines] = text.toString().split('\n');
  if (title !== TITLE || lines.pop() !== '') return undefined;
  const remotes = new Map<string, string>();
  for (const line of lines) {
    const [name, url, ...more] = line.split(' ');
    if (name === undefined || url === undefined || more.length > 0) return undefined;
    remotes.set(name, url);
  }
  return remotes;
}
