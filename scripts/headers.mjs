import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** `--nodedir` for node-gyp where the running node's headers lie beside it, so that no download is needed. */
export function nodedirArguments() {
  const prefix = dirname(dirname(process.execPath));
  return existsSync(join(prefix, 'include/node/node_api.h')) ? [`--nodedir=${prefix}`] : [];
}
