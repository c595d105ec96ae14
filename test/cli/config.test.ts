import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { runCli } from '../support/cli.js';

const folder = mkdtempSync(join(tmpdir(), 'datafabric-cli-'));
test.after.always(() => rmSync(folder, { recursive: true }));

const good = join(folder, 'good.toml');
writeFileSync(good, '[node]\nname = "gamma"\n[security]\npassword = "tell nobody"\n');
const bad = join(folder, 'bad.toml');
writeFileSync(bad, '[node]\nname = "Gamma"\nnam = 1\n');

test('config check says that a file is right', async (t) => {
  t.deepEqual(await runCli(['config', 'check', good]), {
    code: 0,
    signal: null,
    stdout: `${good} is a valid configuration of node gamma\n`,
    stderr: '',
  });
});

test('config check lists what is wrong, one line each, and exits with 1', async (t) => {
  const { code, stdout, stderr } = await runCli(['config', 'check', bad]);
  t.deepEqual({ code, stdout }, { code: 1, stdout: '' });
  const lines = stderr.trimEnd().split('\n');
  t.is(lines.length, 2);
  t.true(lines[0]!.startsWith(`${bad}:2:8: node.name: found "Gamma"; allowed: `));
  t.true(lines[1]!.startsWith(`${bad}:3:1: [node] has no key "nam"; did you mean "name"?`));
});

test('config show prints the whole configuration without the password', async (t) => {
  const { code, stdout } = await runCli(['config', 'show', good]);
  t.is(code, 0);
  t.regex(stdout, /^name = "gamma"$/m);
  t.regex(stdout, /^port = 6379$/m);
  t.false(stdout.includes('tell nobody'));
});

test('a wrong configuration starts nothing', async (t) => {
  const { code, stdout, stderr } = await runCli(['serve', '--config', bad]);
  t.deepEqual({ code, stdout }, { code: 1, stdout: '' });
  t.true(stderr.startsWith(`${bad}:2:8: `));
  t.false(stderr.includes('    at '));
});
