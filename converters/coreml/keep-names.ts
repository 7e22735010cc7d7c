import { UserError } from '../../models/contracts/index.ts';
import { type Operation, operandsOf, type Plan } from './plan.ts';

/**
 * Names of results that stay float32: of the operations that come from the nodes named, that compute the values named (also as
 * fp16 packages call them), or that stand for the operators named; and the constants that only these use. Throws UserError for a name that is
 * nothing of these.
 */
export function keptResults({ functions, constants }: Plan, layers: readonly string[]): string[] {
  const operations = functions.flatMap((f) => f.operations);
  const kept = layers.map((layer) => ({ layer, found: operations.filter((operation) => answers(operation, layer)) }));
  const unknown = kept.filter(({ found }) => found.length === 0).map(({ layer }) => `"${layer}"`);
  if (unknown.length > 0) {
    const some = [...new Set(operations.map(({ source }) => source))].slice(0, 8).join(', ');
    throw new UserError(`No layer of the converted model is called ${unknown.join(', ')}.`, [`Layers are, after rewriting: ${some}, …; operators too, e.g. --keep-fp32 Softmax.`]);
  }
  const staying = new Set(kept.flatMap(({ found }) => found));
  const users = (constant: string): Operation[] => operations.filter((operation) => operandsOf(operation).includes(constant));
  const theirs = staying.size === 0 ? [] : constants.filter(({ name }) => users(name).every((user) => staying.has(user)));
  return [...new Set([...[...staying].flatMap(({ outputs }) => outputs), ...theirs].map(({ name }) => name))];
}

function answers({ source, sourceType, outputs }: Operation, layer: string): boolean {
  return source === layer || sourceType === layer || outputs.some(({ name }) => name === layer || name === layer.replace(/_cast_fp16$/, ''));
}
