import { within } from '../util/time-limit.js';

/** Ends work that takes too long by its signal, and waits no longer even if it heeds none; rejects with a TimeoutError then. */
export function withinTime<T>(timeoutMs: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const aborter = new AbortController();
  return within(work(aborter.signal), timeoutMs, () => {
    const error = new DOMException(`no answer within ${timeoutMs} ms`, 'TimeoutError');
    aborter.abort(error);
    return error;
  });
}
