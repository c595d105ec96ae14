/** Create if absent, told truthfully although servers turn requests away and replies get lost. */
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { pause } from './retry.js';
import { isAbsent, neverSent, statusOf } from './s3-error.js';
import type { Creation } from './store.js';

const TRIES_MAX = 6;
const FIRST_PAUSE_MS = 25;

export interface CreateRequest {
  Bucket: string;
  Key: string;
  Body: Uint8Array;
}

/** Throws only when the object certainly wasn't made by this call. `client` sends every request once. */
export async function createObject(client: S3Client, request: CreateRequest, signal: AbortSignal): Promise<Creation> {
  let inDoubt = false;
  for (let tried = 1; ; tried++) {
    try {
      await client.send(new PutObjectCommand({ ...request, IfNoneMatch: '*' }), { abortSignal: signal });
      return 'created';
    } catch (error) {
      const verdict = judge(error);
      // What is there may come from the try before.
      if (verdict === 'exists') return inDoubt ? 'unknown' : 'exists';
      if (verdict === 'unknown') return 'unknown';
      inDoubt ||= verdict === 'busy';
      if (verdict === 'refused' || tried === TRIES_MAX) {
        if (inDoubt) return 'unknown';
        throw error;
      }
    }
    await pause(tried, FIRST_PAUSE_MS);
    if (signal.aborted) return 'unknown';
  }
}

/**
 * `conflict`: somebody else was at it at the same time, and this request did nothing. `busy`: turned away, most likely before anything was done, but a
 * gateway in between says the same of a server that it has lost.
 */
function judge(error: unknown): 'exists' | 'conflict' | 'busy' | 'refused' | 'unknown' {
  const status = statusOf(error);
  if (status === 412) return 'exists';
  if (status === 409) return 'conflict';
  if (status === 503) return 'busy';
  if (status === undefined) return neverSent(error) ? 'refused' : 'unknown';
  if (status === 501 || isAbsent(error)) return 'refused';
  return status >= 400 && status < 500 && status !== 408 ? 'refused' : 'unknown';
}
