import { z } from 'zod';
import { reportSchema } from './report-schema.ts';

/** The report format as JSON Schema 2020-12, as `reports/report.schema.json` holds it. */
export function reportJsonSchema(): string {
  const schema = z.toJSONSchema(reportSchema, { io: 'input', reused: 'ref' });
  return `${JSON.stringify({ title: 'npu-dyno report', ...schema }, null, 1)}\n`;
}
