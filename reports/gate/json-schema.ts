import { z } from 'zod';
import { budgetsSchema } from './budgets-schema.ts';

/** The budgets format as JSON Schema 2020-12, as `reports/budgets.schema.json` holds it. */
export function budgetsJsonSchema(): string {
  const schema = z.toJSONSchema(budgetsSchema, { io: 'input', reused: 'ref' });
  return `${JSON.stringify({ title: 'npu-dyno budgets', ...schema }, null, 1)}\n`;
}
