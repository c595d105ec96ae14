/**
 * Requests which Redis and this server answer alike. A word of Redis' reply that is its own business (an id, a time, a
 * version) makes the request one of `shaped`; then only the types have to agree.
 */

/** Words stand between blanks; a dot in the middle stands for a blank, and two apostrophes for an empty word. */
const split = (line: string) => line.split(' ').map((word) => (word === "''" ? '' : word.replaceAll('·', ' ')));

const SAME = `
PING
PING hi
PING a b
ECHO
ECHO a
ECHO a b
QUIT
QUIT a
RESET
RESET x
SELECT
SELECT 0
SELECT 16
SELECT abc
SELECT -1
AUTH
AUTH x
AUTH default x
AUTH a b c
AUTH foo x
HELLO 4
HELLO 1
HELLO abc
HELLO 3 AUTH
HELLO 3 AUTH default
HELLO 3 AUTH foo bar
HELLO 3 FOO
HELLO 3 SETNAME
HELLO 3 SETNAME a·b
ACL
ACL WHOAMI
ACL WHOAMI x
ACL USERS
ACL LIST
ACL GETUSER default
ACL GETUSER nobody
ACL GETUSER
ACL CAT nope
ACL CAT read x
ACL GENPASS 0
ACL GENPASS abc
ACL GENPASS 5 6
ACL LOG RESET
ACL LOG
ACL LOG x
ACL LOG 5 6
ACL SETUSER
ACL DELUSER
ACL FOO
nosuch
nosuch a b
NoSuch a\r\nb 'x'
CLIENT
CLIENT foo
CLIENT foo bar
CLIENT ID x
CLIENT GETNAME
CLIENT GETNAME x
CLIENT SETNAME
CLIENT SETNAME a·b
CLIENT SETNAME a
CLIENT SETNAME ''
CLIENT LIST FOO
CLIENT LIST FOO 1
CLIENT LIST TYPE
CLIENT LIST TYPE foo
CLIENT LIST TYPE replica
CLIENT LIST TYPE pubsub
CLIENT LIST ID
CLIENT LIST ID 987654321
CLIENT LIST ID 0
CLIENT LIST ID a
CLIENT KILL
CLIENT KILL foo
CLIENT KILL 1.2.3.4:5
CLIENT KILL ID
CLIENT KILL ID 987654321
CLIENT KILL ID abc
CLIENT KILL ID 0
CLIENT KILL ID 1 SKIPME
CLIENT KILL TYPE foo
CLIENT KILL TYPE replica
CLIENT KILL USER foo
CLIENT KILL ADDR 1.2.3.4:5
CLIENT KILL LADDR 1.2.3.4:5
CLIENT KILL ADDR 1.2.3.4:5 SKIPME foo
CLIENT KILL SKIPME yes ID 987654321
CLIENT KILL FOO BAR
CLIENT REPLY
CLIENT REPLY foo
CLIENT REPLY ON
CLIENT NO-EVICT
CLIENT NO-EVICT foo
CLIENT NO-EVICT on
CLIENT PAUSE
CLIENT PAUSE abc
CLIENT PAUSE -1
CLIENT PAUSE 0
CLIENT PAUSE 0 FOO
CLIENT PAUSE 0 WRITE
CLIENT PAUSE 0 ALL x
CLIENT UNPAUSE
CLIENT UNPAUSE x
CLIENT MAINT_NOTIFICATIONS on
COMMAND foo
COMMAND COUNT x
COMMAND INFO nosuch
COMMAND INFO get
COMMAND INFO select echo auth quit reset hello role
COMMAND INFO client|setname client|pause client|kill client|id client|no-evict
COMMAND INFO command|count config|get config|resetstat config|rewrite
COMMAND DOCS nosuch
COMMAND LIST FILTERBY PATTERN SlowLo?|GET
COMMAND LIST FILTERBY PATTERN config|RES*
COMMAND LIST FILTERBY MODULE nosuch
COMMAND LIST FILTERBY ACLCAT nosuch
COMMAND LIST FILTERBY FOO foo
COMMAND LIST FILTERBY PATTERN
COMMAND LIST FOO
COMMAND LIST FOO a b
COMMAND GETKEYS
COMMAND GETKEYS PING a
COMMAND GETKEYS nosuch a
COMMAND GETKEYS GET a
COMMAND GETKEYS GET a b
COMMAND GETKEYS DEL a b
CONFIG
CONFIG foo
CONFIG GET
CONFIG GET save
CONFIG GET appendonly
CONFIG GET maxmemory
CONFIG GET nosuch
CONFIG SET
CONFIG SET timeout
CONFIG SET timeout abc
CONFIG SET nosuch 1
CONFIG SET databases 3
CONFIG SET timeout 0 timeout 0
CONFIG SET timeout 0 maxclients
CONFIG SET timeout 0 maxclients 100 databases 3
CONFIG SET timeout 0
CONFIG SET save ''
CONFIG RESETSTAT
CONFIG RESETSTAT x
CONFIG REWRITE x
SLOWLOG
SLOWLOG foo
SLOWLOG GET -2
SLOWLOG GET abc
SLOWLOG GET 1 2
SLOWLOG RESET
SLOWLOG RESET x
INFO nosuch
INFO keyspace
TIME x
ROLE
ROLE x
LASTSAVE x
SHUTDOWN FOO
SHUTDOWN ABORT
SHUTDOWN NOSAVE SAVE
SHUTDOWN ABORT NOSAVE
MULTI x
EXEC
EXEC x
DISCARD
UNWATCH
UNWATCH x
WATCH
WATCH a
SUBSCRIBE
SUBSCRIBE a
PSUBSCRIBE a*
PUBLISH
PUBLISH a
PUBLISH a b
PUBLISH a b c
SPUBLISH a b
PUBSUB
PUBSUB foo
PUBSUB CHANNELS
PUBSUB CHANNELS a
PUBSUB CHANNELS a b
PUBSUB NUMSUB
PUBSUB NUMSUB a
PUBSUB NUMPAT
PUBSUB NUMPAT x
MONITOR
MONITOR x
LATENCY
LATENCY foo
LATENCY LATEST
LATENCY LATEST x
LATENCY HISTORY
LATENCY HISTORY x
LATENCY RESET
LATENCY RESET a b
LATENCY HISTOGRAM nosuch
CONFIG GET latency-monitor-threshold
MEMORY
MEMORY foo
MEMORY USAGE
MEMORY USAGE nosuch
MEMORY USAGE nosuch SAMPLES 5
MEMORY USAGE nosuch SAMPLES x
MEMORY USAGE nosuch SAMPLES -1
MEMORY USAGE nosuch FOO 1
MEMORY PURGE
MODULE
MODULE foo
MODULE LIST x
DEBUG
COMMAND INFO publish pubsub|numsub multi exec discard unwatch debug shutdown memory|help
COMMAND INFO getrange substr
COMMAND GETKEYS WATCH a b
COMMAND GETKEYS MEMORY USAGE a
COMMAND GETKEYS GETRANGE a 0 1
GETRANGE
GETRANGE nosuch 0 -1
GETRANGE nosuch a 1
GETRANGE nosuch 0 b
SUBSTR nosuch 0 -1
KEYS
KEYS *
KEYS nosuch*
RANDOMKEY
RANDOMKEY x
TOUCH
TOUCH nosuch
UNLINK
UNLINK nosuch
GET
GET nosuch
GET a b
SET
SET a
DEL
DEL nosuch
EXISTS
EXISTS nosuch
STRLEN
STRLEN nosuch
STRLEN a b
TYPE nosuch
TYPE a b
SCAN
SCAN abc
SCAN 0 COUNT abc
SCAN 0 COUNT 0
SCAN 0 FOO 1
DBSIZE
DBSIZE x
FLUSHALL
`;

