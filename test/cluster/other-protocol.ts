/** Preloaded into a node: it says that it speaks a later version of the nodes' protocol. */
import { Peers } from '../../dist/cluster/peers.js';
import type { Hello } from '../../dist/cluster/peer-messages.js';

type Ask = (this: Peers, ...args: Parameters<Peers['ask']>) => Promise<unknown>;

const ask: Ask = Reflect.get(Peers.prototype, 'ask');

Peers.prototype.ask = function (node, verb, args, options) {
  const told = verb === 'coordinator.join' ? args.map((hello) => later(hello as Hello)) : args;
  return ask.call(this, node, verb, told, options);
};

const later = (hello: Hello): Hello => ({ ...hello, protocol: hello.protocol + 1 });
