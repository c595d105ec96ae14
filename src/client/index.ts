/** What `import … from 'datafabric'` gives: shared-memory variables, attached in place as typed arrays. */
export { FabricError, type ErrorCode } from '../errors.js';
export { parseType, shapeFor, type Dtype, type TypeInfo } from '../types/datashape.js';
export {
  FLOAT16_NA_BITS,
  FLOAT32_NA_BITS,
  FLOAT64_NA_BITS,
  MISSING,
  missingBytes,
  type Missing,
} from '../types/missing.js';
export { NodeLostError } from './client-error.js';
export type { FabricArray, NumberArray } from './arrays.js';
export type { Attachment, ReleaseOptions } from './attachment.js';
export { connect, type ConnectOptions } from './connect.js';
export { FabricClient, type AttachOptions, type ListOptions, type Name } from './fabric.js';
export type { FileSource, InsertOptions, ShmSource, Source } from './insert.js';
export type { DefragReport, NodeInfo, SegmentInfo, SegmentName, VariableInfo } from './records.js';
export type { Placement } from './replies.js';
export type { Reservation, ReserveOptions } from './reservation.js';
