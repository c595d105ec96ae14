/** Which bytes have which xid: one write has one, and no other has it. */
import { isLook, isWrite, type Operation, type Sighting, type Write } from './operation.js';
import type { Violation } from './violation.js';

/** Something that has an xid. */
interface Bearer {
  name: string;
  length: number;
  crc32c: number | undefined;
  operation: Operation;
}

const bytesKey = (name: string, crc32c: number) => `${crc32c} ${name}`;

export class Identities {
  readonly violations: Violation[] = [];
  readonly #bearers = new Map<number, Bearer>();
  readonly #xids = new Map<string, { xid: number; operation: Operation }>();

  constructor(history: readonly Operation[]) {
    for (const operation of history) {
      const { xid, value } = evidence(operation);
      if (xid === undefined || value === undefined) continue;
      this.#note(xid, { name: operation.name, length: value.length, crc32c: value.crc32c, operation });
    }
  }

  /** Whether the look can be of that write, for all that the whole history tells. */
  readonly matches = (write: Write, seen: Sighting): boolean => {
    const { length, crc32c } = write.value;
    if (seen.length !== length) return false;
    if (seen.crc32c !== undefined && seen.crc32c !== crc32c) return false;
    if (seen.xid === undefined) return true;
    const xid = write.xid ?? this.#xids.get(bytesKey(write.name, crc32c))?.xid;
    if (xid !== undefined) return xid === seen.xid;
    return (this.#bearers.get(seen.xid)?.crc32c ?? crc32c) === crc32c;
  };

  #note(xid: number, bearer: Bearer): void {
    const { name, length, crc32c, operation } = bearer;
    const known = this.#bearers.get(xid);
    if (known === undefined) {
      this.#bearers.set(xid, bearer);
    } else if (known.name !== name || known.length !== length || differ(known.crc32c, crc32c)) {
      this.#violate(`xid ${xid} stands for two different values`, known.operation, operation);
    } else {
      known.crc32c ??= crc32c;
    }
    if (crc32c === undefined) return;
    const other = this.#xids.get(bytesKey(name, crc32c));
    if (other === undefined) this.#xids.set(bytesKey(name, crc32c), { xid, operation });
    else if (other.xid !== xid) {
      this.#violate(
        `what one write of ${name} wrote has two xids, ${other.xid} and ${xid}`,
        other.operation,
        operation,
      );
    }
  }

  #violate(sentence: string, ...operations: Operation[]): void {
    this.violations.push({ rule: 'xids', sentence, operations });
  }
}

const differ = (a: number | undefined, b: number | undefined) => a !== undefined && b !== undefined && a !== b;

function evidence(operation: Operation): { xid: number | undefined; value: Sighting | undefined } {
  if (isWrite(operation)) return { xid: operation.xid, value: operation.value };
  const seen = isLook(operation) ? (operation.seen ?? undefined) : undefined;
  return { xid: seen?.xid, value: seen };
}
