import { readFileSync } from 'node:fs';
import test from 'ava';
import { runCli } from '../support/cli.js';

test('--version is that of the package', async (t) => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  const { code, stdout } = await runCli(['--version']);
  t.deepEqual({ code, stdout }, { code: 0, stdout: `${version}\n` });
});

test('--help names every command and shows examples', async (t) => {
  const { code, stdout } = await runCli(['--help']);
  t.is(code, 0);
  for (const command of ['serve', 'status', 'cluster', 'config', 'purge'])
    t.regex(stdout, new RegExp(`^  ${command}\\b`, 'm'));
  t.regex(stdout, /^ {2}\$ datafabric serve --config conf\/single\.toml$/m);
});

test('wrong usage exits with 2 and says what is allowed', async (t) => {
  const cases: [args: string[], message: RegExp][] = [
    [['serve', '--port', '70000'], /'70000' is invalid.* It is an integer from 0 to 65535/],
    [['serve', '--prt', '1'], /unknown option '--prt'\n\(Did you mean --port\?\)/],
    [['sreve'], /unknown command 'sreve'\n\(Did you mean serve\?\)/],
    [['config', 'check'], /missing required argument 'file'/],
    [['purge'], /without a terminal say --yes/],
    [['cluster', 'purge', 'conf/cluster.toml'], /without a terminal say --yes/],
    [['cluster', 'status', 'a.toml', '--url', 'redis://127.0.0.1:1'], /say either a file or --url/],
    [[], /Usage: datafabric/],
  ];
  for (const [args, message] of cases) {
    const { code, stdout, stderr } = await runCli(args);
    t.deepEqual({ code, stdout }, { code: 2, stdout: '' }, args.join(' '));
    t.regex(stderr, message);
  }
});

test('a server that is not there is named', async (t) => {
  const { code, stderr } = await runCli(['status', '--url', 'redis://:secret@127.0.0.1:1']);
  t.is(code, 1);
  t.is(stderr, 'cannot ask redis://:***@127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1\n');
});
