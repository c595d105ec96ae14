import test from 'ava';
import { isFabricError } from '../../dist/errors.js';
import { parseType } from '../../dist/types/datashape.js';

const refusal = (text: string): string => {
  try {
    parseType(text);
  } catch (error) {
    if (!isFabricError(error) || error.code !== 'TYPE') throw error;
    return error.message;
  }
  return 'accepted';
};

const canonical: [written: string, canonical: string][] = [
  ['40 * 20 * float64', '40 * 20 * float64'],
  ['40*20*float64', '40 * 20 * float64'],
  ['  3 * # rows\n\t4 * int32 # columns', '3 * 4 * int32'],
  ['1000 * {x: int32, y: float64}', '1000 * {x: int32, y: float64}'],
  ['{x:int32,}', '{x: int32}'],
  ['(int32, float64,)', '(int32, float64)'],
  ['?int32', '?int32'],
  ['option[int32]', '?int32'],
  ['var * ?datetime', 'var * ?datetime'],
  ['fixed[3] * int8', '3 * int8'],
  ['fixed[3]**2 * int8', '3 * 3 * int8'],
  ['3**2 * int8', '3 * 3 * int8'],
  ['int', 'int32'],
  ['real', 'float64'],
  ['intptr', 'int64'],
  ['uintptr', 'uint64'],
  ['size', 'uint64'],
  ['complex', 'complex[float64]'],
  ['complex64', 'complex[float32]'],
  ['complex128', 'complex[float64]'],
  ['complex[real]', 'complex[float64]'],
  ['datetime[tz="UTC"]', "datetime[tz='UTC']"],
  ["time[tz='abstract']", 'time'],
  ['fixed_bytes[16, align=8]', 'fixed_bytes[16, align=8]'],
  ['fixed_bytes[16, 8]', 'fixed_bytes[16, align=8]'],
  ['fixed_bytes[16, align=1]', 'fixed_bytes[16]'],
  ['fixed_string[8]', 'fixed_string[8]'],
  ["fixed_string[8, 'U8']", 'fixed_string[8]'],
  ['fixed_string[8, "utf-16"]', "fixed_string[8, 'utf16']"],
  ['{"x y": int8, \'it\\\'s\': int8, "é": int8}', "{'x y': int8, 'it\\'s': int8, '\\u00e9': int8}"],
  ['{"\\U0001f600\\n": int8}', "{'\\U0001f600\\n': int8}"],
  ['{"\\ud83d\\ude00": int8}', "{'\\U0001f600': int8}"],
  ['{var: int8, __proto__: int8, constructor: int8}', '{var: int8, __proto__: int8, constructor: int8}'],
  ['string', 'string'],
  ['bytes', 'bytes'],
  ['0 * int8', '0 * int8'],
];

for (const [written, expected] of canonical) {
  test(`${JSON.stringify(written)} is ${expected}`, (t) => {
    t.is(parseType(written).text, expected);
    t.is(parseType(expected).text, expected);
  });
}

