/** What connects the hosts, and what keeps each of them apart from the rest. */

/** Packets, or the bytes of connections, on their way from one host to another. */
export interface Direction {
  from: string;
  to: string;
}

export interface Network {
  /** What `viewer` calls `host` by. */
  addressOf(host: string, viewer: string): string;
  /** What a command begins with that runs in the host. */
  launcher(host: string): readonly string[];
  /** The host's /dev/shm, seen from here. */
  shmPath(host: string): string;
  /** First part of the names of the host's objects. */
  shmPrefix(host: string): string;
  /** Nothing gets there any more, and nobody is told. Resolves when that is so. */
  cut(direction: Direction): Promise<void>;
  heal(direction: Direction): Promise<void>;
  close(): Promise<void>;
}

export const nameOf = ({ from, to }: Direction): string => `${from} → ${to}`;
