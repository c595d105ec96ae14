import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { Worker } from 'node:worker_threads';
import test from 'ava';
import { closing, readAll } from '../support/sockets.js';

const ADDON = JSON.stringify(new URL('../../dist/native.js', import.meta.url).href);
const ECHO = `
  const { native } = await import(${ADDON});
  const ignore = () => undefined;
  const callbacks = {
    accept: ignore, sunk: ignore, sinkFailed: ignore, drain: ignore, closed: ignore,
    refused: ignore, idle: ignore, sealed: ignore,
    data: (connection, bytes) => net.write(connection, bytes),
    end: (connection) => net.end(connection),
  };
  const net = native.openNet(callbacks, { highWaterBytes: 1000, lowWaterBytes: 100 });
  const { port } = net.listenTcp('127.0.0.1', 0);`;

function startWorker(source: string): Worker {
  return new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`));
}

for (const [how, ending] of [
  ['terminated', (worker: Worker) => void worker.terminate()],
  ['exiting by itself', (worker: Worker) => worker.postMessage('exit')],
] as const) {
  test(`a worker ${how} closes its sockets, in the middle of a flood`, async (t) => {
    const source = `
      import { parentPort } from 'node:worker_threads';
      ${ECHO}
      parentPort.on('message', () => process.exit());
      parentPort.postMessage(port);`;
    const worker = startWorker(source);
    const [port] = (await once(worker, 'message')) as [number];
    const sockets = Array.from({ length: 20 }, () => connect(port, '127.0.0.1').on('error', () => undefined));
    const chunk = Buffer.alloc(100_000, 'x');
    const flood = (socket: (typeof sockets)[number]) => {
      while (socket.writable && socket.write(chunk)) continue;
    };
    for (const socket of sockets) socket.on('drain', () => flood(socket)).resume();
    for (const socket of sockets) flood(socket);
    await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('data', resolve))));
    ending(worker);
    await Promise.all([once(worker, 'exit'), ...sockets.map(closing)]);
    const late = connect(port, '127.0.0.1');
    const [error] = (await once(late, 'error')) as [NodeJS.ErrnoException];
    t.is(error.code, 'ECONNREFUSED');
  });
}

test('closed sockets let a worker end', async (t) => {
  const worker = startWorker(`${ECHO} net.close();`);
  const [code] = (await once(worker, 'exit')) as [number];
  t.is(code, 0);
});

test('what a callback throws becomes an uncaughtException, and the sockets go on', async (t) => {
  const source = `
    ${ECHO.replace('net.write(connection, bytes)', `{ if (String(bytes) === 'throw') throw new Error('thrown'); net.write(connection, bytes); }`)}
    process.on('uncaughtException', (error) => console.log(error.message));
    console.log(port);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(() => child.kill());
  const [port] = (await once(child.stdout, 'data')) as [Buffer];
  const socket = connect(Number(port.toString()), '127.0.0.1');
  socket.write('throw');
  const [message] = (await once(child.stdout, 'data')) as [Buffer];
  t.is(message.toString(), 'thrown\n');
  const echoed = readAll(socket);
  socket.end('alive');
  t.is((await echoed).toString(), 'alive');
});

test('without a handler, what a callback throws ends the process with its stack', async (t) => {
  const source = `${ECHO.replace('net.write(connection, bytes)', `{ throw new Error('thrown'); }`)}; console.log(port);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], { stdio: ['ignore', 'pipe', 'pipe'] });
  t.teardown(() => child.kill());
  const exited = once(child, 'close');
  const [port] = (await once(child.stdout, 'data')) as [Buffer];
  let output = '';
  child.stderr.on('data', (text: Buffer) => (output += text.toString()));
  connect(Number(port.toString()), '127.0.0.1')
    .on('error', () => undefined)
    .write('x');
  const [code, signal] = (await exited) as [number | null, string | null];
  t.deepEqual([code, signal], [1, null]);
  t.regex(output, /Error: thrown/);
});
