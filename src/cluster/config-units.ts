/** Sizes and durations as people write them: `"512 MiB"`, `"2s"`, or plain integers of bytes and milliseconds. */

const BYTES: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
};

const MILLISECONDS: Readonly<Record<string, number>> = { '': 1, ms: 1, s: 1e3, min: 60e3, h: 3600e3, d: 86400e3 };

/** Bytes, or undefined when the text isn't a size. */
export function parseSize(text: string): number | undefined {
  return parseWithUnit(text, BYTES);
}

/** Milliseconds, or undefined when the text isn't a duration. */
export function parseDuration(text: string): number | undefined {
  return parseWithUnit(text, MILLISECONDS);
}

function parseWithUnit(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim());
  if (!match) return undefined;
  const value = Number(match[1]) * (units[match[2]!.toLowerCase()] ?? Number.NaN);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** The shortest exact form in binary units: 268435456 → `256 MiB`. */
export function formatSize(bytes: number): string {
  for (const [unit, size] of [
    ['GiB', 2 ** 30],
    ['MiB', 2 ** 20],
    ['KiB', 2 ** 10],
  ] as const) {
    if (bytes >= size && bytes % size === 0) return `${bytes / size} ${unit}`;
  }
  return `${bytes} B`;
}
