// The documents of the bench.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const VALUE = Buffer.alloc(1024, 'x');
export const documentKey = (number) => `doc-${String(number).padStart(8, '0')}`;

const versionText = (version) => version.toString(16).padStart(8, '0');

/** Bytes of META.GET's reply. */
export const replyBytes = `*2\r\n$8\r\n00000000\r\n$${VALUE.length}\r\n`.length + VALUE.length + 2;

/** Makes a document's versions as files: by META.PUT each would be synced, and 100,000 take many minutes. All are on disk afterwards. */
export async function writeVersions(repository, key, versions) {
  const { encodeRecord } = await import('../../dist/meta/record.js');
  const { native } = await import('../../dist/native.js');
  mkdirSync(join(repository, 'keys'), { recursive: true });
  writeFileSync(join(repository, 'keys', key), '');
  for (let version = 0; version < versions; version++) {
    const folder = join(repository, 'metadata', key, versionText(version));
    const header = { flags: 0, writer: version.toString(16).padStart(32, '0'), timeMs: 0, version, repository: 0 };
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      join(folder, 'value'),
      encodeRecord(header, VALUE, `metadata/${key}`, (bytes) => native.crc32c(bytes)),
    );
  }
  execFileSync('sync', ['--file-system', repository]);
}
