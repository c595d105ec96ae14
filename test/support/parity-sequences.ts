/**
 * Conversations in which Redis and this server say the same. Each line is a request; `2>` in front sends it on a second connection, `=n`
 * behind tells how many replies and messages come on its connection (else one), and `1> =1` only waits for one more.
 */

const SEQUENCES = `
MULTI
SET a 1
GET a
nothing here
EXEC

MULTI
SET a 1
GET a
STRLEN a
GETRANGE a 0 0
DEL a
GET a
EXEC

MULTI
MULTI
WATCH a
GET
GET a
EXEC
EXEC
DISCARD

MULTI
SELECT 99
GET a
EXEC

MULTI
PING
DISCARD
EXEC

MULTI
EXEC

MULTI
GET a
EXEC now
EXEC
GET a

MULTI
HELLO 4
AUTH x
ECHO a
PING
TIME x
EXEC

MULTI
SHUTDOWN NOSAVE
EXEC

MULTI
GET a
RESET
EXEC

MULTI
QUIT =2

WATCH a
2> SET a 1
MULTI
GET a
EXEC
GET a

WATCH a
2> SET a 1
UNWATCH
MULTI
GET a
EXEC

SET a 1
WATCH a b
2> SET b 1
MULTI
GET
EXEC

SET a 1
WATCH a
2> DEL a
MULTI
PING
EXEC
MULTI
PING
EXEC

WATCH a
2> SET a 1
MULTI
DISCARD
MULTI
PING
EXEC

WATCH a
2> SET a 1
RESET
MULTI
PING
EXEC

SUBSCRIBE a =1
PING
PING hi
SUBSCRIBE a b =2
UNSUBSCRIBE nosuch
2> PUBLISH a hello
1> =1
2> PUBSUB CHANNELS a*
2> PUBSUB NUMSUB a b c
2> PUBSUB NUMPAT
UNSUBSCRIBE b
UNSUBSCRIBE
UNSUBSCRIBE
PING

PSUBSCRIBE h?llo h[ae]* =2
2> PUBLISH hello x
1> =2
2> PUBLISH hallo x
1> =2
2> PUBLISH world x
2> PUBSUB NUMPAT
2> PUBSUB CHANNELS
PUNSUBSCRIBE h?llo
PUNSUBSCRIBE
PUNSUBSCRIBE

SSUBSCRIBE a
2> SPUBLISH a x
1> =1
2> PUBLISH a x
2> PUBSUB SHARDCHANNELS
2> PUBSUB SHARDNUMSUB a b
SUNSUBSCRIBE
SUNSUBSCRIBE

SUBSCRIBE a
RESET
2> PUBLISH a x
PING

SUBSCRIBE a
QUIT =2

CLIENT REPLY OFF =0
SUBSCRIBE a
2> PUBLISH a x
1> =1

MONITOR
2> SET a 1
1> =1
2> MULTI
1> =1
2> GET "b\\x01\\n
2> GET
2> DISCARD
1> =1
2> MULTI
1> =1
2> GET a
2> EXEC
1> =2
2> AUTH x
1> =1
2> AUTH default x
1> =1
2> CONFIG GET save
2> ECHO a·"·b\\xe4
1> =1
GET a
SET a 1

MONITOR
RESET
2> PING
PING
`;

/** Only in RESP2: there a subscriber can do nothing else. */
const SUBSCRIBED = `
SUBSCRIBE a
GET a
CLIENT ID
PUBLISH a x
MULTI
nosuch a
SUBSCRIBE
AUTH x
`;

/** Only in RESP3. */
const PUSHED = `
SUBSCRIBE a
GET a
PUBLISH a x =2
MULTI
PUBLISH b x
EXEC
PUBSUB NUMSUB a
`;

export interface Step {
  connection: 1 | 2;
  /** None: only waits. */
  words: readonly string[];
  replies: number;
}

function parseStep(line: string): Step {
  const [, second, request, replies] = /^([12]> ?)?(.*?)(?: ?=(\d))?$/.exec(line)!;
  const words = request === '' ? [] : request!.split(' ').map((word) => word.replaceAll('·', ' '));
  return { connection: second?.startsWith('2') === true ? 2 : 1, words, replies: Number(replies ?? 1) };
}

const parse = (text: string): Step[][] =>
  text
    .trim()
    .split('\n\n')
    .map((sequence) => sequence.split('\n').map(parseStep));

export const sequencesOf = (protocol: 2 | 3): Step[][] => [
  ...parse(SEQUENCES),
  ...parse(protocol === 2 ? SUBSCRIBED : PUSHED),
];
