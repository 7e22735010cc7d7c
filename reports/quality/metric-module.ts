import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { UserError } from '../../models/contracts/errors.ts';
import type { ComparedPlanes } from './measure.ts';
import type { Compared, ExternalMetric } from './external-metric.ts';
import type { Plane } from './image.ts';
import type { Protocol } from './protocol.ts';

/** A picture as a metric of the user's own gets it: red, green and blue, levels 0–255, row by row. */
export interface MetricPicture {
  readonly width: number;
  readonly height: number;
  readonly planes: readonly (Uint8Array | Float64Array)[];
}

/** The function that a metric module exports as default. */
export type MetricFunction = (output: MetricPicture, original: MetricPicture, info: Compared) => number | Promise<number>;

/** Loads a module of the user's own as the config is loaded: JavaScript or TypeScript. Throws UserError where it has no default function. */
export async function openMetricModule({ file }: Pick<Protocol, 'file'>): Promise<ExternalMetric> {
  const path = file as string;
  const text = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new UserError(`Cannot read the metric ${path}: ${error.code ?? error.message}.`, ['Check the path; in a config it is relative to the config.'], { cause: error });
  });
  const metric = await importMetric(path);
  return {
    tools: { [basename(path)]: createHash('sha256').update(text).digest('hex').slice(0, 12) },
    value: (planes, about) => call(metric, path, planes, about),
    close: async () => {},
  };
}

async function importMetric(path: string): Promise<MetricFunction> {
  const { createJiti } = await import('jiti');
  let value: unknown;
  try {
    value = await createJiti(import.meta.url).import(path, { default: true });
  } catch (error) {
    throw new UserError(`The metric ${path} cannot be loaded: ${(error as Error).message}`, ['Run it with Node to see the whole trace.'], { cause: error });
  }
  if (typeof value === 'function') return value as MetricFunction;
  throw new UserError(`The metric ${path} exports no function.`, ['Write export default (output, original, info) => number.']);
}

async function call(metric: MetricFunction, path: string, { reference, test }: ComparedPlanes, about: Compared): Promise<number> {
  let value: unknown;
  try {
    value = await metric(picture(test), picture(reference), about);
  } catch (error) {
    throw new UserError(`The metric ${path} failed: ${error instanceof Error ? error.message : String(error)}`, ['Mend the module; its function gets (output, original, info).'], { cause: error });
  }
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new UserError(`The metric ${path} gives ${typeof value === 'string' ? JSON.stringify(value) : String(value)}, which is no finite number.`, ['Its function must return a number.']);
}

/** Copies: a metric may do with them what it likes. */
function picture(planes: readonly Plane[]): MetricPicture {
  const { width, height } = planes[0] as Plane;
  return { width, height, planes: planes.map(({ data }) => data.slice()) };
}
