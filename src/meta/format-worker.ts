/** The thread of `standingAside`: one document, one answer. */
import { parentPort, workerData } from 'node:worker_threads';
import { standingOf } from './reserved.js';

const { key, value } = workerData as { key: string; value: Uint8Array };
parentPort!.postMessage(standingOf(key, Buffer.from(value.buffer, value.byteOffset, value.byteLength)));
