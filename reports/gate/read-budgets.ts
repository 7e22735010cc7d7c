import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { UserError } from '../../models/contracts/index.ts';
import { type Budgets, budgetsSchema } from './budgets-schema.ts';

/** Reads and checks a budgets file. Throws UserError naming the place that does not fit. */
export async function readBudgets(path: string): Promise<Budgets> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UserError(`Cannot read the budgets file ${path}: ${error.code ?? error.message}.`, ['Check the path.'], { cause: error });
  });
  try {
    return parseBudgets(JSON.parse(text), path);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${path} is not JSON: ${(error as Error).message}.`, ['Mend the syntax.'], { cause: error });
  }
}

/** Checks budgets that were read elsewhere, e.g. from the config. */
export function parseBudgets(value: unknown, name: string): Budgets {
  const result = budgetsSchema.safeParse(value);
  if (result.success) return result.data;
  throw new UserError(`${name} does not fit the budgets format:\n${z.prettifyError(result.error)}`, [
    'A gate looks like { "variant": "rewritten-*", "unit": "cpu*", "latency": { "max": "16 ms" } }.',
  ]);
}
