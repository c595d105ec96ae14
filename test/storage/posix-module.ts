import { PosixStore } from '../../dist/storage/posix-store.js';
import type { Store } from '../../dist/storage/store.js';

export const openStore = (options: unknown): Promise<Store> => PosixStore.open((options as { path: string }).path);
