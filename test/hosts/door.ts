/**
 * A program that runs in a host: whoever comes to its Unix socket, which processes outside see too, is connected from there to
 * an address. So a client outside is cut off when the host is. `node door.js <path> <address> <port>`
 */
import { connect, createServer } from 'node:net';

const [path, host, port] = process.argv.slice(2) as [string, string, string];

createServer({ noDelay: true }, (near) => {
  const far = connect({ host, port: Number(port), noDelay: true });
  near.pipe(far).pipe(near);
  // Either end takes the other with it; why it ended shows on the other side as a lost connection.
  near.on('error', () => undefined).once('close', () => far.destroy());
  far.on('error', () => undefined).once('close', () => near.destroy());
}).listen(path, () => process.stdout.write('open\n'));
