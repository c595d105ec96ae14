import test from 'ava';
import { unknownCommand, unknownSubcommand, wrongArity, wrongSubcommandArity } from '../../dist/commands/refusals.js';

const buffers = (...words: string[]) => words.map((word) => Buffer.from(word));

test('an unknown command is repeated with its arguments', (t) => {
  t.is(unknownCommand(buffers('x', 'a', 'b')).message, "unknown command 'x', with args beginning with: 'a' 'b' ");
  t.is(unknownCommand(buffers('x')).message, "unknown command 'x', with args beginning with: ");
});

test('what is repeated is cut and stays on one line', (t) => {
  t.is(unknownCommand(buffers('x\r\ny', 'a\nb')).message, "unknown command 'x  y', with args beginning with: 'a b' ");
  const long = unknownCommand(buffers('c'.repeat(1000), 'a'.repeat(120), 'b'.repeat(1000), 'd')).message;
  t.is(
    long,
    `unknown command '${'c'.repeat(128)}', with args beginning with: '${'a'.repeat(120)}' '${'b'.repeat(5)}' `,
  );
});

test('arity and subcommands are refused in the words of Redis', (t) => {
  t.is(wrongArity('client|getname').message, "wrong number of arguments for 'client|getname' command");
  t.is(unknownSubcommand('client', Buffer.from('foo')).message, "unknown subcommand 'foo'. Try CLIENT HELP.");
  t.is(
    wrongSubcommandArity('slowlog', Buffer.from('get')).message,
    "unknown subcommand or wrong number of arguments for 'get'. Try SLOWLOG HELP.",
  );
});
