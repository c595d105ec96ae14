/** `npm run test:hosts`: one after the other, as some look at what the machine has. */
export default {
  files: ['dist-test/**/*.hosts.js'],
  timeout: '60s',
  workerThreads: true,
  serial: true,
};
