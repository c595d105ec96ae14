import test from 'ava';
import { conformance } from '../storage/conformance.js';
import { s3Options } from './servers.js';

conformance(test, {
  name: 's3',
  module: new URL('s3-module.js', import.meta.url).href,
  options: () => s3Options('some/prefix'),
  shared: true,
  folders: false,
});
