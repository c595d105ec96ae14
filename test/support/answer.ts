import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** The next thing a forked process says; rejects when it ends instead. */
export async function answerOf(child: ChildProcess): Promise<unknown> {
  const giveUp = new AbortController();
  const { signal } = giveUp;
  try {
    return await Promise.race([
      once(child, 'message', { signal }).then(([said]) => said as unknown),
      once(child, 'exit', { signal }).then(([code]) => Promise.reject(new Error(`the process ended: ${code}`))),
    ]);
  } finally {
    giveUp.abort();
  }
}
