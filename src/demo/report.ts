import Table from 'cli-table3';

const MIB = 2 ** 20;

export const mib = (bytes: number): string => (bytes / MIB).toFixed(1);
export const ms = (milliseconds: number): string =>
  milliseconds < 10 ? milliseconds.toFixed(2) : milliseconds.toFixed(0);

/** A table whose columns but the first are aligned to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const result = new Table({
    head: [...head],
    colAligns: head.map((_, index) => (index === 0 ? 'left' : 'right')),
    style: { head: [], border: [], compact: true },
  });
  result.push(...rows.map((row) => [...row]));
  return result.toString();
}

export function heading(text: string): void {
  process.stdout.write(`\n${text}\n`);
}

export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
