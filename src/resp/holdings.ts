/** Memory of a request that isn't whole yet, as its owner counts it. */
export interface Holdings {
  /** More of it, in bytes. False: the owner has no more to give, and the request ends here. */
  hold(bytes: number): boolean;
  /** The request is whole, or over. */
  release(): void;
}

/** For owners that count nothing. */
export const UNCOUNTED: Holdings = { hold: () => true, release: () => undefined };
