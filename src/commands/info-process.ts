/** INFO about the process: server, clients, memory, cpu. */
import { endianness, release, totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import { processMemory } from '../util/proc.js';
import { humanBytes } from '../util/sizes.js';
import type { Context } from './context.js';
import type { InfoLine, InfoSection } from './info-section.js';
import { tcpPort } from './listeners.js';
import { sharedMemory } from './shared-memory.js';
import { REDIS_VERSION } from './version.js';

const SECONDS_PER_DAY = 86_400;

function serverLines(context: Context): InfoLine[] {
  const { server, config } = context;
  const nowMs = context.now();
  const uptimeSeconds = Math.max(0, Math.floor((nowMs - server.startedMs) / 1000));
  return [
    ['redis_version', REDIS_VERSION],
    ['redis_mode', 'standalone'],
    ['datafabric_version', server.version],
    ['node_version', process.versions.node],
    ['os', `Linux ${release()} ${process.arch}`],
    ['arch_bits', 64],
    ['endianness', endianness()],
    ['process_id', process.pid],
    ['run_id', server.runId],
    ['tcp_port', tcpPort(context)],
    ['server_time_usec', Math.floor(nowMs * 1000)],
    ['uptime_in_seconds', uptimeSeconds],
    ['uptime_in_days', Math.floor(uptimeSeconds / SECONDS_PER_DAY)],
    ['executable', process.execPath],
    ['config_file', config.path ?? ''],
    ...server.listeners.map((listener, index): InfoLine => [`listener${index}`, listener]),
  ];
}

function clientLines({ server, config }: Context): InfoLine[] {
  let connected = 0;
  let blocked = 0;
  let inputBytesMax = 0;
  let outputBytesMax = 0;
  for (const session of server.sessions()) {
    connected++;
    if (session.blocked) blocked++;
    inputBytesMax = Math.max(inputBytesMax, session.inputBytes);
    outputBytesMax = Math.max(outputBytesMax, session.outputBytes);
  }
  return [
    ['connected_clients', connected],
    ['maxclients', config.limits.clientsMax],
    ['client_recent_max_input_buffer', inputBytesMax],
    ['client_recent_max_output_buffer', outputBytesMax],
    ['blocked_clients', blocked],
    ['tracking_clients', 0],
    ['pubsub_clients', server.pubsub.receivers],
  ];
}

function sized(label: string, bytes: number): InfoLine[] {
  return [
    [label, bytes],
    [`${label}_human`, humanBytes(bytes)],
  ];
}

/** `used_memory` is what the process needs beside the segments: they are the data, and shared. */
function memoryLines({ fabric }: Context): InfoLine[] {
  const memory = processMemory();
  // Unlike process.memoryUsage, it opens no file.
  const heap = getHeapStatistics();
  const shm = sharedMemory();
  const segmentBytes = fabric.segments().reduce((sum, { bytes }) => sum + bytes, 0);
  return [
    ...sized('used_memory', memory.privateBytes),
    ...sized('used_memory_rss', memory.residentBytes),
    ...sized('used_memory_rss_peak', memory.residentPeakBytes),
    ...sized('used_memory_shared', memory.sharedBytes),
    ['used_memory_store', fabric.stats().privateBytes],
    ['js_heap_used', heap.used_heap_size],
    ['js_heap_total', heap.total_heap_size],
    ['js_external', heap.external_memory],
    ...sized('segment_memory', segmentBytes),
    ...sized('shm_total', shm.totalBytes),
    ...sized('shm_free', shm.freeBytes),
    ...sized('total_system_memory', totalmem()),
    ...sized('maxmemory', 0),
    ['maxmemory_policy', 'noeviction'],
    ['mem_fragmentation_ratio', (memory.residentBytes / Math.max(1, memory.privateBytes)).toFixed(2)],
    ['mem_allocator', 'libc'],
  ];
}

const seconds = (microseconds: number) => (microseconds / 1e6).toFixed(6);

function cpuLines(): InfoLine[] {
  const { system, user } = process.cpuUsage();
  return [
    ['used_cpu_sys', seconds(system)],
    ['used_cpu_user', seconds(user)],
  ];
}

export const serverSection: InfoSection = { name: 'server', title: 'Server', lines: serverLines };
export const clientsSection: InfoSection = { name: 'clients', title: 'Clients', lines: clientLines };
export const memorySection: InfoSection = { name: 'memory', title: 'Memory', lines: memoryLines };
export const cpuSection: InfoSection = { name: 'cpu', title: 'CPU', lines: cpuLines };