const refusals: [text: string, column: number, rest: RegExp][] = [
  ['', 1, /^found the end of the type, expected a type such as/],
  ['   ', 4, /^found the end of the type/],
  ['flaot64', 1, /^found 'flaot64', expected a type; did you mean 'float64'\?$/],
  ['3 * Int32', 5, /^found 'Int32', expected a type; did you mean 'int32'\?$/],
  ['Dtype', 1, /^found the type variable 'Dtype', expected a type such as/],
  ['toString', 1, /^found 'toString'/],
  ['constructor', 1, /^found 'constructor'/],
  ['__proto__', 1, /^found '__proto__'/],
  ['3 *', 4, /^found the end of the type, expected a type/],
  ['3 3', 3, /^found '3', expected '\*'/],
  ['03 * int8', 1, /^found '03', expected a dimension: an integer from 0 to 2\^53 - 1$/],
  ['9007199254740992 * int8', 1, /^found '9007199254740992', expected a dimension/],
  ['-3 * int8', 1, /^found '-', which no type contains outside quotes$/],
  ['3.5 * int8', 2, /^found '.', which no type/],
  ['float64 * 3', 9, /^found '\*', expected the end of the type \(dimensions stand before/],
  ['(int32) -> int32', 9, /^found '->', expected the end of the type$/],
  ['... * int32', 1, /^found '...', expected .*can't be stored$/],
  ['int32[3]', 6, /^found '\[', expected no arguments after 'int32'$/],
  ['bytes[align=4]', 6, /^found '\[', expected no arguments after 'bytes'$/],
  ['var', 4, /^found the end of the type, expected '\*'/],
  ['var ** 2 * int8', 5, /^found '\*\*', expected '\*'/],
  ['3 * var * int32', 5, /^found 'var', expected a dimension of fixed size/],
  ['var * var * int32', 7, /^found 'var', expected a dimension of fixed size/],
  ['{x: var * int32}', 5, /^found 'var', expected a dimension of fixed size/],
  ['var * 0 * int32', 1, /^a dimension of 0 under var/],
  ['3 * string', 5, /^found 'string', expected a type of fixed width: .* use fixed_string\[n\]$/],
  ['{x: bytes}', 5, /^found 'bytes', expected a type of fixed width: .* use fixed_bytes\[n\]$/],
  ['{}', 2, /^found '}', expected a field such as/],
  ['{x int32}', 4, /^found 'int32', expected ':' and the type of field 'x'$/],
  ['{x: int32 y: int32}', 11, /^found 'y', expected ',' or '}'$/],
  ['{x: int32, x: int32}', 12, /^found a second field 'x', expected another name$/],
  ["{x: int32, 'x': int32}", 12, /^found a second field 'x'/],
  ['{"": int32}', 2, /^a field name is not empty/],
  ['{"\\ud800": int32}', 2, /^a field name is not empty and is valid Unicode$/],
  ['{"\\x41": int32}', 3, /^found '\\x', expected one of/],
  ['{"\\U00110000": int32}', 3, /^found '\\U', expected one of/],
  ['{"x: int32}', 2, /^the quote " has no end$/],
  ['{x: 0 * int32}', 5, /^found '0', expected a dimension of at least 1/],
  ['()', 2, /^found '\)', expected a type/],
  ['(int32', 7, /^found the end of the type, expected ',' or '\)'$/],
  ['??int32', 2, /^only bool, integers/],
  ['?3 * int32', 2, /^only bool, integers/],
  ['?{x: int32}', 2, /^only bool, integers/],
  ['?char', 2, /^only bool, integers/],
  ['?string', 2, /^found 'string', expected a type of fixed width/],
  ['option int32', 8, /^found 'int32', expected '\['$/],
  ['int128', 1, /^'int128' can't be stored here: NumPy has no 128-bit/],
  ['uint128', 1, /^'uint128' can't be stored here/],
  ['float128', 1, /^'float128' can't be stored here/],
  ['complex32', 1, /^'complex32' can't be stored here: the name is ambiguous/],
  ['complex[int32]', 9, /^found 'int32', expected 'float32' or 'float64'$/],
  ["complex['float32']", 9, /^found 'float32', expected/],
  ["datetime[tz='CET']", 13, /^found 'CET', expected the string 'UTC' or 'abstract'$/],
  ['fixed_bytes', 12, /^found the end of the type, expected '\[' and a size/],
  ['fixed_bytes[0]', 13, /^found '0', expected the size in bytes: an integer from 1/],
  ['fixed_bytes[9, align=2]', 22, /^found alignment 2, expected a power of two up to 64 that divides the size 9$/],
  ['fixed_bytes[12, align=3]', 23, /^found alignment 3, expected a power of two/],
  ['fixed_bytes[128, align=128]', 24, /^found alignment 128, expected a power of two up to 64/],
  ['fixed_bytes[4294967296, align=4294967296]', 31, /^found alignment 4294967296, expected a power of two/],
  ['fixed_bytes[2147483648]', 1, /^an item would have 2147483648 bytes or more, at most 2147483647/],
  ["fixed_string[8, 'latin1']", 17, /^found 'latin1', expected one of 'ascii'/],
  ["fixed_string[1073741824, 'utf32']", 1, /^an item would have 4294967296 bytes/],
  ['{a: 46341 * 46341 * int8}', 5, /^an item would have 2147488281 bytes or more/],
  ['9007199254740991 * 2 * int8', 1, /^the dimensions multiply to more than 2\^53 - 1 bytes$/],
  ['3 * 3002399751580331 * int8', 1, /^the dimensions multiply to more than/],
  ['0 * 9007199254740991 * float64', 1, /^the dimensions multiply to more than/],
  ['33 * '.repeat(33) + 'int8', 161, /^found dimension 33, at most 32 are allowed$/],
  ['1**33 * int8', 1, /^found dimension 33, at most 32/],
];

for (const [text, column, rest] of refusals) {
  test(`${JSON.stringify(text.slice(0, 60))} is refused at column ${column}`, (t) => {
    const prefix = `bad type at column ${column}: `;
    const message = refusal(text);
    t.is(message.slice(0, prefix.length), prefix);
    t.regex(message.slice(prefix.length), rest);
  });
}

test('the largest type that is allowed', (t) => {
  t.is(parseType('9007199254740991 * int8').fixedBytes, Number.MAX_SAFE_INTEGER);
  t.is(parseType('1 * '.repeat(32) + 'int8').shape.length, 32);
  t.is(parseType('fixed_bytes[2147483647]').itemBytes, 2147483647);
});

test('nesting is bounded before the stack is', (t) => {
  const nested = (depth: number) => '('.repeat(depth) + 'int8' + ')'.repeat(depth);
  t.is(parseType(nested(64)).itemBytes, 1);
  t.is(refusal(nested(65)), 'bad type at column 66: types nest at most 64 deep');
  t.is(refusal('('.repeat(65536)), 'bad type at column 66: types nest at most 64 deep');
});

test('the text is bounded in UTF-8 bytes', (t) => {
  const padded = (bytes: number) => 'int8'.padEnd(bytes);
  t.is(parseType(padded(65536)).text, 'int8');
  t.is(refusal(padded(65537)), 'bad type: its text has 65537 bytes, at most 65536 are allowed');
  t.is(refusal('é'.repeat(32769)), 'bad type: its text has 65538 bytes, at most 65536 are allowed');
});

test('an error never breaks the line it is sent on', (t) => {
  for (const text of ['{"\r\n": bytes}', '"\r\n"', '3 * "\u2028"']) t.notRegex(refusal(text), /[\r\n\u2028]/);
});
