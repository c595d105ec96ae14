const UNITS = ['B', 'K', 'M', 'G', 'T', 'P'] as const;

/** As Redis writes sizes for people: `512B`, `1.50M`; steps of 1024. */
export function humanBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return unit === 0 ? `${bytes}B` : `${value.toFixed(2)}${UNITS[unit]!}`;
}
