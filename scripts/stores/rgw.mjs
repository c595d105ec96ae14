// An object store with the S3 protocol for tests: a Ceph cluster of one monitor and one storage daemon that keeps objects in memory, and
// its gateway. Prints {"endpoint", "accessKeyId", "secretAccessKey"} when it answers; ends with its standard input.
import { get } from 'node:http';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { freePort, serve } from './server.mjs';

const START_MS_MAX = 90_000;
const MEMORY_BYTES = 2 ** 31;
const GATEWAY = 'client.gateway';
/** The keys of all, in one file. */
const CAPABILITIES = {
  'mon.': ['--cap', 'mon', 'allow *'],
  'osd.0': ['--cap', 'mon', 'allow profile osd', '--cap', 'osd', 'allow *'],
  'client.admin': ['--cap', 'mon', 'allow *', '--cap', 'osd', 'allow *'],
  [GATEWAY]: ['--cap', 'mon', 'allow *', '--cap', 'osd', 'allow *'],
};

const configuration = ({ folder, fsid, port }) => `[global]
fsid = ${fsid}
mon host = [v2:127.0.0.1:${port}/0]
mon initial members = a
public addr = 127.0.0.1
cluster addr = 127.0.0.1
keyring = ${folder}/keyring
run dir = ${folder}
crash dir = ${folder}
admin socket = ${folder}/$name.asok
log file = ${folder}/$name.log
mon data = ${folder}/mon
osd data = ${folder}/osd
rgw data = ${folder}/rgw
osd objectstore = memstore
memstore device bytes = ${MEMORY_BYTES}
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
rgw rados pool pg num min = 1
mon allow pool size one = true
mon data avail warn = 1
mon data avail crit = 1
paxos propose interval = 0.05
paxos min wait = 0.01
`;

async function start(server) {
  const { folder } = server;
  const [fsid, osd] = [randomUUID(), randomUUID()];
  const [monitorPort, port] = [await freePort(), await freePort()];
  const credentials = {
    accessKeyId: randomBytes(10).toString('hex'),
    secretAccessKey: randomBytes(20).toString('hex'),
  };
  writeFileSync(server.path('ceph.conf'), configuration({ folder, fsid, port: monitorPort }));
  for (const data of ['mon', 'osd', 'rgw']) mkdirSync(server.path(data));
  const options = { env: { ...process.env, CEPH_CONF: server.path('ceph.conf') } };
  const run = (program, ...args) => server.run(program, args, { ...options, timeoutMs: START_MS_MAX });

  const keyring = server.path('keyring');
  await run('ceph-authtool', '--create-keyring', keyring);
  for (const [name, caps] of Object.entries(CAPABILITIES)) {
    await run('ceph-authtool', keyring, '--gen-key', '--name', name, ...caps);
  }
  const address = `[v2:127.0.0.1:${monitorPort}/0]`;
  await run('monmaptool', '--create', '--fsid', fsid, '--addv', 'a', address, server.path('monmap'));
  await run('ceph-mon', '--mkfs', '-i', 'a', '--monmap', server.path('monmap'), '--keyring', keyring);
  server.start('ceph-mon', ['-f', '-i', 'a'], options);
  await run('ceph', 'osd', 'new', osd);
  await run('ceph-osd', '-i', '0', '--mkfs', '--osd-uuid', osd);
  server.start('ceph-osd', ['-f', '-i', '0'], options);
  const keys = ['--access-key', credentials.accessKeyId, '--secret-key', credentials.secretAccessKey];
  await run('radosgw-admin', 'user', 'create', '--uid', 'test', '--display-name', 'test', ...keys);
  server.start('radosgw', ['-f', '--name', GATEWAY, '--rgw-frontends', `beast endpoint=127.0.0.1:${port}`], options);
  const endpoint = `http://127.0.0.1:${port}`;
  await server.until('the gateway answered', START_MS_MAX, () => answers(endpoint));
  return { endpoint, ...credentials };
}

function answers(endpoint) {
  return new Promise((resolve) => {
    const asked = get(endpoint, (reply) => resolve(reply.resume() && true));
    asked.once('error', () => resolve(false));
  });
}

await serve(start);
