// Answers every request with a canned reply over one kind of connection layer; prints its port.
//
//     node server.mjs net|addon|native REQUEST_BYTES REPLY ADDON_FILE
import { createRequire } from 'node:module';
import { createServer } from 'node:net';

const [kind, requestText, reply, addonFile] = process.argv.slice(2);
const requestBytes = Number(requestText);
const REPLIES_AT_ONCE = 4096;
const replies = Buffer.from(reply.repeat(REPLIES_AT_ONCE));

/** Counts the commands of a stream of fixed-length requests and answers them. */
function answerer(write) {
  let partial = 0;
  return (chunk) => {
    const bytes = partial + chunk.length;
    partial = bytes % requestBytes;
    write(replies.subarray(0, Math.floor(bytes / requestBytes) * reply.length));
  };
}

function serveSockets() {
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on(
      'data',
      answerer((bytes) => socket.write(bytes)),
    );
    socket.on('error', () => socket.destroy());
  });
  server.listen(0, '127.0.0.1', () => console.log(server.address().port));
}

function serveAddon({ openNet }) {
  const answerers = new Map();
  const ignore = () => undefined;
  const net = openNet(
    {
      accept: (connection) =>
        answerers.set(
          connection,
          answerer((bytes) => net.write(connection, bytes)),
        ),
      data: (connection, bytes) => answerers.get(connection)(bytes),
      end: (connection) => net.end(connection),
      closed: (connection) => answerers.delete(connection),
      sunk: ignore,
      sinkFailed: ignore,
      drain: ignore,
    },
    { highWaterBytes: 1 << 20, lowWaterBytes: 1 << 16 },
  );
  console.log(net.listenTcp('127.0.0.1', 0).port);
}

if (kind === 'net') {
  serveSockets();
} else {
  const addon = createRequire(import.meta.url)(addonFile);
  if (kind === 'addon') serveAddon(addon);
  else console.log(addon.serve(requestBytes, reply));
}
