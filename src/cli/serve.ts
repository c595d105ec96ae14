import { closeSync, existsSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Command } from 'commander';
import type { Logger } from 'pino';
import { isFabricError } from '../errors.js';
import { serve, version, type Config, type RunningNode } from '../main.js';
import { createLogger, isPretty } from '../util/logger.js';
import { banner } from './banner.js';
import { FAILURE } from './failure.js';
import { configOf, configOption, integerFrom, nodeOption, type NodeOptions } from './options.js';

const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;

interface ServeCommandOptions extends NodeOptions {
  readyFd?: number;
  endFd?: number;
}

export function addServeCommand(program: Command): void {
  program
    .command('serve')
    .description('Start a node and serve it until SIGTERM, SIGINT or SHUTDOWN.')
    .addOption(configOption())
    .addOption(nodeOption())
    .option(
      '-p, --port <number>',
      'TCP port, instead of listen.port of the file; 0: any free one',
      integerFrom(0, 65535),
    )
    .option('-l, --log-level <level>', 'trace, debug, info, warn, error, fatal or silent')
    .option('--log-format <format>', 'pretty, json, or auto: pretty on a terminal')
    .option(
      '--ready-fd <number>',
      'write one line of JSON (node, pid, addresses) to this file descriptor when ready',
      integerFrom(1, 1023),
    )
    .option(
      '--end-fd <number>',
      'drain and exit, as at a signal, when this file descriptor (a pipe) is closed at its other end',
      integerFrom(0, 1023),
    )
    .addHelpText(
      'after',
      `
The first signal drains: clients get the replies they are owed, then the server exits with 0. A second one exits at once.
Variables stay in shared memory for the next start; \`datafabric purge\` removes them.`,
    )
    .action((options: ServeCommandOptions) => run(options));
}

async function run(options: ServeCommandOptions): Promise<void> {
  const config = configOf(options);
  const log = createLogger(config.log);
  dieLoudly(log);
  const ending = awaitEnd();
  if (options.endFd !== undefined) onClosed(options.endFd, () => ending.end('the parent is gone'));
  const node = await serve(config, {
    log,
    onShutdown: () => ending.end(),
    interrupted: ending.signal,
    onAllocating: (megabytes) => log.info(`allocating a segment of ${megabytes} MiB`),
  }).catch((error: unknown) => {
    if (ending.signal.aborted) {
      log.info('stopped before it served');
      process.exit(0);
    }
    throw withPortAdvice(error, config);
  });
  announce(node, config, log);
  if (options.readyFd !== undefined) tellReady(options.readyFd, node, config);
  const reason = await ending.asked;
  log.info(`${reason}: draining`);
  await node.close();
  log.info('stopped; the variables stay in shared memory');
  process.exit(0);
}

/** Resolves with what asked for the end first, and aborts its signal; a second of the system's signals doesn't wait for it. */
function awaitEnd(): { asked: Promise<string>; signal: AbortSignal; end: (reason?: string) => void } {
  const { promise, resolve } = withResolvers();
  const begun = new AbortController();
  const end = (reason: string) => {
    resolve(reason);
    begun.abort();
  };
  let signalled = false;
  for (const [signal, code] of Object.entries(SIGNALS)) {
    process.on(signal, () => {
      if (signalled) process.exit(code);
      signalled = true;
      end(signal);
    });
  }
  return { asked: promise, signal: begun.signal, end: (reason = 'SHUTDOWN') => end(reason) };
}

/** Calls back once, when nobody holds the other end of a pipe any more. */
function onClosed(fd: number, then: () => void): void {
  new Socket({ fd, readable: true, writable: false })
    .on('error', () => undefined)
    .once('close', then)
    .resume()
    .unref();
}

function withResolvers(): { promise: Promise<string>; resolve: (reason: string) => void } {
  let resolve!: (reason: string) => void;
  const promise = new Promise<string>((settle) => (resolve = settle));
  return { promise, resolve };
}

/** What nobody expected: better to stop than to go on half-working. The catalog survives any end. */
function dieLoudly(log: Logger): void {
  const die = (error: unknown): void => {
    log.fatal({ err: error }, 'unexpected error; the variables are safe, restart the server');
    process.exit(FAILURE);
  };
  process.on('uncaughtException', die);
  process.on('unhandledRejection', die);
}

function announce(node: RunningNode, config: Config, log: Logger): void {
  for (const root of config.security.sourceRoots) {
    if (!existsSync(root)) log.warn(`source root ${root} doesn't exist; FILE finds nothing there`);
  }
  const { report, addresses, kernels } = node;
  const segments = node.segments();
  const facts = { node: config.node.name, addresses, segments: segments.length, kernels, open: report };
  // For people the banner says it.
  log.info(isPretty(config.log) ? {} : facts, 'ready');
  if (config.log.format === 'json') return;
  process.stdout.write(banner({ config, version, addresses, segments, report, kernels }));
}

function tellReady(fd: number, node: RunningNode, config: Config): void {
  writeSync(fd, `${JSON.stringify({ node: config.node.name, pid: process.pid, addresses: node.addresses })}\n`);
  closeSync(fd);
}

function withPortAdvice(error: unknown, { listen }: Config): unknown {
  if (!isFabricError(error) || !/in use/i.test(error.message) || error.code === 'OWNED') return error;
  if (error.message.includes('tls.port')) return error;
  error.message += `. If another server (a Redis?) has port ${listen.port}, choose one with --port, or listen.port in the config`;
  return error;
}
