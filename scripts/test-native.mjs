/**
 * Builds and runs the native unit tests: every native/test/*_test.cc against the parts of native/ that need no Node.
 *
 *   node scripts/test-native.mjs [word …]    only test files whose name contains one of the words
 *
 * All run under ASan and UBSan; those named *_tsan_test.cc run under TSan instead. Objects are kept in
 * build-native-test/ and rebuilt when a source, a header it includes, or this script is newer.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const script = fileURLToPath(import.meta.url);
const parallel = 2;
const testTimeoutMs = 300_000;
const compiler = process.env.CXX ?? 'g++';
const flags =
  '-std=c++20 -D_GNU_SOURCE -O1 -g -fno-omit-frame-pointer -Wall -Wextra -Werror -Inative -Inative/test'.split(' ');
const passes = [
  {
    name: 'asan',
    flags: ['-fsanitize=address,undefined', '-fno-sanitize-recover=all'],
    takes: (file) => !file.endsWith('_tsan_test.cc'),
  },
  // Fences are not modelled by TSan: code that relies on one shows as a race, code that doesn't is no worse for it.
  { name: 'tsan', flags: ['-fsanitize=thread', '-Wno-tsan'], takes: (file) => file.endsWith('_tsan_test.cc') },
];

function listSources(directory, wanted) {
  return readdirSync(join(root, directory))
    .filter((file) => file.endsWith('.cc') && wanted(file))
    .sort()
    .map((file) => join(directory, file));
}

function run(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, ...options });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('error', (error) => resolve({ ok: false, output: `${command}: ${error.message}\n` }));
    child.on('close', (code, signal) => resolve({ ok: code === 0, output, signal }));
  });
}

/** Runs `work` over the items, `parallel` at a time; results keep the order. */
async function inParallel(items, work) {
  const results = new Array(items.length);
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < items.length; index = next++) results[index] = await work(items[index]);
  };
  await Promise.all(Array.from({ length: parallel }, worker));
  return results;
}

const modified = (path) => statSync(path).mtimeMs;

/** True when `target` is newer than this script and than every file its dependency file names. */
function isFresh(target, dependencies) {
  if (!existsSync(target) || !existsSync(dependencies)) return false;
  const inputs = readFileSync(dependencies, 'utf8')
    .replace(/^[^:]*:/, '')
    .split(/[\s\\]+/)
    .filter(Boolean)
    .map((path) => join(path.startsWith('/') ? '/' : root, path));
  return [script, ...inputs].every((path) => existsSync(path) && modified(path) < modified(target));
}

async function compile(pass, source) {
  const object = join(root, 'build-native-test', pass.name, source.replaceAll('/', '.').replace(/\.cc$/, '.o'));
  const dependencies = object.replace(/\.o$/, '.d');
  if (isFresh(object, dependencies)) return { object, ok: true, fresh: true };
  rmSync(object, { force: true });
  const args = [...flags, ...pass.flags, '-MMD', '-MF', dependencies, '-c', source, '-o', object];
  const { ok, output } = await run(compiler, args);
  if (!ok) console.log(`${source} (${pass.name}): does not compile\n${output}`);
  return { object, ok, fresh: false };
}

/** Links through an archive, so that a test takes only the parts it uses. */
async function link(pass, test, archive, harness) {
  const program = test.object.replace(/\.o$/, '');
  const upToDate = existsSync(program) && [test.object, archive, harness].every((p) => modified(p) < modified(program));
  if (upToDate) return { program, ok: true };
  const args = [...pass.flags, test.object, harness, archive, '-pthread', '-ldl', '-o', program];
  const { ok, output } = await run(compiler, args);
  if (!ok) console.log(`${test.object}: does not link\n${output}`);
  return { program, ok };
}

async function buildArchive(pass, parts) {
  const archive = join(root, 'build-native-test', pass.name, 'parts.a');
  if (existsSync(archive) && parts.every((part) => part.fresh)) return archive;
  rmSync(archive, { force: true });
  const { ok, output } = await run('ar', ['rcs', archive, ...parts.map((part) => part.object)]);
  if (!ok) throw new Error(output);
  return archive;
}

async function runTest(program, source) {
  const { ok, output, signal } = await run(program, [], { timeout: testTimeoutMs });
  const counts = /^passed (\d+) failed (\d+)\n?$/m.exec(output);
  const passed = Number(counts?.[1] ?? 0);
  // A program that died has no counts: that is one failure, whatever it was.
  const failed = ok ? 0 : Math.max(1, Number(counts?.[2] ?? 1));
  const reason = signal ? `, ended by ${signal} (the limit is ${testTimeoutMs / 1000} s)` : '';
  console.log(`${ok ? 'ok  ' : 'FAIL'} ${basename(source)}: ${passed} passed, ${failed} failed${reason}`);
  if (!ok) console.log(output.trimEnd());
  return { passed, failed };
}

async function runPass(pass, tests) {
  mkdirSync(join(root, 'build-native-test', pass.name), { recursive: true });
  const needsNoNode = (file) => file !== 'addon.cc' && !file.includes('binding');
  const parts = [
    ...listSources('native', needsNoNode),
    ...listSources('native/hot', needsNoNode),
    ...listSources('native/yp', needsNoNode),
    'native/net/output_queue.cc',
    'native/net/sink.cc',
  ];
  const built = await inParallel([...parts, 'native/test/main.cc', ...tests], (source) => compile(pass, source));
  const harness = built[parts.length];
  if (!harness.ok) return [{ passed: 0, failed: 1 }];
  const compiled = built.slice(0, parts.length);
  const broken = compiled.filter((part) => !part.ok).length;
  const usable = compiled.filter((part) => part.ok).map((part) => ({ ...part, fresh: part.fresh && broken === 0 }));
  const archive = await buildArchive(pass, usable);
  const results = [];
  for (const [index, test] of built.slice(parts.length + 1).entries()) {
    const linked = test.ok ? await link(pass, test, archive, harness.object) : test;
    results.push(linked.ok ? await runTest(linked.program, tests[index]) : { passed: 0, failed: 1 });
  }
  return [...results, { passed: 0, failed: broken }];
}

const words = process.argv.slice(2);
const isAsked = (file) => words.length === 0 || words.some((word) => file.includes(word));
const results = [];
for (const pass of passes) {
  const tests = listSources('native/test', (file) => file.endsWith('_test.cc') && pass.takes(file) && isAsked(file));
  if (tests.length > 0) results.push(...(await runPass(pass, tests)));
}
const sum = (key) => results.reduce((total, result) => total + result[key], 0);
const failed = sum('failed') + (results.length === 0 ? 1 : 0);
console.log(`${sum('passed')} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
