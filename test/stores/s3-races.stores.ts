import test from 'ava';
import { races } from '../meta/races.js';
import { s3Options } from './servers.js';

const module = new URL('s3-module.js', import.meta.url).href;

races(test, 's3', async () => ({ module, options: await s3Options('races') }));
