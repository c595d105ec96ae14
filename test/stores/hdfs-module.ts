import type { HdfsOptions } from '../../dist/storage/hdfs-options.js';
import { HdfsStore } from '../../dist/storage/hdfs-store.js';
import type { Store } from '../../dist/storage/store.js';

export const openStore = (options: unknown): Promise<Store> => HdfsStore.open(options as HdfsOptions);
