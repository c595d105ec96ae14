/**
 * The document under the key `repository`, as text:
 *
 *     datafabric repository 2
 *     message "why, as JSON"
 *     0000002a dictionary
 *     00000007 store
 *
 * The number is the format of the repository as a whole, from that version on: how its reserved documents are written. This text itself is the same in
 * formats 1 and 2.
 */
import { readVersions, versionLines } from './version-lines.js';

export interface RepositoryDocument {
  message: string;
  /** The version of each key. */
  keys: ReadonlyMap<string, number>;
}

/** The newest this program knows. */
export const REPOSITORY_FORMAT = 2;

const TITLE = /^datafabric repository ([1-9]\d{0,8})$/;
const MESSAGE = 'message ';

export function writeRepository({ message, keys }: RepositoryDocument): Buffer {
  return Buffer.from(
    [`datafabric repository ${REPOSITORY_FORMAT}`, MESSAGE + JSON.stringify(message), ...versionLines(keys), ''].join(
      '\n',
    ),
  );
}

/** The format its first line states; the rest is such a document's only up to the newest known. */
export function repositoryFormat(text: Buffer): number | undefined {
  const end = text.indexOf('\n');
  const digits = TITLE.exec(text.toString('latin1', 0, Math.max(end, 0)))?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** Undefined when it isn't such a document, or of a newer format. */
export function readRepository(text: Buffer): RepositoryDocument | undefined {
  const format = repositoryFormat(text);
  const [, message, ...lines] = text.toString().split('\n');
  if (format === undefined || format > REPOSITORY_FORMAT || message?.startsWith(MESSAGE) !== true || lines.pop() !== '')
    return undefined;
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
