/** What a node does for others with its memory: not what was asked for before it told what it has. */
import test from 'ava';
import type { Copies } from '../../dist/fabric/copies.js';
import { Holder, type HolderParts } from '../../dist/cluster/holder.js';

const TERM = 3;
const [BEFORE, NOW] = [7, 8];
const XID = 11;

test('what comes late, from before the node joined again, changes nothing', async (t) => {
  const done: string[] = [];
  const does = (what: string) => () => (done.push(what), true);
  const copies = { veil: does('veil'), unveil: does('unveil'), shed: does('shed'), seal: does('seal') };
  const holder = new Holder({
    node: 'this',
    copies: () => copies as unknown as Copies,
    tombstones: { keep: does('keep') },
    membership: { note: does('note') },
    joining: () => NOW,
  } as unknown as HolderParts);
  for (const verb of ['veil', 'unveil', 'shed', 'seal'] as const) {
    t.throws(() => holder[verb](TERM, XID, BEFORE), { code: 'FENCED', message: /joined again/ }, verb);
    t.deepEqual(done, []);
    holder[verb](TERM, XID, NOW);
    t.deepEqual(done.splice(0), [verb]);
  }
  // It has told the next coordinator already what it keeps.
  for (const verb of ['keep', 'note'] as const) {
    await t.throwsAsync(holder[verb](TERM, [], BEFORE), { code: 'FENCED', message: /joined again/ }, verb);
    t.deepEqual(done, []);
    await holder[verb](TERM, [], NOW);
    t.deepEqual(done.splice(0), [verb]);
  }
});
