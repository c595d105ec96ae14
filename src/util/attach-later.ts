/** What is attached when it is first needed; one that failed is tried again. */
export interface Later<T> {
  get(): Promise<T>;
  /** Closes it if it was attached. */
  close(): Promise<void>;
}

export function attachLater<T extends { close(): Promise<void> }>(attach: () => Promise<T>): Later<T> {
  let attached: Promise<T> | undefined;
  return {
    get() {
      if (attached === undefined) {
        const attempt = attach();
        attached = attempt;
        attempt.catch(() => (attached = undefined));
      }
      return attached;
    },
    async close() {
      const open = await attached?.catch(() => undefined);
      await open?.close();
    },
  };
}
