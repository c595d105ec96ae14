/** What is attached when it is first needed; one that failed is tried again when it is next needed. */
export interface Attachable {
  /** Where it is, as people say it. */
  readonly location: string;
  close(): Promise<void>;
}

export type AttachState =
  { state: 'waiting' | 'attaching' } | { state: 'attached'; location: string } | { state: 'failed'; problem: string };

export interface Later<T> {
  /** Now; `failed` says how the last attempt ended. */
  readonly state: AttachState;
  get(): Promise<T>;
  /** Closes it if it was attached. What is being attached has a little while to get there; then it is left to the end of the process. */
  close(): Promise<void>;
}

const CLOSE_MS_MAX = 2000;

export function attachLater<T extends Attachable>(attach: () => Promise<T>): Later<T> {
  let attached: Promise<T> | undefined;
  let state: AttachState = { state: 'waiting' };
  const begin = async (): Promise<T> => {
    state = { state: 'attaching' };
    try {
      const open = await attach();
      state = { state: 'attached', location: open.location };
      return open;
    } catch (error) {
      state = { state: 'failed', problem: (error as Error).message };
      attached = undefined;
      throw error;
    }
  };
  return {
    get state() {
      return state;
    },
    get: () => (attached ??= begin()),
    async close() {
      const closed = attached?.then(
        (open) => open.close(),
        () => undefined,
      );
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, CLOSE_MS_MAX)));
      await (state.state === 'attaching' ? Promise.race([closed, late]) : closed);
      clearTimeout(timer);
    },
  };
}
