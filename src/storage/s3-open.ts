import { Readable } from 'node:stream';
import { GetObjectCommand, type GetObjectCommandOutput, type S3Client } from '@aws-sdk/client-s3';
import { FabricError } from '../errors.js';
import { checkRange } from './object-range.js';
import { isAbsent, statusOf } from './s3-error.js';
import type { ObjectRange } from './store.js';

export interface Wanted {
  /** As the caller says it, for errors. */
  key: string;
  range: ObjectRange | undefined;
}

/** The body of an object or of a part of it, and how many bytes it has; undefined when there is no such object. */
export async function openObject(
  client: S3Client,
  named: { Bucket: string; Key: string },
  { key, range }: Wanted,
  signal: AbortSignal,
): Promise<{ body: Readable; bytes: number } | undefined> {
  if (range) checkRange(key, range, Number.MAX_SAFE_INTEGER);
  // The protocol has no empty ranges: then the whole is opened, and only its length looked at.
  const asked = range !== undefined && range.length > 0 ? range : undefined;
  const command = new GetObjectCommand({ ...named, ...(asked && { Range: header(asked) }) });
  let reply: GetObjectCommandOutput;
  try {
    reply = await client.send(command, { abortSignal: signal });
  } catch (error) {
    if (isAbsent(error)) return undefined;
    if (range === undefined || statusOf(error) !== 416) throw error;
    throw new FabricError('ERR', `${key} is too short: there are no ${range.length} bytes from ${range.offset} on`);
  }
  const { ContentLength: bytes = 0, ContentRange } = reply;
  const body = reply.Body as Readable;
  if (range === undefined) return { body, bytes };
  try {
    checkRange(key, range, asked ? totalOf(ContentRange) : bytes);
    if (asked) return { body, bytes: asked.length };
  } catch (error) {
    body.destroy();
    throw error;
  }
  body.destroy();
  return { body: Readable.from([]), bytes: 0 };
}

/** By reading a byte: where nothing is found, the reply to HEAD doesn't say whether it is the object or the bucket that isn't there. */
export async function objectExists(
  client: S3Client,
  named: { Bucket: string; Key: string },
  signal: AbortSignal,
): Promise<boolean> {
  const command = new GetObjectCommand({ ...named, Range: header({ offset: 0, length: 1 }) });
  try {
    const { Body } = await client.send(command, { abortSignal: signal });
    (Body as Readable).resume();
    return true;
  } catch (error) {
    if (isAbsent(error)) return false;
    // It is empty.
    if (statusOf(error) === 416) return true;
    throw error;
  }
}

const header = ({ offset, length }: ObjectRange) => `bytes=${offset}-${offset + length - 1}`;

/** Length of the whole object, as it stands behind the slash of `bytes 0-9/100`. */
function totalOf(contentRange: string | undefined): number {
  const total = /\/(\d+)$/.exec(contentRange ?? '')?.[1];
  if (total !== undefined) return Number(total);
  throw new FabricError('ERR', 'the store does not do ranges; take one that does');
}