const SHAPED = `
HELLO
HELLO 2
HELLO 3
HELLO 3 AUTH default x SETNAME me
ACL CAT
ACL CAT read
ACL GENPASS
ACL GENPASS 5
ACL HELP
ACL SAVE
ACL LOAD
CLIENT ID
CLIENT INFO
CLIENT LIST
CLIENT LIST TYPE normal
CLIENT HELP
COMMAND COUNT
COMMAND LIST
COMMAND HELP
CONFIG GET maxclients
CONFIG GET port
CONFIG HELP
LATENCY DOCTOR
LATENCY HELP
LATENCY HISTOGRAM ping
MEMORY DOCTOR
MEMORY HELP
MODULE HELP
PUBSUB HELP
DEBUG JMAP
CONFIG GET client-output-buffer-limit
SLOWLOG GET
SLOWLOG LEN
SLOWLOG HELP
INFO
INFO server
INFO all
TIME
LASTSAVE
SET a b EX
SET a b FOO
SCAN 0
SCAN 0 MATCH
FLUSHALL FOO
`;

const lines = (text: string) => text.trim().split('\n').map(split);

/** The whole reply must be equal. */
export const sameRequests = lines(SAME);
/** The types of the reply must be equal. */
export const shapedRequests = lines(SHAPED);

/** What both have; their arities and ACL categories must be equal. */
export const categorised: readonly string[] = [
  ...[
    'ping',
    'echo',
    'quit',
    'reset',
    'select',
    'auth',
    'hello',
    'info',
    'time',
    'lastsave',
    'role',
    'shutdown',
    'monitor',
  ],
  ...[
    'get',
    'set',
    'del',
    'unlink',
    'exists',
    'touch',
    'strlen',
    'type',
    'scan',
    'keys',
    'randomkey',
    'dbsize',
    'flushall',
  ],
  ...['getrange', 'substr', 'debug', 'multi', 'exec', 'discard', 'watch', 'unwatch', 'publish', 'spublish'],
  ...['subscribe', 'unsubscribe', 'psubscribe', 'punsubscribe', 'ssubscribe', 'sunsubscribe'],
  ...['client', 'command', 'config', 'slowlog', 'latency', 'memory', 'module', 'pubsub'],
  ...['id', 'info', 'list', 'getname', 'setname', 'kill', 'reply', 'no-evict', 'pause', 'unpause', 'help'].map(
    (word) => `client|${word}`,
  ),
  ...['count', 'docs', 'info', 'list', 'help'].map((word) => `command|${word}`),
  ...['get', 'set', 'resetstat', 'rewrite', 'help'].map((word) => `config|${word}`),
  ...['get', 'len', 'reset', 'help'].map((word) => `slowlog|${word}`),
  ...['doctor', 'histogram', 'history', 'latest', 'reset', 'help'].map((word) => `latency|${word}`),
  ...['doctor', 'purge', 'stats', 'usage', 'help'].map((word) => `memory|${word}`),
  ...['channels', 'numpat', 'numsub', 'shardchannels', 'shardnumsub', 'help'].map((word) => `pubsub|${word}`),
  ...['module|list', 'module|help'],
];
