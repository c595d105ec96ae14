import test from 'ava';
import { conformance } from '../storage/conformance.js';
import { hdfsOptions } from './servers.js';

conformance(test, {
  name: 'hdfs',
  module: new URL('hdfs-module.js', import.meta.url).href,
  options: () => Promise.resolve(hdfsOptions()),
  shared: true,
  folders: true,
});
