/** What a request may cost before it is refused. Bytes unless said otherwise. */
export interface RespLimits {
  /** A header line without its end, and an inline command with it, may be this long. */
  readonly lineBytesMax: number;
  /** Arguments of one request. */
  readonly argumentsMax: number;
  /** Largest bulk a header may announce, wherever its bytes go. */
  readonly bulkBytesMax: number;
  /** Largest bulk that is gathered on the heap; larger ones are refused unless a command takes them as a stream. */
  readonly gatherBytesMax: number;
  /** Heap memory of one request's gathered arguments, `ARGUMENT_OVERHEAD_BYTES` for each included. */
  readonly requestBytesMax: number;
  /** The owner is asked where a bulk longer than this goes. */
  readonly askBytes: number;
  /** The two limits before authentication. */
  readonly unauthenticatedArgumentsMax: number;
  readonly unauthenticatedBulkBytesMax: number;
}

/** About what a Buffer and its place in an array cost beside its bytes: many tiny arguments must not pass as nothing. */
export const ARGUMENT_OVERHEAD_BYTES = 128;

const KIB = 1024;
const MIB = 1024 * KIB;

export const DEFAULT_RESP_LIMITS: RespLimits = {
  lineBytesMax: 64 * KIB,
  argumentsMax: 1024 * KIB,
  bulkBytesMax: 512 * MIB,
  gatherBytesMax: 64 * MIB,
  requestBytesMax: 256 * MIB,
  askBytes: 16 * KIB,
  unauthenticatedArgumentsMax: 10,
  unauthenticatedBulkBytesMax: 16 * KIB,
};
