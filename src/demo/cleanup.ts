/** What must not outlive the demo, whether it ends by itself or by a signal. */
type Task = () => Promise<void>;

const tasks = new Set<Task>();

/** Returns the task as one that is done once: when called, or at a signal. */
export function onceAtEnd(task: Task): Task {
  const once: Task = async () => {
    if (tasks.delete(once)) await task();
  };
  tasks.add(once);
  return once;
}

export function cleanUpAtSignals(): void {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    process.once(
      signal,
      () => void Promise.allSettled([...tasks].map((task) => task())).then(() => process.exit(code)),
    );
  }
}
