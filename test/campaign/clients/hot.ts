/** The names that everybody reads and replaces, and who works on them beside those that die. */
export const HOT_NAMES = Array.from({ length: 12 }, (_, index) => `hot-${index}`);

/** What a process beside the dying ones is told at its start. */
export interface Setup {
  url: string;
  seed: number;
  names: readonly string[];
  quarantineMs: number;
}

/** What it says: how much it has done since the last time, when it was told to pause, or what was wrong. */
export interface Word {
  paused?: Readonly<Record<string, number>>;
  wrong?: string;
}
