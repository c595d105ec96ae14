import { createHash } from 'node:crypto';
import test from 'ava';
import { showConfig } from '../../dist/cluster/config-show.js';
import { load, problemsOf } from './loading.js';

const USER = '[[users]]\nname = "bob"\n';
const digest = (text: string) => createHash('sha256').update(text).digest('hex');

test('a user has what the file says, passwords only as hashes', (t) => {
  const { users } = load(
    `${USER}password = ["one", "two"]\npassword_sha256 = "${digest('three').toUpperCase()}"\n` +
      'commands = ["+@READ", "-keys"]\nread = ["tenant/*"]\nwrite = ["tenant/out/*"]\n',
  );
  t.deepEqual(users, [
    {
      name: 'bob',
      enabled: true,
      nopass: false,
      passwordSha256: ['one', 'two', 'three'].map(digest),
      commands: ['+@read', '-keys'],
      read: ['tenant/*'],
      write: ['tenant/out/*'],
    },
  ]);
});

test('without users there are none', (t) => t.deepEqual(load('').users, []));

const wrong: [name: string, text: string, problem: RegExp][] = [
  ['a user without a name', '[[users]]\nnopass = true', /^1:3: users\.name: found \[\[users\]\]; allowed: 1 to 64/],
  ['a name with a blank', '[[users]]\nname = "a b"\nnopass = true', /^2:8: users\.name: found "a b"; allowed/],
  ['two of one name', `${USER}nopass = true\n${USER}nopass = true`, /^5:8: users\.name: there is another user bob/],
  ['no way in', USER, /^2:8: users\.name: the user bob could never come in: set password/],
  ['nopass beside a password', `${USER}nopass = true\npassword = "p"`, /^3:10: users\.nopass: .* leave one out/],
  ['a hash that is none', `${USER}password_sha256 = "abc"`, /^3:19: users\.password_sha256: found another value/],
  [
    'a rule without a sign',
    `${USER}nopass = true\ncommands = ["@read"]`,
    /^4:13: users\.commands: found .*each "\+" or "-"/,
  ],
  ['an unknown key', `${USER}pasword = "p"`, /^3:1: \[\[users\]\] has no key "pasword"; did you mean "password"\?/],
  ['a table that should be several', '[users]\nname = "bob"', /^1:2: found \[users\]; allowed: a table \[\[users\]\]/],
  [
    'two passwords of the default user',
    '[security]\npassword = "p"\n[[users]]\nname = "default"\npassword = "q"',
    /^4:8: users\.name: security\.password .* set it here only/,
  ],
];
for (const [name, text, problem] of wrong) {
  test(`refused with its line: ${name}`, (t) => t.regex(problemsOf(text)[0] ?? '', problem));
}

test('rules are judged by who knows the commands', (t) => {
  const refuseRule = (rule: string) => (rule === '+gett' ? 'no such command' : undefined);
  const text = `${USER}nopass = true\ncommands = ["+get", "+gett"]`;
  t.deepEqual(problemsOf(text, { refuseRule }), ['4:12: users.commands: no such command']);
});

const EXPOSED = '[listen]\nhosts = ["0.0.0.0"]\n';
const everybody: [name: string, users: string, refused: RegExp | undefined][] = [
  ['a user with a password beside an open default', `${USER}password = "p"`, /user default: .* enabled = false/],
  ['default disabled', `${USER}password = "p"\n[[users]]\nname = "default"\nenabled = false`, undefined],
  ['default with a password of its own', '[[users]]\nname = "default"\npassword = "p"', undefined],
  ['somebody with nopass', `[security]\npassword = "p"\n${USER}nopass = true`, /user bob: .*instead of nopass/],
  ['nobody with nopass who is enabled', `[security]\npassword = "p"\n${USER}nopass = true\nenabled = false`, undefined],
];
for (const [name, users, refused] of everybody) {
  test(`reachable from other machines: ${name}`, (t) => {
    const problems = problemsOf(EXPOSED + users);
    if (refused === undefined) t.deepEqual(problems, []);
    else t.regex(problems[0] ?? '', refused);
  });
}

test('config show shows users, and of passwords only that there are some', (t) => {
  const text = showConfig(load(`${USER}password = "tell nobody"\ncommands = ["+get"]`));
  t.regex(text, /\[\[users\]\]\nname = "bob"\n# password is set, and not shown\nenabled = true\n/);
  t.false(text.includes('tell nobody') || text.includes(digest('tell nobody')));
});
