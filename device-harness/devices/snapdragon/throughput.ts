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
    models: [{ modelName: 'model', modelPath: model.path, loadFromCachedBinary: model.cached, inputPath: inputList, inputDataType: 'NATIVE' }],
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
  readonly missed: number;
  /** Milliseconds by frame, where the tool keeps them. */
  readonly samples: readonly number[];
}

/** What stands in `--output`: its form is not documented. These are the names that our stand-in gives; real ones may lack any of them. */
interface Results {
  readonly threads?: readonly { readonly totalTimeUs?: number; readonly executeTimesUs?: readonly number[]; readonly lateUs?: readonly number[] }[];
}

/**
 * Reads the results file where it holds single times: a frame is missed that was not ready when the next one was due. Else what the tool prints, `TotalTime
 * (us): N` and `NAME:graphExecute:` with a number of inferences, or with a rate: then those are missed that were due and not computed. Null where neither
 * says how many there were.
 */
export function readThroughput(text: string, results: string, framesPerSecond: number): ThroughputFigures | null {
  return fromResults(results, framesPerSecond) ?? fromText(text, framesPerSecond);
}

function fromResults(results: string, framesPerSecond: number): ThroughputFigures | null {
  const [thread] = parse(results)?.threads ?? [];
  const { totalTimeUs, executeTimesUs: times, lateUs: late } = thread ?? {};
  if (totalTimeUs === undefined || !times || times.length === 0 || late?.length !== times.length) return null;
  const missed = times.filter((time, i) => (late[i] as number) + time > 1e6 / framesPerSecond).length;
  return { frames: times.length, seconds: totalTimeUs / 1e6, missed, samples: times.map((time) => time / 1000) };
}

function parse(text: string): Results | null {
  try {
    return JSON.parse(text) as Results | null;
  } catch {
    return null;
  }
}

function fromText(text: string, framesPerSecond: number): ThroughputFigures | null {
  const total = Number(/TotalTime[^\n]*?([\d.]+)\s*$/m.exec(text)?.[1]);
  const line = /:graphExecute:?\s+([\d.]+)(\s*inf\/sec)?/.exec(text);
  if (!Number.isFinite(total) || !line) return null;
  const seconds = total / 1e6;
  const frames = Math.round(Number(line[1]) * (line[2] === undefined ? 1 : seconds));
  return { frames, seconds, missed: Math.max(0, Math.round(framesPerSecond * seconds) - frames), samples: [] };
}
