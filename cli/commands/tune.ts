import { join, resolve } from 'node:path';
import { UserError } from '../../models/contracts/errors.ts';
import type { Scorer } from '../../models/contracts/executor.ts';
import type { InputContract } from '../../models/contracts/input-contract.ts';
import { type Objective, parseCandidate, refuseForeign, type TuneResult } from '../../converters/tune/index.ts';
import type { Config } from '../config/config.ts';
import { EXIT } from '../exit-codes.ts';
import type { Handler } from '../program/bind.ts';
import type { Session } from '../session.ts';
import { tuneText } from '../text/tune-text.ts';
import { plural } from '../ui/numbers.ts';
import { modelRef, shownPath } from '../work/model-refs.ts';
import { oneStep } from '../work/one-step.ts';
import { targetSlug } from '../work/target-slug.ts';
import { configSnippet, reproduceCommands, type TuneCommandLine, type VariantFlags } from '../work/tune-commands.ts';
import { type TuneOutcome, tuneModel } from '../work/tune-model.ts';

interface TuneOptions extends VariantFlags {
  readonly out?: string;
  readonly objective: Objective;
  readonly floor?: string;
  /** Who scores: `host` or `emulator:CHIP`. */
  readonly on?: string;
  readonly candidate?: readonly string[];
  readonly rows?: string;
  readonly most?: string;
  readonly details?: boolean;
  /** False with `--no-verify`. */
  readonly verify: boolean;
}

/** `dyno tune`: the variant of a model that moves least on a chip, by what Qualcomm's compiler says. */
export const tune: Handler<TuneOptions> = async (args, options, session) => {
  const { config, file } = await session.resolve();
  const cwd = session.io.cwd();
  const ref = modelRef(args[0] as string, config, cwd);
  const targets = config.targets.filter((target) => target.startsWith('htp'));
  if (targets.length === 0) throw new UserError('No htp target was named.', ['Name a chip: --target htp:SM8550']);
  const floor = options.floor === undefined ? null : numberOf('--floor', options.floor);
  if ((options.objective === 'quality') !== (floor !== null)) throw new UserError('--objective quality and --floor go together.', ['Write --objective quality --floor 36.2 (in the unit of the metric).']);
  const candidates = options.candidate?.map(parseCandidate) ?? null;
  const folder = (target: string): string | null => (options.out === undefined ? null : targets.length === 1 ? resolve(cwd, options.out) : join(resolve(cwd, options.out), targetSlug(target)));
  for (const out of targets.map(folder)) if (out !== null) refuseForeign(out);
  const outcomes: { readonly outcome: TuneOutcome; readonly line: TuneCommandLine }[] = [];
  for (const target of targets) {
    const line: TuneCommandLine = { model: shownPath(ref.path, cwd), target, out: options.out ?? null, folder: folder(target), options, config, file: file === null ? null : shownPath(file, cwd), id: ref.id };
    const scoring = floor === null ? null : await openScoring(config, options.on ?? 'host', session);
    try {
      const outcome = await oneStep(session, 'tune', `Tune ${shownPath(ref.path, cwd)} for ${target}`, async ({ id, emit, progress }) => {
        const value = await tuneModel({
          ref, target, precision: options.precision, shapes: options.static ?? [], config, objective: options.objective, floor, scorer: scoring?.scorer ?? null, candidates,
          rows: (options.rows ?? '').split(',').filter((part) => part !== '').map((part) => numberOf('--rows', part)),
          outputRange: options.outputRange === undefined ? null : rangeOf(options.outputRange), vtcmMb: options.vtcm === undefined ? null : numberOf('--vtcm', options.vtcm),
          most: options.most === undefined ? null : numberOf('--most', options.most), verify: options.verify, out: folder(target), env: session.io.env, signal: session.signal,
          about: (result) => ({ model: ref.id, commands: reproduceCommands(line, result), config: configSnippet(line, result) }),
          onCandidate: (candidate) => emit({ type: 'candidate', at: new Date().toISOString(), id, candidate }),
          progress: (note, done) => progress(note, done),
        });
        return { value, summary: `${plural(value.result.rows.length, 'candidate')}, best ${value.result.winner.name}` };
      });
      outcomes.push({ outcome, line });
    } finally {
      await scoring?.close();
    }
  }
  await session.present({
    json: { tuned: outcomes.map(({ outcome, line }) => plain(outcome, line)) },
    text: outcomes.map(({ outcome, line }) => tuneText(line.model, outcome, reproduceCommands(line, outcome.result), snippetText(line, outcome.result), { style: session.style, details: options.details === true })).join('\n\n'),
  });
  return EXIT.ok;
};

function plain({ chip, note, result: { variant, rows, winner, proof }, written }: TuneOutcome, line: TuneCommandLine): object {
  const result = { rows, winner, proof, variant } as TuneResult;
  return {
    chip, note, winner: winner.name, modelSha256: variant.sha256, proof, rows, adapter: variant.adapter, notes: variant.notes, written,
    commands: reproduceCommands(line, result), config: configSnippet(line, result),
  };
}

function snippetText(line: TuneCommandLine, result: TuneResult): string {
  return line.folder === null ? '' : JSON.stringify(configSnippet(line, result), null, 2);
}

interface Scoring {
  readonly scorer: (contract: InputContract) => Scorer;
  close(): Promise<void>;
}

/** Quality of candidates under the first metric, on ONNX Runtime or in a chip's arithmetic (`--on emulator:SM8550`). */
async function openScoring(config: Config, on: string, session: Session): Promise<Scoring> {
  const { images, quality: { metrics: [metric = 'psnr:y'] } } = config;
  if (images === null) throw new UserError('Quality needs pictures.', ['Give a folder with --data DIR, or "images" in the config.']);
  const [{ qualityScorer }, { parseProtocol }, { openQualityExecutors }] = await Promise.all([
    import('../../reports/quality/scorer.ts'), import('../../reports/quality/protocol.ts'), import('../work/quality-executors.ts'),
  ]);
  const executors = openQualityExecutors([on], session.io.env);
  if (executors.missing) throw executors.missing;
  const executor = executors.emulators[0]?.whole ?? executors.runtimes[0]?.executor ?? executors.host;
  return { scorer: (contract) => qualityScorer({ executor, contract, images, protocol: parseProtocol(metric) }), close: () => executors.close() };
}

function numberOf(flag: string, text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || (flag !== '--floor' && !(Number.isInteger(value) && value > 0))) throw new UserError(`${flag} ${text} is no such number.`, [flag === '--floor' ? 'Write --floor 36.2.' : `Write a whole number: ${flag} 8.`]);
  return value;
}

function rangeOf(text: string): readonly [number, number] {
  const [low, high] = text.split('..').map(Number);
  if (low === undefined || high === undefined || !(low < high)) throw new UserError(`"${text}" is no range.`, ['Write --output-range 0..1.']);
  return [low, high];
}
