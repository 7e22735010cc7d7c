import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { ToolFailure } from '../tools/documented-tool.ts';

const name = z.string().min(1);

const THREAD = z.strictObject({
  threadName: name, backend: name, context: name.optional(), model: name, initModelInLoop: z.boolean().optional(), loadInputDataInLoop: z.boolean().optional(), useRandomData: z.boolean().optional(),
  /** Microseconds from the start of one inference to that of the next. */
  interval: z.number().min(0).optional(), loopUnit: z.enum(['count', 'second']), loop: z.number().positive(), executeAsynchronous: z.boolean().optional(), backendConfig: name.optional(),
});

/** Configuration of qnn-throughput-net-run (QNN tools documentation): strict, so that a key that the real tool does not know is seen here. */
const CONFIG = z.strictObject({
  backends: z.array(z.strictObject({
    backendName: name, backendPath: name, profilingLevel: z.enum(['BASIC', 'DETAILED', 'basic', 'detailed', 'off', 'OFF']).optional(), backendExtensions: z.string().optional(), perfProfile: z.string().optional(),
  })).min(1),
  models: z.array(z.strictObject({
    modelName: name, modelPath: name, loadFromCachedBinary: z.boolean().optional(), inputPath: z.string().optional(), inputDataType: z.enum(['NATIVE', 'FLOAT']).optional(),
    outputPath: z.string().optional(), outputDataType: z.enum(['NATIVE_ONLY', 'FLOAT_ONLY', 'FLOAT_AND_NATIVE']).optional(), saveOutput: z.enum(['NATIVE_ALL', 'FLOAT_ALL', 'NO']).optional(),
  })).min(1),
  contexts: z.array(z.strictObject({ contextName: name, priority: z.string().optional() })).optional(),
  testCase: z.strictObject({ iteration: z.number().int().positive(), logLevel: z.string().optional(), threads: z.array(THREAD).min(1) }),
});

export type ThroughputConfig = z.infer<typeof CONFIG>;
export type ThroughputThread = z.infer<typeof THREAD>;

/** Reads a configuration. Throws ToolFailure for keys and names that are not known. */
export function readThroughputConfig(path: string): ThroughputConfig {
  const parsed = CONFIG.safeParse(parse(path));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new ToolFailure(`Error parsing config file: ${[...(issue?.path ?? []), issue?.message].join(': ')}`);
  }
  const { backends, models, contexts = [], testCase } = parsed.data;
  for (const thread of testCase.threads) {
    if (!backends.some(({ backendName }) => backendName === thread.backend)) throw new ToolFailure(`${thread.threadName}: there is no backend ${thread.backend}`);
    if (!models.some(({ modelName }) => modelName === thread.model)) throw new ToolFailure(`${thread.threadName}: there is no model ${thread.model}`);
    if (thread.context !== undefined && !contexts.some(({ contextName }) => contextName === thread.context)) throw new ToolFailure(`${thread.threadName}: there is no context ${thread.context}`);
  }
  return parsed.data;
}

function parse(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as unknown;
  } catch (error) {
    throw new ToolFailure(`Error parsing config file: ${(error as Error).message}`);
  }
}
