/** What the parts of one node's fabric share. */
import type { NativeModule, NativeStore } from '../native.js';
import type { Counters } from './counters.js';
import type { FabricOptions } from './options.js';
import type { Waiters } from './waiters.js';

export type FabricNative = Pick<NativeModule, 'openBeneath' | 'openShm' | 'closeDescriptor' | 'crc32c'>;

export interface Core {
  readonly store: NativeStore;
  readonly native: FabricNative;
  readonly options: FabricOptions;
  readonly counters: Counters;
  readonly waiters: Waiters;
  /** Types `options.onType` was called for. */
  readonly told: Set<string>;
}
