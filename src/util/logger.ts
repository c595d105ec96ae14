import { isatty } from 'node:tty';
import { pino, type Logger } from 'pino';
import pretty from 'pino-pretty';

export interface LoggerOptions {
  level: string;
  format: 'pretty' | 'json' | 'auto';
}

const STDERR = 2;

/** Lines for people: `auto` means so on a terminal. */
export function isPretty({ format }: LoggerOptions): boolean {
  return format === 'pretty' || (format === 'auto' && isatty(STDERR));
}

/** Writes each line to stderr before it returns, so that the last words of a dying process arrive. */
export function createLogger(options: LoggerOptions): Logger {
  const { level } = options;
  if (!isPretty(options)) {
    return pino({ level, base: null }, pino.destination({ dest: STDERR, sync: true }));
  }
  const stream = pretty({
    destination: STDERR,
    sync: true,
    colorize: isatty(STDERR),
    translateTime: 'SYS:HH:MM:ss.l',
    ignore: 'pid,hostname',
  });
  return pino({ level }, stream);
}
