// Figures as a table for a terminal and as one for a document.
import Table from 'cli-table3';

const HEAD = [
  'figure',
  'unit',
  'ours: median (min–max)',
  'against',
  'median (min–max)',
  'ratio (min–max)',
  'target',
  '',
];

export function number(value) {
  const size = Math.abs(value);
  if (size !== 0 && size < 0.01) return value.toExponential(1);
  if (size < 10) return value.toFixed(2);
  if (size < 100) return value.toFixed(1);
  return Math.round(value).toLocaleString('en-US');
}

const range = (values) =>
  values === undefined ? '' : `${number(values.median)} (${number(values.min)}–${number(values.max)})`;

function targetText(target) {
  if (target === undefined) return '';
  const bound = target.least === undefined ? `≤ ${target.most}` : `≥ ${target.least}`;
  return target.of === 'ratio' ? `ratio ${bound}` : bound;
}

const verdict = (reached) => (reached === undefined ? '' : reached ? 'reached' : 'falls short');

const cells = (figure) => [
  figure.what,
  figure.unit,
  range(figure.ours),
  figure.against ?? '',
  range(figure.theirs),
  figure.ratio === undefined ? '' : range(figure.ratio),
  targetText(figure.target),
  verdict(figure.reached),
];

export function terminalTable(figures) {
  const table = new Table({ head: HEAD, style: { head: [], border: [], compact: true } });
  table.push(...figures.map(cells));
  return table.toString();
}

const markdownRow = (values) => `| ${values.map((value) => value.replaceAll('|', '\\|')).join(' | ')} |`;

export function markdownTable(figures) {
  return [
    markdownRow(HEAD),
    markdownRow(HEAD.map(() => '---')),
    ...figures.map((figure) => markdownRow(cells(figure))),
  ].join('\n');
}

const settingText = (value) => (typeof value === 'object' ? JSON.stringify(value) : String(value));

/** Sides of a row: what ran with which settings. */
export const sideLines = (sides) =>
  Object.entries(sides).map(
    ([label, settings]) =>
      `${label}: ${Object.entries(settings)
        .map(([name, value]) => `${name} ${settingText(value)}`)
        .join(', ')}`,
  );
