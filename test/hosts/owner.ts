/** A program that opens hosts with servers, says where they are, and waits for its end. */
import { Hosts } from './hosts.js';

const hosts = await Hosts.open({ names: ['alpha', 'beta', 'gamma'], kind: 'namespaces' });
await Promise.all(
  hosts.all.map(async (host) => {
    await host.server({ config: { node: { segments_mib: [8] } } }).start();
  }),
);
await hosts.host('alpha').reaching(hosts.host('beta'));
process.stdout.write(JSON.stringify({ folder: hosts.folder }));
setInterval(() => undefined, 60_000);
