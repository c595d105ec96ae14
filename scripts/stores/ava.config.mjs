// The tests of scripts/test-stores.mjs.
export default {
  files: ['dist-test/stores/*.stores.js'],
  timeout: '120s',
  workerThreads: true,
};
