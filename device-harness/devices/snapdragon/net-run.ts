import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import type { QnnTensor } from '../../../converters/qnn/artifact.ts';
import type { QnnSdk } from '../../../converters/qnn/sdk.ts';
import { ExternalError } from '../../../models/contracts/errors.ts';
import type { Deployed } from './deploy.ts';
import { identifier } from './identifier.ts';
import type { Launch, Launcher } from './launcher.ts';
import { type PhoneLink, quote } from './phone-link.ts';
import type { ProfileFigures } from './profile/figures.ts';
import { readProfileLog } from './profile/read-log.ts';
import { toolFailure } from './tool-failure.ts';

export interface NetRunRequest {
  readonly runs: number;
  readonly level: 'basic' | 'detailed';
  readonly limitMs: number;
  /** Flags besides those of the deployment. */
  readonly flags?: readonly string[];
  /** Files of the run that are brought here: its outputs, its profiling log alone. */
  readonly fetch: 'log' | 'outputs';
}

export interface NetRun {
  readonly launch: Launch;
  readonly figures: ProfileFigures;
  /** The profiling log on this machine. */
  readonly log: string;
  /** SHA-256 of the raw output files as they are on the phone, by the model's names. */
  readonly hashes: Readonly<Record<string, string>>;
  /** The raw output files on this machine, where they were asked for. */
  readonly outputs: ReadonlyMap<string, string>;
}

/** What a launch of `qnn-net-run` needs besides the model. */
export interface NetRunTools {
  readonly link: PhoneLink;
  readonly launcher: Launcher;
  readonly sdk: QnnSdk;
  readonly environment: NodeJS.ProcessEnv;
  readonly scratch: string;
}

const OUTPUTS = 'output/Result_0/';

/**
 * One fresh launch of `qnn-net-run`. What it wrote counts, not what it prints or how it ends. Its folder on the phone is gone afterwards. Throws
 * ExternalError, with advice where the text is a known one.
 */
export async function netRun(tools: NetRunTools, deployed: Deployed, request: NetRunRequest, signal?: AbortSignal): Promise<NetRun> {
  const { runs, level, limitMs, flags = [], fetch } = request;
  const command = [...netRunCommand(deployed.args, level, String(runs)), ...flags];
  const launch = await tools.launcher.run({ folder: deployed.folder, command, limitMs }, signal);
  try {
    if (launch.code !== 0) throw toolFailure('qnn-net-run', `ended with exit code ${launch.code}`, command, launch.log);
    const files = outputFiles(launch, deployed.artifact.outputs, command);
    const profile = ['output/qnn-profiling-data_0.log', 'output/qnn-profiling-data.log'].find((name) => launch.files.includes(name));
    if (!profile) throw toolFailure('qnn-net-run', 'wrote no profiling log', command, launch.log);
    const hashes = await hashFiles(tools.link, launch, files, signal);
    const folder = await mkdtemp(join(tools.scratch, 'run-'));
    const log = join(folder, 'qnn-profiling-data.log');
    await tools.link.pull(`${launch.folder}/${profile}`, log, signal ? { signal } : {});
    const outputs = new Map<string, string>();
    for (const [index, [name, file]] of (fetch === 'outputs' ? [...files] : []).entries()) {
      const local = join(folder, `output_${index}.raw`);
      await tools.link.pull(`${launch.folder}/${file}`, local, signal ? { signal } : {});
      outputs.set(name, local);
    }
    const figures = await readProfileLog(tools.sdk, log, { environment: tools.environment, ...(signal ? { signal } : {}) });
    return { launch, figures, log, hashes, outputs };
  } finally {
    await tools.launcher.remove(launch).catch(() => undefined);
  }
}

/** The command line of a launch; `{run}` in it stands for the folder of the run. */
export function netRunCommand(args: Deployed['args'], level: NetRunRequest['level'], runs: string): string[] {
  return ['./qnn-net-run', ...args, '--output_dir', '{run}/output', '--profiling_level', level, '--num_inferences', runs, '--keep_num_outputs', '1'];
}

/** Output files by the model's names. The tool makes identifiers of names and marks files in the tensor's own type with `_native`. */
export function outputFiles({ files, log }: Pick<Launch, 'files' | 'log'>, outputs: readonly QnnTensor[], command: readonly string[]): Map<string, string> {
  const written = files.filter((file) => file.startsWith(OUTPUTS));
  const byName = new Map(written.map((file) => [identifier(file.slice(OUTPUTS.length).replace(/(?:_native)?\.raw$/, '')), file]));
  if (written.length === 0) throw toolFailure('qnn-net-run', 'ended with exit code 0 and wrote no outputs', command, log);
  return new Map(outputs.map(({ name, onnxName }) => {
    const file = byName.get(identifier(name)) ?? byName.get(identifier(onnxName));
    if (!file) throw toolFailure('qnn-net-run', `wrote no output "${name}" (but ${[...byName.keys()].join(', ')})`, command, log);
    return [onnxName, file];
  }));
}

async function hashFiles(link: PhoneLink, { folder }: Launch, files: ReadonlyMap<string, string>, signal: AbortSignal | undefined): Promise<Record<string, string>> {
  const { output } = await link.shell(`cd ${folder} && sha256sum ${[...files.values()].map(quote).join(' ')}`, { timeoutMs: 120_000, ...(signal ? { signal } : {}) });
  const hashes = new Map(output.split('\n').flatMap((line) => {
    const found = /^([0-9a-f]{64})\s+(.+)$/.exec(line.trim());
    return found ? [[found[2] as string, found[1] as string] as const] : [];
  }));
  return Object.fromEntries([...files].map(([name, file]) => {
    const hash = hashes.get(file);
    if (hash === undefined) throw new ExternalError(`The outputs on ${link.serial} could not be read.`, link.via, output);
    return [name, hash];
  }));
}
