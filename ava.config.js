export default {
  files: ['dist-test/**/*.test.js'],
  timeout: '60s',
  workerThreads: true,
};
