/** The reader in Node.js: `node node-reader.js PORT NAME…`, one line of JSON for each name. */
import { connect } from '../client/index.js';
import { mappingOf } from './memory.js';
import type { Reading } from './readers.js';
import { sumBytes } from './sum.js';

const [port, ...names] = process.argv.slice(2);
const fabric = await connect({ port: Number(port) });
for (const name of names) {
  const start = performance.now();
  const variable = await fabric.attach<Uint8Array>(name);
  const attached = performance.now();
  const sum = sumBytes(variable.bytes);
  const summed = performance.now();
  const [placement] = (await fabric.locate(name)) ?? [];
  const reading: Reading = {
    name,
    sum,
    attachMs: attached - start,
    sumMs: summed - attached,
    mapping: mappingOf(placement!.sharedId),
  };
  process.stdout.write(`${JSON.stringify(reading)}\n`);
  await variable.release();
}
await fabric.close();
