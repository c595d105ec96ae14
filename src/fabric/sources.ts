/** Where INSERT … FILE and … SHM read from: what may be opened, and which bytes of it. */
import { fstatSync } from 'node:fs';
import { posix } from 'node:path';
import { FabricError } from '../errors.js';
import type { Core } from './core.js';
import { printable } from './names.js';

const PATH_BYTES_MAX = 4095;
const SHM_NAME = /^\/[A-Za-z0-9._-]{1,254}$/;

export interface Range {
  offset: number;
  length: number;
}

export type Source =
  { kind: 'file'; path: Buffer; range: Range | undefined } | { kind: 'shm'; name: Buffer; range: Range };

/** An open descriptor and the bytes of it to copy. The opener closes it. */
export interface OpenSource extends Range {
  fd: number;
}

/** Opens a source and checks that the bytes asked for are there. */
export function openSource(core: Core, source: Source): OpenSource {
  const fd = source.kind === 'file' ? openFile(core, source.path) : openShm(core, source.name);
  try {
    const size = fstatSync(fd).size;
    const { offset, length } = source.range ?? { offset: 0, length: size };
    if (offset + length > size) {
      throw new FabricError(
        'ERR',
        `${printable(source.kind === 'file' ? source.path : source.name)} has ${size} bytes; ` +
          `offset ${offset} and length ${length} reach to ${offset + length}`,
      );
    }
    return { fd, offset, length };
  } catch (error) {
    core.native.closeDescriptor(fd);
    throw error;
  }
}

function openFile(core: Core, given: Buffer): number {
  const roots = core.options.sourceRoots;
  if (roots.length === 0) {
    throw new FabricError(
      'NOPERM',
      'FILE is not allowed: name the directories to read from in security.source_roots of the config',
    );
  }
  const path = pathOf(given);
  const root = roots.filter((candidate) => isBeneath(candidate, path)).sort((a, b) => b.length - a.length)[0];
  if (root === undefined) {
    throw new FabricError(
      'NOPERM',
      `FILE needs an absolute path beneath one of security.source_roots (${roots.join(', ')}), not ${printable(given)}`,
    );
  }
  return core.native.openBeneath(root, posix.relative(root, path));
}

function pathOf(given: Buffer): string {
  if (given.length > PATH_BYTES_MAX || given.includes(0)) {
    throw new FabricError('ERR', `FILE needs a path of at most ${PATH_BYTES_MAX} bytes without NUL`);
  }
  return posix.normalize(given.toString('utf8'));
}

function isBeneath(root: string, path: string): boolean {
  const directory = posix.normalize(root.endsWith('/') ? root : `${root}/`);
  return path.startsWith(directory) && path.length > directory.length;
}

function openShm(core: Core, given: Buffer): number {
  const { shmPrefix, shmSourcePrefixes } = core.options;
  const name = given.toString('latin1');
  if (!SHM_NAME.test(name) || name === '/.' || name === '/..') {
    throw new FabricError(
      'ERR',
      `SHM needs an object's name: '/' and then letters, digits, '.', '_' or '-', not ${printable(given)}`,
    );
  }
  if (name.startsWith(`/${shmPrefix}.`)) {
    throw new FabricError('NOPERM', `${name} is the fabric's own: read a variable of it with FABRIC.GET or FABRIC.PTR`);
  }
  if (shmSourcePrefixes.length === 0) {
    throw new FabricError(
      'NOPERM',
      'SHM is not allowed: name the prefixes of the objects to read from in security.shm_source_prefixes of the config',
    );
  }
  if (!shmSourcePrefixes.some((prefix) => name.startsWith(prefix))) {
    throw new FabricError(
      'NOPERM',
      `SHM objects must begin with one of security.shm_source_prefixes (${shmSourcePrefixes.join(', ')}), not ${name}`,
    );
  }
  return core.native.openShm(name);
}
