import { join } from 'node:path';
import test from 'ava';
import { showConfig } from '../../dist/cluster/config-show.js';
import { folder, load, problemsOf } from './loading.js';

const S3 = '[meta]\nstore = "s3"\nbucket = "b"\n';
const HDFS = '[data]\nstore = "hdfs"\nendpoint = "http://names:9870"\npath = "/fabric/data"\n';
/** What `[meta]` has beside its store. */
const BESIDE = { repository: 'main', remoteRoots: [], watchMs: 500 };

test('stores are folders in the state of the node by default', (t) => {
  const { meta, data } = load('[node]\nstate_dir = "s"\n');
  t.deepEqual(meta, {
    store: 'posix',
    path: join(folder, 's/meta'),
    credentialsFile: undefined,
    profile: undefined,
    ...BESIDE,
  });
  t.deepEqual(data, { store: 'posix', path: join(folder, 's/data') });
});

test('each kind has its keys', (t) => {
  const { meta, data } = load(`${S3}prefix = "a/b"\ncredentials_file = "keys"\n${HDFS}user = "x"\ntimeout_ms = "5s"\n`);
  t.deepEqual(meta, {
    store: 's3',
    bucket: 'b',
    prefix: 'a/b',
    region: 'us-east-1',
    endpoint: undefined,
    pathStyle: false,
    credentialsFile: join(folder, 'keys'),
    profile: undefined,
    timeoutMs: 30_000,
    ...BESIDE,
  });
  t.deepEqual(data, { store: 'hdfs', endpoint: 'http://names:9870', path: '/fabric/data', user: 'x', timeoutMs: 5000 });
  const ceph = load(`${S3}endpoint = "http://[::1]:9000"\n`).meta;
  t.true(ceph.store === 's3' && ceph.pathStyle, 'a server other than Amazon has the bucket in the path');
  t.deepEqual(load('[meta]\nstore = "memory"\n[data]\nstore = "memory"').data, { store: 'memory' });
});

test('what is shown loads to the same stores', (t) => {
  const before = load(S3 + HDFS);
  const after = load(showConfig(before));
  t.deepEqual([after.meta, after.data], [before.meta, before.data]);
});

test('[meta] names credentials for remotes wherever it is itself, and [data] only its own', (t) => {
  const { meta } = load('[meta]\nstore = "memory"\ncredentials_file = "keys"\nprofile = "p"\n');
  t.like(meta, { store: 'memory', credentialsFile: join(folder, 'keys'), profile: 'p' });
  t.deepEqual(problemsOf('[data]\nprofile = "p"\n'), [
    '2:11: data.profile: means nothing to a store of kind "posix": leave it out, or set data.store',
  ]);
});

test('keys of another kind, and those that miss, are told with their lines', (t) => {
  t.deepEqual(problemsOf('[meta]\nbucket = "b"\n'), [
    '2:10: meta.bucket: means nothing to a store of kind "posix": leave it out, or set meta.store',
  ]);
  t.deepEqual(problemsOf('[data]\nstore = "s3"\npath = "x"\n'), [
    '2:9: data.store: "s3" needs data.bucket',
    '3:8: data.path: means nothing to a store of kind "s3": leave it out, or set data.store',
  ]);
  t.deepEqual(problemsOf('[data]\nstore = "hdfs"\npath = "relative"\n'), [
    '2:9: data.store: "hdfs" needs data.endpoint',
    '3:8: data.path: a folder of HDFS is written from "/" on, in parts of letters, digits, ".", "_" and "-"',
  ]);
});

test('an endpoint has no user and no password: it is shown', (t) => {
  for (const endpoint of [
    'http://key:secret@host:9000',
    'host:9000',
    'ftp://host',
    'http://host/path',
    'http://h?x=y',
  ]) {
    t.regex(problemsOf(`${S3}endpoint = "${endpoint}"\n`).join('\n'), /allowed: "http:\/\/host:port"/, endpoint);
  }
  const shown = problemsOf(`${S3}endpoint = "http://key:secret@host:9000"\n`).join('\n');
  t.false(shown.includes('secret'));
});

test('stores that lie within each other are refused', (t) => {
  const within = /the stores of \[meta\] and \[data\] lie within each other\. Give each a (path|prefix) of its own/;
  const data = (keys: string) => `[data]\nstore = "s3"\nbucket = "b"\n${keys}`;
  for (const text of [
    '[meta]\npath = "x"\n[data]\npath = "x"\n',
    '[meta]\npath = "x"\n[data]\npath = "x/y"\n',
    S3 + data(''),
    `${S3}prefix = "m"\n${data('')}`,
    HDFS + HDFS.replace('[data]', '[meta]'),
  ]) {
    t.regex(problemsOf(text).join('\n'), within, text);
  }
  for (const text of [
    '[meta]\npath = "x"\n[data]\npath = "xy"\n',
    `${S3}prefix = "m"\n${data('prefix = "mm"\n')}`,
    S3 + data('').replace('"b"', '"c"'),
    S3 + data('endpoint = "http://elsewhere"\n'),
    '[meta]\nstore = "memory"\n[data]\nstore = "memory"\n',
  ]) {
    t.deepEqual(problemsOf(text), [], text);
  }
});
