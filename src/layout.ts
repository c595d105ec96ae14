/** Generated from native/layout.h by scripts/layout.mjs: numbers of the shared-memory layout. */
export const VERSION = 1;
export const PAGE_BYTES = 4096;
export const GROW_BYTES = 1048576;
export const STRING_BLOCK_BYTES = 65536;
export const NAME_BYTES_MAX = 512;
export const NODE_NAME_BYTES_MAX = 32;
export const REPLICAS_MAX = 8;
export const REDO_STORES_MAX = 4095;
export const EXPOSED = 1;
export const OWN = 2;
export const REPLACE = 4;
export const HIDDEN = 8;
export const SEGMENT_RECORD_BYTES = 32;
export const REDO_RECORD_BYTES = 65536;
export const PIN_RECORD_BYTES = 48;
export const DESCRIPTOR_BYTES = 128;
export const SLOT_RECORD_BYTES = 64;
