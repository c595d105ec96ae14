import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { CLI, runCli } from '../support/cli.js';

const folder = mkdtempSync(join(tmpdir(), 'datafabric-cli-'));
test.after.always(() => rmSync(folder, { recursive: true }));

const config = join(folder, 'node.toml');
writeFileSync(config, `[meta]\npath = "documents"\n`);

const meta = (input: Buffer | string, ...words: string[]): Buffer =>
  execFileSync(process.execPath, [CLI, 'meta', '-c', config, ...words], { input });

test('a dictionary is made of JSON, put, and shown again', async (t) => {
  const list = [{ name: 'stations', type: '1000 * {id: int32}', documentation: 'where the wind is measured' }];
  const bytes = meta(JSON.stringify(list), 'encode', 'dictionary');
  t.is(meta(bytes, 'check', 'dictionary').toString(), 'it is a dictionary\n');
  t.is(meta(bytes, 'put', 'dictionary').toString(), '00000000\n');
  t.deepEqual(meta('', 'get', 'dictionary'), bytes);
  const shown = meta('', 'show', 'dictionary').toString();
  t.deepEqual(JSON.parse(shown), list);
  t.deepEqual(meta(shown, 'encode', 'dictionary'), bytes);

  const wrong = join(folder, 'wrong.json');
  writeFileSync(wrong, '[{"name": "x"}]');
  const refused = await runCli(['meta', '-c', config, 'encode', 'dictionary', wrong]);
  t.deepEqual([refused.code, refused.stdout], [1, '']);
  t.is(refused.stderr, 'this makes no dictionary: entries[0].type: it is missing\n');
  const checked = await runCli(['meta', '-c', config, 'check', 'manifest', wrong]);
  t.is(checked.code, 1);
  t.is(checked.stderr, 'this is no manifest: it does not begin with the number of a format\n');
  const other = await runCli(['meta', '-c', config, 'check', 'notes', wrong]);
  t.is(other.stderr, 'notes has no format: only store, dictionary, manifest and repository do\n');
});
