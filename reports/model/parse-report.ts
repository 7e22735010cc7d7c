import { z } from 'zod';
import { UserError } from '../../models/contracts/index.ts';
import { MIGRATIONS, type Migration } from './migrations.ts';
import type { Report } from './report.ts';
import { reportSchema, SCHEMA_VERSION } from './report-schema.ts';

/** Reads a report of this or an older format version. Throws UserError saying what is wrong and where. `name` is for messages. */
export function parseReport(json: string, name: string): Report {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw new UserError(`${name} is not JSON: ${(error as Error).message}.`, ['Give a report.json that dyno wrote.'], { cause: error });
  }
  const result = reportSchema.safeParse(migrate(value, name));
  if (!result.success)
    throw new UserError(`${name} is not a report of dyno:\n${z.prettifyError(result.error)}`, ['Give a report.json that dyno wrote.']);
  return result.data;
}

/** Brings an older report to the present version, one step at a time. */
export function migrate(
  value: unknown,
  name: string,
  table: Readonly<Record<number, Migration>> = MIGRATIONS,
  current: number = SCHEMA_VERSION,
): unknown {
  let report = value as Record<string, unknown>;
  const version = (): unknown => (typeof report === 'object' && report !== null ? report['schemaVersion'] : undefined);
  if (typeof version() !== 'number') throw new UserError(`${name} has no schemaVersion.`, ['Give a report.json that dyno wrote.']);
  if ((version() as number) > current) {
    throw new UserError(`${name} has format version ${version()}; this dyno reads up to ${current}.`, ['Update dyno.']);
  }
  while (version() !== current) {
    const step = table[version() as number];
    if (!step)
      throw new UserError(`${name} has format version ${version()}, which no dyno wrote.`, ['Give a report.json that dyno wrote.']);
    report = { ...step(report), schemaVersion: (version() as number) + 1 };
  }
  return report;
}
