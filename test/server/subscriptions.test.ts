import test from 'ava';
import { Pushes, type Push } from '../../dist/resp/push.js';
import { Subscriptions } from '../../dist/server/subscriptions.js';

const A = Buffer.from('a');
const X = Buffer.from('x');

class Receiver {
  readonly heard: string[] = [];

  push(push: Push): void {
    this.heard.push(
      push
        .bytes(3)
        .toString('latin1')
        .replaceAll(/[$>:]\d*\r\n|\r\n/g, ' ')
        .trim()
        .replaceAll(/ +/g, ' '),
    );
  }
}

test('channels, patterns and shard channels are told apart', (t) => {
  const hub = new Subscriptions(new Pushes());
  const receiver = new Receiver();
  hub.subscribe(receiver, 'channel', A);
  hub.subscribe(receiver, 'pattern', Buffer.from('?'));
  hub.subscribe(receiver, 'shard', A);
  t.deepEqual(receiver.heard.splice(0), ['subscribe a', 'psubscribe ?', 'ssubscribe a']);
  t.is(hub.publish('channel', A, X), 2);
  t.is(hub.publish('shard', A, X), 1);
  t.is(hub.publish('channel', Buffer.from('b'), X), 1);
  t.is(hub.publish('channel', Buffer.from('bb'), X), 0);
  t.deepEqual(receiver.heard, ['message a x', 'pmessage ? a x', 'smessage a x', 'pmessage ? b x']);
  t.deepEqual(hub.tally(receiver), { channel: 1, pattern: 1, shard: 1 });
});

test('nothing is left of who leaves', (t) => {
  const hub = new Subscriptions(new Pushes());
  const [one, other] = [new Receiver(), new Receiver()];
  for (const receiver of [one, other]) {
    for (const kind of ['channel', 'pattern', 'shard'] as const) hub.subscribe(receiver, kind, A);
  }
  hub.leave(one);
  t.false(hub.has(one));
  t.is(hub.audience('channel', A), 1);
  hub.unsubscribe(other, 'channel', A);
  hub.unsubscribeAll(other, 'pattern');
  t.true(hub.has(other));
  hub.unsubscribeAll(other, 'shard');
  t.false(hub.has(other));
  t.deepEqual([hub.channels('channel'), hub.channels('shard'), hub.patterns, hub.receivers], [[], [], 0, 0]);
  t.is(hub.publish('channel', A, X), 0);
});

test('a receiver that leaves on its message does not disturb the others', (t) => {
  const hub = new Subscriptions(new Pushes());
  const receivers = [new Receiver(), new Receiver(), new Receiver()];
  for (const receiver of receivers) hub.subscribe(receiver, 'channel', A);
  receivers[1]!.push = () => hub.leave(receivers[1]!);
  t.is(hub.publish('channel', A, X), 3);
  t.is(receivers[0]!.heard.at(-1), 'message a x');
  t.is(receivers[2]!.heard.at(-1), 'message a x');
  t.is(hub.audience('channel', A), 2);
});

test('names are binary', (t) => {
  const hub = new Subscriptions(new Pushes());
  const receiver = new Receiver();
  const name = Buffer.from([0, 255, 13, 10]);
  hub.subscribe(receiver, 'channel', name);
  t.deepEqual(hub.channels('channel'), [name]);
  t.is(hub.publish('channel', name, X), 1);
});

test('a message is encoded once for each protocol, a long one not kept by those after it', (t) => {
  const pushes = new Pushes();
  const push = pushes.message(['message', 'a', 'x']);
  t.is(push.bytes(2).toString(), '*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nx\r\n');
  t.is(push.bytes(3).toString(), '>3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nx\r\n');
  t.is(push.bytes(2), push.bytes(2));
  const long = pushes.message([Buffer.alloc(1 << 20)]).bytes(2);
  t.not(pushes.line('PING').bytes(2).buffer, long.buffer);
});
