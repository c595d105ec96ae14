/**
 * The document under the key `repository`, as text:
 *
 *     datafabric repository 1
 *     message "why, as JSON"
 *     0000002a dictionary
 *     00000007 store
 */
import { versionOf, versionText } from './version.js';

export interface RepositoryDocument {
  message: string;
  /** The version of each key. */
  keys: ReadonlyMap<string, number>;
}

const TITLE = 'datafabric repository 1';
const MESSAGE = 'message ';

export function writeRepository({ message, keys }: RepositoryDocument): Buffer {
  const lines = [...keys]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, version]) => `${versionText(version)} ${key}`);
  return Buffer.from([TITLE, MESSAGE + JSON.stringify(message), ...lines, ''].join('\n'));
}

/** Undefined when it isn't such a document. */
export function readRepository(text: Buffer): RepositoryDocument | undefined {
  const [title, message, ...lines] = text.toString().split('\n');
  if (title !== TITLE || message?.startsWith(MESSAGE) !== true || lines.pop() !== '') return undefined;
  const said = parseString(message.slice(MESSAGE.length));
  const keys = readVersions(lines);
  return said === undefined || keys === undefined ? undefined : { message: said, keys };
}

/** Lines of a version and a name. */
export function readVersions(lines: readonly string[]): Map<string, number> | undefined {
  const versions = new Map<string, number>();
  for (const line of lines) {
    const version = versionOf(line.slice(0, 8));
    if (version === undefined || line[8] !== ' ' || line.length < 10) return undefined;
    versions.set(line.slice(9), version);
  }
  return versions;
}

function parseString(json: string): string | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}
