/** Preloaded into servers of crash tests: the addon is taken from build-crash/, which can be killed at every store to the catalog. */
import { CRASH_ADDON } from './store-points.js';

const open = process.dlopen.bind(process);

process.dlopen = (module: object, filename: string, flags?: number): void => {
  const path = filename.endsWith('/build/Release/datafabric.node') ? CRASH_ADDON : filename;
  if (flags === undefined) open(module, path);
  else open(module, path, flags);
};
