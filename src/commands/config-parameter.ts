import type { Context } from './context.js';

/** One name of CONFIG GET and SET. */
export interface Parameter {
  /** Lower case. */
  name: string;
  read(context: Context): string;
  /**
   * Checks a value and returns what puts it into force, so that a CONFIG SET of several changes all or none. Throws ParameterRefusal.
   * Absent: fixed while the server runs.
   */
  prepare?(context: Context, value: string): () => void;
}

/** Why a value is refused; the command says for which parameter. */
export class ParameterRefusal extends Error {}

const INTEGER = /^-?[0-9]{1,16}$/;

export function parseParameterInteger(value: string): number {
  if (!INTEGER.test(value)) throw new ParameterRefusal("argument couldn't be parsed into an integer");
  return Number(value);
}
