/**
 * The document under the key `repository`, as text:
 *
 *     datafabric repository 1
 *     message "why, as JSON"
 *     0000002a dictionary
 *     00000007 store
 */
import { readVersions, versionLines } from './version-lines.js';

export interface RepositoryDocument {
  message: string;
  /** The version of each key. */
  keys: ReadonlyMap<string, number>;
}

const TITLE = 'datafabric repository 1';
const MESSAGE = 'message ';

export function writeRepository({ message, keys }: RepositoryDocument): Buffer {
  return Buffer.from([TITLE, MESSAGE + JSON.stringify(message), ...versionLines(keys), ''].join('\n'));
}

/** Undefined when it isn't such a document. */
export function readRepository(text: Buffer): RepositoryDocument | undefined {
  const [title, message, ...lines] = text.toString().split('\n');
  if (title !== TITLE || message?.startsWith(MESSAGE) !== true || lines.pop() !== '') return undefined;
  const said = parseString(message.slice(MESSAGE.length));
  const keys = readVersions(lines);
  return said === undefined || keys === undefined ? undefined : { message: said, keys };
}

function parseString(json: string): string | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}
