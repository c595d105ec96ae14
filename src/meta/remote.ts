/** Pulls from and pushes to a remote. */
import { realpath } from 'node:fs/promises';
import { dirname, join, resolve, basename } from 'node:path';
import { FabricError } from '../errors.js';
import { openForReading, openStore, type StoreOptions } from '../storage/open-store.js';
import { credentialsOf, type NamedCredentials } from '../storage/s3-options.js';
import { parseStoreUrl } from '../storage/store-url.js';
import type { Meta } from './meta.js';
import type { TransferProgress, TransferReport } from './transfer-report.js';

export type Direction = 'pull' | 'push';

/** Where urls may lead on behalf of whoever asks. */
export interface Reach {
  /** Folders below which those of the file system may be, or 'anywhere'. */
  roots: readonly string[] | 'anywhere';
  /** For S3; absent: found as Amazon's own tools do. */
  credentials?: NamedCredentials;
}

export interface RemoteTransfer extends Reach {
  name: string;
  direction: Direction;
  onProgress?: (progress: TransferProgress) => void;
}

/** Brings what one side has beyond the other. Both are as before where they have diverged, and that is in the report. */
export async function transferWith(meta: Meta, transfer: RemoteTransfer): Promise<TransferReport> {
  const { name, direction, onProgress } = transfer;
  const { options: told, repository } = parseStoreUrl(await meta.remotes.urlOf(name));
  await checkReach(told, transfer);
  const credentials = transfer.credentials && credentialsOf(transfer.credentials);
  const options = told.kind === 's3' && credentials ? { ...told, credentials } : told;
  const store = await (direction === 'pull' ? openForReading(options) : openStore(options));
  const other = meta.beside(store, repository);
  try {
    return direction === 'pull' ? await meta.bringFrom(other, onProgress) : await other.bringFrom(meta, onProgress);
  } finally {
    await other.close();
  }
}

export async function addRemote(
  meta: Meta,
  { name, url }: { name: string; url: string },
  reach: Pick<Reach, 'roots'>,
): Promise<void> {
  await checkReach(parseStoreUrl(url).options, reach);
  await meta.remotes.add(name, url);
}

/** Refuses what leads out of the roots, by symbolic links too. */
async function checkReach(options: StoreOptions, { roots }: Pick<Reach, 'roots'>): Promise<void> {
  if (options.kind !== 'posix' || roots === 'anywhere') return;
  if (roots.length === 0) {
    throw new FabricError(
      'NOPERM',
      'no remote may be in the file system: name the folders for it in meta.remote_roots of the config, or use datafabric meta remote',
    );
  }
  const path = await realPath(resolve(options.path));
  const real = await Promise.all(roots.map((root) => realPath(resolve(root))));
  if (real.some((root) => path.startsWith(root.endsWith('/') ? root : `${root}/`))) return;
  throw new FabricError('NOPERM', `a remote needs a folder beneath one of meta.remote_roots (${roots.join(', ')})`);
}

/** Of what isn't there yet, as far as it is. */
async function realPath(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || path === '/') {
      throw new FabricError('ERR', `the folder ${path}: ${(error as Error).message}`);
    }
    return join(await realPath(dirname(path)), basename(path));
  }
}
