// The bench's own C++ programs, compiled when their sources are newer.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/step.mjs';

const folder = join(root, 'build-native-test', 'bench');
const own = join(root, 'bench', 'native');
const native = join(root, 'native');
const CHECKSUMS = ['crc32c', 'crc32c_sse42', 'crc32c_avx512', 'crc32c_armv8'];

/** All that needs no Node. */
const withoutNode = (directory) =>
  readdirSync(join(native, directory))
    .filter((file) => file.endsWith('.cc') && file !== 'addon.cc' && !file.includes('binding'))
    .map((file) => join(directory, file.slice(0, -'.cc'.length)));

/** What a program needs of the addon's sources. */
const ADDON_SOURCES = {
  writer: CHECKSUMS,
  allocator: ['extent_allocator', 'hole_index', 'compaction'],
  yp: [...withoutNode('.'), ...withoutNode('yp')],
};

/** Programs with a folder to themselves. */
const FOLDERS = ['allocator', 'yp'];

const mainSource = (name) => (FOLDERS.includes(name) ? join(root, 'bench', name, 'main.cc') : join(own, `${name}.cc`));
const changedMs = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? -Infinity;

function newestHeaderMs() {
  const headers = [own, native, join(native, 'yp')].flatMap((directory) =>
    readdirSync(directory)
      .filter((name) => name.endsWith('.h'))
      .map((name) => join(directory, name)),
  );
  return Math.max(...headers.map(changedMs));
}

/** The path of a program. */
export function compiled(name) {
  const output = join(folder, name);
  const sources = [mainSource(name), ...(ADDON_SOURCES[name] ?? []).map((source) => join(native, `${source}.cc`))];
  if (changedMs(output) > Math.max(newestHeaderMs(), ...sources.map(changedMs))) return output;
  mkdirSync(folder, { recursive: true });
  const flags = ['-std=c++20', '-O2', '-Wall', '-Wextra', '-D_GNU_SOURCE', `-I${native}`, `-I${own}`];
  execFileSync(process.env.CXX ?? 'g++', [...flags, '-o', output, ...sources], { stdio: 'inherit' });
  return output;
}
