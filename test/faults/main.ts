import { parseArgs } from 'node:util';
import { spell } from './storm.js';
import { Trio } from './trio.js';

const { values: options } = parseArgs({
  options: {
    storm: { type: 'string' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    kind: { type: 'string' },
  },
});
const trio = await Trio.open(options.kind === 'loopback' ? 'loopback' : undefined);
let bad = 0;
try {
  const end = performance.now() + Number(options.storm) * 1000;
  for (let seed = Number(options.seed); performance.now() < end; seed++) {
    const { faults, operations, violations } = await spell(trio, seed);
    console.log(`seed ${seed}: ${operations} operations, ${faults.join(', ')}${violations && `\n${violations}`}`);
    if (violations) {
      bad++;
      console.log(trio.lastWords());
      break;
    }
  }
} finally {
  await trio.close();
}
process.exitCode = bad;
