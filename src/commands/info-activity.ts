/** INFO about what has been going on: persistence, stats, replication, commandstats, errorstats. */
import type { Context } from './context.js';
import { pairs } from './info-section.js';
import type { InfoLine, InfoSection } from './info-section.js';

/** Variables live in shared memory and survive the process; there is no dump and no log to load. */
function persistenceLines({ server }: Context): InfoLine[] {
  return [
    ['loading', 0],
    ['async_loading', 0],
    ['rdb_changes_since_last_save', 0],
    ['rdb_bgsave_in_progress', 0],
    ['rdb_last_save_time', Math.floor(server.startedMs / 1000)],
    ['rdb_last_bgsave_status', 'ok'],
    ['aof_enabled', 0],
    ['aof_rewrite_in_progress', 0],
  ];
}

function statsLines({ server: { metrics, pubsub } }: Context): InfoLine[] {
  return [
    ['total_connections_received', metrics.connectionsReceived],
    ['total_commands_processed', metrics.commandsProcessed],
    ['total_net_input_bytes', metrics.inputBytes],
    ['total_net_output_bytes', metrics.outputBytes],
    ['rejected_connections', metrics.connectionsRejected],
    ['expired_keys', 0],
    ['evicted_keys', 0],
    ['pubsub_channels', pubsub.channels('channel').length],
    ['pubsub_patterns', pubsub.patterns],
    ['pubsubshard_channels', pubsub.channels('shard').length],
    ['client_output_buffer_limit_disconnections', metrics.outputLimitDisconnections],
    ['total_error_replies', metrics.errorReplies],
  ];
}

function replicationLines({ server }: Context): InfoLine[] {
  return [
    ['role', 'master'],
    ['connected_slaves', 0],
    ['master_failover_state', 'no-failover'],
    ['master_replid', server.runId],
    ['master_repl_offset', 0],
    ['second_repl_offset', -1],
    ['repl_backlog_active', 0],
  ];
}

function commandLines({ server: { metrics } }: Context): InfoLine[] {
  return [...metrics.commands].map(([name, stats]) => [
    `cmdstat_${name}`,
    pairs({
      calls: stats.calls,
      usec: Math.round(stats.microseconds),
      usec_per_call: (stats.microseconds / Math.max(1, stats.calls)).toFixed(2),
      rejected_calls: stats.rejected,
      failed_calls: stats.failed,
    }),
  ]);
}

function errorLines({ server: { metrics } }: Context): InfoLine[] {
  return [...metrics.errors].map(([code, count]) => [`errorstat_${code}`, pairs({ count })]);
}

export const persistenceSection: InfoSection = { name: 'persistence', title: 'Persistence', lines: persistenceLines };
export const statsSection: InfoSection = { name: 'stats', title: 'Stats', lines: statsLines };
export const replicationSection: InfoSection = { name: 'replication', title: 'Replication', lines: replicationLines };
export const commandstatsSection: InfoSection = {
  name: 'commandstats',
  title: 'Commandstats',
  onRequest: true,
  lines: commandLines,
};
export const errorstatsSection: InfoSection = { name: 'errorstats', title: 'Errorstats', lines: errorLines };
