import { readFileSync } from 'node:fs';
import { UserError } from '../../../models/contracts/index.ts';

/**
 * A context binary. Its format is not documented: what is said here stands in it as text (build of the compiler, its settings, names of graphs).
 */
export interface ContextBinary {
  readonly kind: 'context-binary';
  /** QAIRT build that wrote it: the phone's libraries must be at least as new. */
  readonly build: string;
  readonly chips: readonly string[];
  readonly hexagon: readonly string[];
  readonly vtcmBytes: readonly string[];
  readonly graphs: readonly string[];
}

const BUILD = /v\d+\.\d+\.\d+\.\d{6,}/;

/** Reads what stands as text in a context binary. Throws UserError for files without a QAIRT build. */
export function readContextBinary(path: string): ContextBinary {
  const text = readFileSync(path).toString('latin1');
  const build = BUILD.exec(text)?.[0];
  if (!build) throw new UserError(`${path} is no context binary of QNN: no build of QAIRT stands in it.`, ['Weights of a converted model (.bin beside .cpp) are another file of that name.']);
  const setting = (name: string): string[] => distinct([...text.matchAll(new RegExp(`\\b${name}=(\\w+);`, 'g'))].map((found) => found[1] as string));
  const graphs = distinct([...text.matchAll(/PICKLE\/\d+\/([\x21-\x7e]+)/g)].map((found) => found[1] as string));
  return { kind: 'context-binary', build, chips: setting('soc_type'), hexagon: setting('arch'), vtcmBytes: setting('vtcm_size'), graphs };
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values)];
}
