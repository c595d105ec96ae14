import { arityMatches, documentedCount } from './arity.js';
import type { Command } from './command.js';

/** What the first words of a request name. */
export interface Resolution {
  /** What is to run, once its arity is checked; a container without a handler is here only when it stands alone. */
  command?: Command;
  /** The container whose subcommand is unknown. */
  container?: Command;
}

const UNKNOWN: Resolution = {};

interface Route {
  resolution: Resolution;
  /** Under their lower-case and upper-case names. */
  subcommands: Map<string, Resolution> | undefined;
}

/** All commands by name. Built once; a contradiction in a record is a mistake in the program and throws. */
export class CommandTable {
  readonly #commands: readonly Command[];
  /** Every command and subcommand under its full name in lower case. */
  readonly #byName = new Map<string, Command>();
  /** Under lower-case and upper-case names, so that the two usual spellings need no conversion. */
  readonly #routes = new Map<string, Route>();
  readonly #nameBytesMax: number;

  constructor(commands: readonly Command[]) {
    this.#commands = commands.toSorted((one, other) => (one.name < other.name ? -1 : 1));
    for (const command of this.#commands) {
      this.#add(command, 1);
      for (const subcommand of command.subcommands ?? []) this.#add(subcommand, 2, command);
      this.#routes.set(command.name, routeOf(command)).set(command.name.toUpperCase(), routeOf(command));
    }
    this.#nameBytesMax = Math.max(0, ...[...this.#byName.keys()].map((name) => name.length));
  }

  /** By full name in lower case: `get`, `client|getname`. */
  get(name: string): Command | undefined {
    return this.#byName.get(name);
  }

  /** Without subcommands; sorted by name. */
  all(): readonly Command[] {
    return this.#commands;
  }

  resolve(args: readonly Buffer[]): Resolution {
    const name = args[0];
    if (name === undefined) return UNKNOWN;
    const route = this.#lookUp(this.#routes, name);
    if (route === undefined) return UNKNOWN;
    const word = args[1];
    if (route.subcommands === undefined || word === undefined) return route.resolution;
    return this.#lookUp(route.subcommands, word) ?? { container: route.resolution.command! };
  }

  arityMatches(command: Command, argc: number): boolean {
    return arityMatches(command, argc);
  }

  /** The keys of a request whose arity has been checked. */
  keysOf(command: Command, args: readonly Buffer[]): Buffer[] {
    if (command.keys === undefined || command.keys.absent?.(args) === true) return [];
    const { first, last, step } = command.keys;
    const end = last < 0 ? args.length + last : Math.min(last, args.length - 1);
    const keys: Buffer[] = [];
    for (let at = first; at <= end; at += step) keys.push(args[at]!);
    return keys;
  }

  #lookUp<T>(names: Map<string, T>, word: Buffer): T | undefined {
    if (word.length > this.#nameBytesMax) return undefined;
    const text = word.toString('latin1');
    return names.get(text) ?? names.get(text.toLowerCase());
  }

  #add(command: Command, words: number, container?: Command): void {
    validate(command, words, container);
    if (this.#byName.has(command.name)) throw new Error(`command ${command.name} is there twice`);
    this.#byName.set(command.name, command);
  }
}

/** `client|getname` → `getname`. */
export const lastWord = (name: string) => name.slice(name.indexOf('|') + 1);

function routeOf(command: Command): Route {
  if (command.subcommands === undefined) return { resolution: { command }, subcommands: undefined };
  const subcommands = new Map<string, Resolution>();
  for (const subcommand of command.subcommands) {
    const word = lastWord(subcommand.name);
    subcommands.set(word, { command: subcommand }).set(word.toUpperCase(), { command: subcommand });
  }
  return { resolution: { command }, subcommands };
}

function validate(command: Command, words: number, container: Command | undefined): void {
  const { name, arity } = command;
  const wrong = (what: string) => new Error(`command ${name}: ${what}`);
  if (name !== name.toLowerCase()) throw wrong('its name is not in lower case');
  if (container !== undefined && !name.startsWith(`${container.name}|`)) throw wrong(`it stands in ${container.name}`);
  if (command.handler === undefined && command.subcommands === undefined) throw wrong('it has nothing to run');
  if (command.subcommands !== undefined) {
    if (command.arguments.length > 0) throw wrong('a container has no arguments of its own');
    if (arity !== (command.handler === undefined ? -2 : -1)) throw wrong(`arity ${arity} does not suit a container`);
    return;
  }
  const documented = documentedCount(command.arguments);
  if (documented.min + words !== Math.abs(arity)) {
    throw wrong(`arity ${arity}, but its arguments make at least ${documented.min + words}`);
  }
  if (arity > 0 && !documented.fixed) throw wrong(`arity ${arity}, but the number of its arguments varies`);
  if (command.sink !== undefined && command.handler === undefined) throw wrong('a sink needs a handler beside it');
}
