/** What META works with. */
import type { Store } from '../storage/store.js';

export type Crc32c = (bytes: Uint8Array) => number;

export interface MetaParts {
  store: Store;
  /** First part of all objects' keys; itself one or more parts of a key. */
  repository: string;
  crc32c: Crc32c;
  /** Milliseconds since 1970. */
  now: () => number;
  /** Waits for another process to decide something. */
  pause: (ms: number) => Promise<void>;
}
