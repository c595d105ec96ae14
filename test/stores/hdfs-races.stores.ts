import test from 'ava';
import { races } from '../meta/races.js';
import { hdfsOptions } from './servers.js';

const module = new URL('hdfs-module.js', import.meta.url).href;

races(test, 'hdfs', () => Promise.resolve({ module, options: hdfsOptions() }));
