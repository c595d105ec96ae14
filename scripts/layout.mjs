// Writes src/layout.ts from native/layout.h, so that both sides agree on the shared-memory format; `--check` only compares.
import { readFileSync, writeFileSync } from 'node:fs';
import prettier from 'prettier';

const header = readFileSync(new URL('../native/layout.h', import.meta.url), 'utf8');
const target = new URL('../src/layout.ts', import.meta.url);

/** An integer expression of the header: `64 << 10`, `0xff`, `4095`. */
function evaluate(expression) {
  const [value, shift] = expression.split('<<').map((part) => Number(part.trim()));
  return shift === undefined ? value : value * 2 ** shift;
}

const screaming = (name) => name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase();

const constants = [...header.matchAll(/inline constexpr uint\d+_t k(\w+) = ([^;]+);/g)].map(([, name, expression]) => [
  screaming(name),
  evaluate(expression),
]);
const sizes = [...header.matchAll(/static_assert\(sizeof\((\w+)\) == ([\d\s<]+)\)/g)].map(([, name, expression]) => [
  `${screaming(name)}_BYTES`,
  evaluate(expression),
]);

const lines = [...constants, ...sizes].map(([name, value]) => {
  if (!Number.isSafeInteger(value)) throw new Error(`native/layout.h: ${name} is no integer this script understands`);
  return `export const ${name} = ${value};`;
});
const text = await prettier.format(
  ['/** Generated from native/layout.h by scripts/layout.mjs: numbers of the shared-memory layout. */', ...lines].join(
    '\n',
  ),
  { parser: 'typescript', ...(await prettier.resolveConfig(target)) },
);

if (!process.argv.includes('--check')) writeFileSync(target, text);
else if (readFileSync(target, 'utf8') !== text) {
  console.error('src/layout.ts is stale: run `node scripts/layout.mjs`');
  process.exit(1);
}
