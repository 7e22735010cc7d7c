/** What `qnn-throughput-net-run` is told for one model at a frame rate. */
export interface ThroughputRequest {
  readonly backend: { readonly name: string; readonly library: string; readonly extensions: string | null; readonly config: string | null; readonly perfProfile: string };
  readonly model: { readonly path: string; readonly cached: boolean };
  readonly inputList: string;
  readonly framesPerSecond: number;
  readonly seconds: number;
}

const THREAD = 'frames';

/** Its configuration (QNN documentation, tools): one thread that begins an inference every `interval` microseconds, for so many seconds. */
export function throughputConfig({ backend, model, inputList, framesPerSecond, seconds }: ThroughputRequest): object {
  return {
    backends: [{
      backendName: backend.name, backendPath: backend.library, profilingLevel: 'OFF', perfProfile: backend.perfProfile, ...(backend.extensions === null ? {} : { backendExtensions: backend.extensions }),
    }],
    models: [{ modelName: 'model', modelPath: model.path, loadFromCachedBinary: model.cached, inputPath: inputList, inputDataType: 'NATIVE', outputPath: 'frames', outputDataType: 'NATIVE_ONLY', saveOutput: 'NONE' }],
    contexts: [{ contextName: 'context' }],
    testCase: {
      iteration: 1, logLevel: 'error',
      threads: [{
        threadName: THREAD, backend: backend.name, context: 'context', model: 'model', initModelInLoop: false, loadInputDataInLoop: false, useRandomData: false,
        interval: Math.round(1e6 / framesPerSecond), loopUnit: 'second', loop: seconds, ...(backend.config === null ? {} : { backendConfig: backend.config }),
      }],
    },
  };
}

export interface ThroughputFigures {
  readonly frames: number;
  readonly seconds: number;
  /** Milliseconds by frame, where the tool keeps them. */
  readonly samples: readonly number[];
}

/**
 * Reads what the tool prints: `TotalTime (us): N` and a line for each thread that begins `NAME:graphExecute:` with the number of inferences. Null where
 * it prints neither.
 */
export function parseThroughput(text: string): ThroughputFigures | null {
  const total = /TotalTime[^\n]*?([\d.]+)\s*$/m.exec(text)?.[1];
  const frames = new RegExp(`${THREAD}\\S*:graphExecute:?\\s+(\\d+)`).exec(text)?.[1] ?? /:graphExecute:?\s+(\d+)/.exec(text)?.[1];
  if (total === undefined || frames === undefined) return null;
  return { frames: Number(frames), seconds: Number(total) / 1e6, samples: [] };
}
