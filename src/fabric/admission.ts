/** What is checked of a variable before a byte of it is stored. Whether its name is free and where it fits, the store says. */
import { isUtf8 } from 'node:buffer';
import { FabricError, isFabricError } from '../errors.js';
import { parseType, shapeFor, type TypeInfo } from '../types/datashape.js';
import { TYPE_TEXT_BYTES_MAX } from '../types/limits.js';
import type { Core } from './core.js';
import type { Placing } from './gate.js';
import { canonicalName } from './names.js';
import { tellType } from './told-types.js';

/** A variable as its writer describes it: checked, still without bytes. */
export interface Draft {
  name: Buffer;
  documentation: string;
  type: string;
  length: number;
  replace: boolean;
  placing: Placing | undefined;
}

/** What a writer says of a variable, apart from its length. */
export interface Label {
  name: Buffer;
  documentation: Buffer;
  type: Buffer;
  replace: boolean;
  placing?: Placing | undefined;
}

/** Refuses a bad name, documentation, type or length. An undefined length is whatever the type fixes. */
export function admit(core: Core, label: Label, length: number | undefined): Draft {
  const name = canonicalName(label.name);
  const documentation = documentationText(core, label.documentation);
  const type = typeText(label.type);
  const info = parseType(type);
  tellType(core, type, info);
  return { name, documentation, type, length: lengthOf(info, length), replace: label.replace, placing: label.placing };
}

function typeText(type: Buffer): string {
  if (type.length > TYPE_TEXT_BYTES_MAX) {
    throw new FabricError('TYPE', `the type has ${type.length} bytes; at most ${TYPE_TEXT_BYTES_MAX} are allowed`);
  }
  if (!isUtf8(type)) throw new FabricError('TYPE', 'the type is not UTF-8 text');
  return type.toString('utf8');
}

function lengthOf(type: TypeInfo, given: number | undefined): number {
  const length = given ?? type.fixedBytes;
  if (length === undefined) {
    throw new FabricError('ERR', 'the type leaves the length open: add LENGTH and the number of bytes');
  }
  try {
    shapeFor(type, length);
  } catch (error) {
    if (!isFabricError(error)) throw error;
    throw new FabricError(error.code, `${error.message}: send as many as the type says, or say another type`);
  }
  return length;
}

function documentationText(core: Core, documentation: Buffer): string {
  const max = core.options.limits.documentationBytesMax;
  if (documentation.length > max) {
    throw new FabricError(
      'ERR',
      `the documentation has ${documentation.length} bytes; limits.documentation_bytes_max allows ${max}`,
    );
  }
  if (!isUtf8(documentation)) throw new FabricError('ERR', 'the documentation is not UTF-8 text');
  return documentation.toString('utf8');
}

/** Refuses a reservation beyond the total allowed. */
export function requireReservable(core: Core, length: number): void {
  const max = core.options.limits.reservedBytesMax;
  const reserved = core.store.stats().reservedBytes;
  if (reserved + length <= max) return;
  throw new FabricError(
    'OOM',
    `${length} bytes on top of the ${reserved} in reservations and payloads under way would pass ` +
      `limits.reserved_bytes_max (${max}): seal or abort some first, or raise the limit`,
  );
}
