// Puts the tables of a run between the markers of docs/performance.md; rows that were not measured keep what they have.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { root } from '../../scripts/step.mjs';
import { markdownTable } from './report.mjs';

const FILE = join(root, 'docs/performance.md');

const list = (values) =>
  Object.entries(values)
    .map(([name, value]) => `- ${name}: ${value}`)
    .join('\n');

function section(report, row) {
  const { takenAt, options, versions } = report;
  const small = options.quick ? ', small (--quick): these figures mean nothing' : '';
  const taken = `Taken ${takenAt.slice(0, 10)} of ${versions.datafabric}, ${options.rounds} alternating rounds${small}, load average ${row.load}.`;
  return [row.method, taken, markdownTable(row.figures), row.notes.map((note) => `- ${note}`).join('\n')].join('\n\n');
}

function replaced(text, name, content) {
  const [begin, end] = [`<!-- ${name}: written by npm run bench -->`, `<!-- end of ${name} -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${FILE} has lost its markers ${begin} and ${end}`);
  return `${text.slice(0, from)}${begin}\n\n${content}\n\n${text.slice(to)}`;
}

export async function writeDocs(report) {
  let text = replaced(readFileSync(FILE, 'utf8'), 'machine', list({ ...report.machine, ...report.versions }));
  for (const row of report.rows) text = replaced(text, row.name, section(report, row));
  writeFileSync(FILE, await format(text, { ...(await resolveConfig(FILE)), parser: 'markdown' }));
}
