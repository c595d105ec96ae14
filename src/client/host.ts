/** Whether this process sees the very shared memory a reply speaks of. */
import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { hasCode, toClientError } from './client-error.js';
import { native, type Mapping } from '../native.js';
import { fieldsOf, numberOf, textOf, type Fields } from './replies.js';

export interface Host {
  bootId: string;
  /** Inode and size in bytes of the segment's object. */
  inode: number;
  size: number;
}

/** Where a payload lies. */
export interface Payload {
  shm: string;
  /** Bytes from the start of the object. */
  offset: number;
  length: number;
  host: Host;
}

export function payloadOf(fields: Fields): Payload {
  return {
    shm: textOf(fields.get('shm')),
    offset: numberOf(fields.get('offset')),
    length: numberOf(fields.get('length')),
    host: hostOf(fields.get('host')),
  };
}

export function hostOf(reply: unknown): Host {
  const host = fieldsOf(reply);
  return { bootId: textOf(host.get('boot_id')), inode: numberOf(host.get('inode')), size: numberOf(host.get('size')) };
}

let ownBootId: string | undefined;

function bootId(): string {
  return (ownBootId ??= readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim());
}

/** Inode of an object in /dev/shm, or undefined when there is none. */
export function inodeOf(shm: string): number | undefined {
  return statObject(shm)?.ino;
}

const statObject = (shm: string) => statSync(`/dev/shm${shm}`, { throwIfNoEntry: false });

const isMeant = (inode: number | undefined, size: number | undefined, host: Host): boolean =>
  inode === host.inode && size === host.size;

/** Whether this process could map it. */
export function isInReach(shm: string, host: Host): boolean {
  if (host.bootId !== bootId()) return false;
  try {
    const { ino, size } = statSync(`/dev/shm${shm}`);
    if (!isMeant(ino, size, host)) return false;
    accessSync(`/dev/shm${shm}`, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

/** Maps the payload; undefined when this machine or container doesn't have the object that is meant, or may not open it. */
export function mapPayload({ shm, offset, length, host }: Payload, writable: boolean): Mapping | undefined {
  if (host.bootId !== bootId()) return undefined;
  try {
    const mapping = native.map(shm, offset, length, writable);
    if (isMeant(mapping.inode, mapping.size, host)) return mapping;
    mapping.close();
    return undefined;
  } catch (error) {
    // Another object of that name may lack the bytes, which is no reason to complain.
    const status = statObject(shm);
    if (hasCode(error, 'NOTFOUND', 'NOPERM') || !isMeant(status?.ino, status?.size, host)) return undefined;
    throw toClientError(error);
  }
}
