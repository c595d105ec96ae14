// Puts the tables of a run between the markers of docs/performance.md.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { root } from '../../scripts/step.mjs';
import { markdownTable } from './report.mjs';

const FILE = join(root, 'docs/performance.md');
const BEGIN = '<!-- figures: written by `npm run bench -- --write-docs` -->';
const END = '<!-- end of figures -->';

const list = (values) =>
  Object.entries(values)
    .map(([name, value]) => `- ${name}: ${value}`)
    .join('\n');

const section = (row) =>
  [`### ${row.title}`, row.method, markdownTable(row.figures), ...row.notes.map((note) => `- ${note}`)].join('\n\n');

function figuresOf(report) {
  const rounds = `${report.options.rounds} alternating rounds${report.options.quick ? ', small (--quick): these figures mean nothing' : ''}`;
  return [
    `Taken ${report.takenAt.slice(0, 10)}, ${rounds}.`,
    list({ ...report.machine, ...report.versions }),
    ...report.rows.map(section),
  ].join('\n\n');
}

export async function writeDocs(report) {
  const text = readFileSync(FILE, 'utf8');
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`${FILE} has lost its markers ${BEGIN} and ${END}`);
  const whole = `${text.slice(0, begin)}${BEGIN}\n\n${figuresOf(report)}\n\n${text.slice(end)}`;
  writeFileSync(FILE, await format(whole, { ...(await resolveConfig(FILE)), parser: 'markdown' }));
}
