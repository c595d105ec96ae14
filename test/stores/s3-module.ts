import type { S3Options } from '../../dist/storage/s3-options.js';
import { S3Store } from '../../dist/storage/s3-store.js';
import type { Store } from '../../dist/storage/store.js';

export const openStore = (options: unknown): Promise<Store> => Promise.resolve(new S3Store(options as S3Options));
