/** A node and a client of it, for tests of the client library. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import test, { type ExecutionContext } from 'ava';
import { connect, type FabricClient } from '../../dist/client/index.js';
import { startServer, TestServer, type ServerOptions } from '../support/server.js';

export interface Setting {
  server: TestServer;
  fabric: FabricClient;
}

/** For tests that need nothing special; each uses names of its own. */
export const shared = new TestServer({});
test.after.always(() => shared.dispose());

/** A client of the shared server, or with a configuration of a server of the test's own. */
export async function setting(t: ExecutionContext, config?: ServerOptions['config']): Promise<Setting> {
  const server = config === undefined ? shared : await startServer(t, { config });
  const fabric = await connect(server.url);
  t.teardown(() => fabric.close());
  return { server, fabric };
}

export const pinsOf = async (fabric: FabricClient, name: string): Promise<number | undefined> =>
  (await fabric.info(name))?.pins;

/** Runs code in another process, with `fabric` connected there; resolves at its first output. */
export async function otherProcess(
  t: ExecutionContext,
  { url }: TestServer,
  code: string,
): Promise<{ child: ChildProcess; output: string }> {
  const client = new URL('../../dist/client/index.js', import.meta.url).href;
  const head = `import { connect } from ${JSON.stringify(client)}; const fabric = await connect(${JSON.stringify(url)});`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', head + code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  const [output] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, output: output.toString().trim() };
}
