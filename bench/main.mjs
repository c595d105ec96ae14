// Every figure the project promises, measured on this machine. A round measures ours and what it is held against one after the other; rounds
// alternate.
import { mkdirSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { root } from '../scripts/step.mjs';
import { setUpTools, toolsAreReady } from '../scripts/tools.mjs';
import { Bench } from './harness/bench.mjs';
import { writeDocs } from './harness/docs.mjs';
import { machine, versions } from './harness/machine.mjs';
import { sideLines, terminalTable } from './harness/report.mjs';
import { rows } from './rows/all.mjs';

const USAGE = `usage: npm run bench -- [options]

  --list             the rows
  --row NAME         that row only; may be given several times
  --rounds 5         alternating, of ours and theirs
  --keys-max N       in the rows that go up to ten million
  --quick            each small, to see that it works: its figures mean nothing
  --json FILE        for the raw samples; bench/results/bench.json otherwise
  --write-docs       puts the tables into docs/performance.md, too`;

function refuse(message) {
  console.error(`${message}\n\n${USAGE}`);
  process.exit(2);
}

function optionsGiven() {
  try {
    return parseArgs({ options: OPTIONS }).values;
  } catch (error) {
    return refuse(error.message);
  }
}

const OPTIONS = {
  help: { type: 'boolean', default: false },
  row: { type: 'string', multiple: true },
  rounds: { type: 'string', default: '5' },
  'keys-max': { type: 'string', default: '10000000' },
  quick: { type: 'boolean', default: false },
  json: { type: 'string', default: join(root, 'bench/results/bench.json') },
  'write-docs': { type: 'boolean', default: false },
  list: { type: 'boolean', default: false },
};
const options = optionsGiven();

const say = (text) => process.stdout.write(`${text}\n`);
const pairs = (values) => Object.entries(values).map(([name, value]) => `  ${name}: ${value}`);

function chosenRows() {
  const unknown = (options.row ?? []).filter((name) => !rows.some((row) => row.name === name));
  if (unknown.length > 0) refuse(`no row ${unknown.join(', ')}; there are ${rows.map((row) => row.name).join(', ')}`);
  return options.row === undefined ? rows : rows.filter((row) => options.row.includes(row.name));
}

async function runRow(row) {
  const bench = new Bench({
    rounds: Number(options.rounds),
    quick: options.quick,
    keysMax: Number(options['keys-max']),
  });
  say(`\n${row.name}: ${row.title}`);
  const started = performance.now();
  try {
    const { sides, figures, notes = [] } = await row.run(bench);
    for (const line of [row.method, ...sideLines(sides), ...notes]) say(`  ${line}`);
    say(terminalTable(figures));
    const seconds = (performance.now() - started) / 1000;
    const load = loadavg()[0].toFixed(2);
    say(`  ${seconds.toFixed(0)} s, load average ${load}`);
    return { name: row.name, title: row.title, method: row.method, sides, notes, figures, seconds, load };
  } finally {
    await bench.close();
  }
}

function summary(results) {
  const judged = results.flatMap((row) => row.figures).filter((figure) => figure.reached !== undefined);
  const reached = judged.filter((figure) => figure.reached).length;
  return `${reached} of ${judged.length} figures with a target reach it`;
}

async function main() {
  if (options.help) return say(USAGE);
  if (options.list) return rows.forEach((row) => say(`${row.name.padEnd(12)}${row.title}`));
  if (!toolsAreReady()) setUpTools();
  const chosen = chosenRows();
  const about = { takenAt: new Date().toISOString(), options, machine: machine(), versions: versions() };
  say(['machine', ...pairs(about.machine), 'versions', ...pairs(about.versions)].join('\n'));
  const report = { ...about, rows: [] };
  const file = resolve(options.json);
  mkdirSync(dirname(file), { recursive: true });
  for (const row of chosen) {
    report.rows.push(await runRow(row));
    // After each row: a run of many minutes may be cut short.
    writeFileSync(file, `${JSON.stringify(report, null, 1)}\n`);
    if (options['write-docs']) await writeDocs(report);
  }
  say(`\n${summary(report.rows)}. Raw samples: ${file}`);
}

await main();
