import { UserError } from '../../../models/contracts/index.ts';
import type { Graph, Value } from '../../../models/graph/index.ts';
import { cleanName, type Names } from './names.ts';

/** A feature whose name is not the model's. */
export interface Renaming {
  readonly from: string;
  readonly to: string;
}

/**
 * Names of inputs and outputs as Core ML takes them: `rename` first, then the model's own where they are valid, then cleaned ones, with a
 * number where two collide. Throws UserError for renamings of what is not there, or to what is not valid or taken.
 */
export function featureNames(graph: Graph, names: Names, rename: ReadonlyMap<string, string>): ReadonlyMap<Value, { readonly input?: string; readonly output?: string }> {
  const features = [...graph.inputs.filter((value) => !value.initializer).map((value) => ({ value, face: 'input' as const })), ...graph.outputs.map((value) => ({ value, face: 'output' as const }))];
  checkRenamings(features.map(({ value }) => value.name), rename);
  const chosen = new Map<(typeof features)[number], string>();
  for (const feature of features) {
    const wanted = rename.get(feature.value.name) ?? (cleanName(feature.value.name) === feature.value.name ? feature.value.name : null);
    if (wanted === null) continue;
    if (names.claim(wanted)) chosen.set(feature, wanted);
    else if (rename.has(feature.value.name)) throw new UserError(`Two features would be named "${wanted}".`, ['Choose another name: --rename OLD=NEW.']);
  }
  const result = new Map<Value, { input?: string; output?: string }>();
  for (const feature of features) {
    const name = chosen.get(feature) ?? names.unique(feature.value.name);
    result.set(feature.value, { ...result.get(feature.value), [feature.face]: name });
  }
  return result;
}

function checkRenamings(present: readonly string[], rename: ReadonlyMap<string, string>): void {
  for (const [from, to] of rename) {
    if (!present.includes(from)) throw new UserError(`The model has no input or output "${from}" to rename.`, [`It has: ${present.join(', ')}.`]);
    if (cleanName(to) !== to) throw new UserError(`"${to}" is no name that Core ML takes.`, [`Letters, digits and _, no digit first, no word of MIL: --rename ${from}=${cleanName(to)}`]);
  }
}
