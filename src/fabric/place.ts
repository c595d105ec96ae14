/** Where the bytes of a variable or a reservation are on this machine, and how to read them as an array. */
import type { Description, HostIdentity } from '../native.js';
import { parseType, shapeFor } from '../types/datashape.js';
import type { Core } from './core.js';
import type { Placements } from './placements.js';
import { tellType } from './told-types.js';

export interface Place {
  node: string;
  sharedId: string;
  /** Bytes from the start of the segment. */
  offset: number;
  length: number;
  type: string;
  /** NumPy's typestr, or a descr as Python writes it. */
  dtype: string;
  shape: readonly number[];
  /** Bytes from one item to the next, per dimension. */
  strides: readonly number[];
  host: HostIdentity;
}

export function placeOf(core: Core, placements: Placements, description: Description): Place {
  const { sharedId, offset, length, type } = description;
  const info = parseType(type);
  tellType(core, type, info);
  return {
    node: core.options.node,
    sharedId,
    offset,
    length,
    type,
    dtype: info.dtypeText,
    shape: shapeFor(info, length),
    strides: info.strides,
    host: placements.host(sharedId),
  };
}
