import { resolve } from 'node:path';
import { UserError } from '../../models/contracts/errors.ts';
import { resolveTarget } from '../../converters/rules/resolve-target.ts';
import { encodingsText } from '../../converters/encodings/convert.ts';
import type { EncodingsFile } from '../../converters/encodings/encoding.ts';
import type { AdapterSpec } from '../../converters/faces/adapter-spec.ts';
import type { Precision } from '../../converters/rewrites/rewrite.ts';
import { EXIT } from '../exit-codes.ts';
import type { Handler } from '../program/bind.ts';
import { rewrittenEncodingsText } from '../text/encodings-text.ts';
import { evidenceText } from '../text/evidence-text.ts';
import { rewriteSummary, rewriteText } from '../text/rewrite-text.ts';
import { modelRef, shownPath } from '../work/model-refs.ts';
import { oneStep } from '../work/one-step.ts';
import { readEncodingsFile } from '../work/read-encodings.ts';
import type { RewriteCompiler } from '../work/rewrite-compiler.ts';
import { type RewriteOutcome, rewriteFor } from '../work/rewrite-model.ts';
import { targetSlug } from '../work/target-slug.ts';
import { writeFileSafely } from '../write-file.ts';

interface RewriteOptions {
  readonly out?: string;
  readonly precision: Precision;
  readonly static?: readonly string[];
  readonly keepExternal?: boolean;
  readonly dryRun?: boolean;
  readonly details?: boolean;
  readonly hoistInput?: boolean | string;
  readonly embedNorm?: string;
  readonly cutAt?: readonly string[];
  readonly cutFrom?: readonly string[];
  readonly face?: string;
  readonly adapter?: string;
  readonly encodings?: string;
  /** Of the SDK that will compile it, for htp targets. */
  readonly sdkVersion?: string;
  /** False with `--no-compile`: the recipe decides. */
  readonly compile: boolean;
  /** False with `--no-verify`: the emulator's outputs are not compared. */
  readonly verify?: string | false;
}

/** `dyno rewrite`: one model for each target. */
export const rewrite: Handler<RewriteOptions> = async (args, options, session) => {
  const { config } = await session.resolve();
  const cwd = session.io.cwd();
  const ref = modelRef(args[0] as string, config, cwd);
  const targets = config.targets.map((text) => resolveTarget(withSdk(text, options.sdkVersion)).label);
  if (options.out !== undefined && targets.length > 1) {
    throw new UserError(`-o names one file, and there are ${targets.length} targets: ${targets.join(', ')}.`, [
      `Choose one: --target ${targets[0]}`,
      'Or leave -o out: each gets a file of its own.',
    ]);
  }
  const { parseFaceRequests } = await import('../../converters/faces/face-request.ts');
  const faces = parseFaceRequests({ ...options, static: undefined });
  const adapters = await adapterFiles(options, faces.length);
  const encodings = encodingsOf(options, faces.length, cwd);
  const executor = config.rewrite.verify === 'off' ? null : (await import('../../models/run/host-executor.ts')).createHostExecutor();
  const compiler = options.compile && targets.some((target) => target.startsWith('htp')) ? await openCompiler(session.io.env) : null;
  const results: { target: string; out: string; outcome: RewriteOutcome }[] = [];
  try {
    for (const target of targets) {
      const out = resolve(cwd, options.out ?? ref.path.replace(/(\.onnx)?$/i, `.${targetSlug(target)}.onnx`));
      const outcome = await oneStep(session, 'rewrite', `Rewrite ${shownPath(ref.path, cwd)} for ${target}`, async ({ progress }) => {
        const value = await rewriteFor({
          ref,
          target,
          out,
          precision: options.precision,
          settings: config.rewrite,
          seed: config.seed,
          executor,
          compiler: target.startsWith('htp') ? compiler : null,
          emulate: options.verify !== false,
          signal: session.signal,
          progress,
          dryRun: options.dryRun === true,
          keepExternal: options.keepExternal === true,
          shapes: options.static ?? [],
          faces,
          encodings,
        });
        return { value, summary: rewriteSummary(value.log) };
      });
      if (outcome.adapter && outcome.written) await adapters(outcome.adapter, cwd);
      if (outcome.encodings && outcome.written) writeFileSafely(encodingsPath(out), encodingsText(outcome.encodings.json), cwd);
      results.push({ target, out, outcome });
    }
  } finally {
    await executor?.close();
    await compiler?.close();
  }
  const text = { style: session.style, columns: session.columns, details: options.details === true };
  await session.present({
    json: {
      rewrites: results.map(({ target, outcome: { log, notes, written, adapter, encodings, evidence, emulated } }) => ({
        target,
        model: shownPath(ref.path, cwd),
        written,
        log,
        notes,
        adapter,
        compiled: evidence ? { ...evidence, without: Object.fromEntries(evidence.without) } : null,
        emulated,
        ...(encodings ? { encodings: { ...encodings, json: undefined } } : {}),
      })),
    },
    text: results
      .map(
        ({ out, outcome: { log, notes, written, encodings, evidence, emulated } }) =>
          [
            rewriteText(shownPath(ref.path, cwd), log, notes, text),
            ...(evidence ? [evidenceText(evidence, options.precision, emulated, session.style)] : []),
            ...(encodings ? [rewrittenEncodingsText(encodings, session.style, text.details)] : []),
            written
              ? `  written to ${session.style.bold(shownPath(out, cwd))}${encodings ? `, encodings to ${session.style.bold(shownPath(encodingsPath(out), cwd))}` : ''}`
              : '  nothing was written (--dry-run)',
          ].join('\n\n'),
      )
      .join('\n\n'),
  });
  return results.some(({ outcome: { emulated } }) => (emulated?.findings.length ?? 0) > 0) ? EXIT.failed : EXIT.ok;
};

/** `--sdk-version 2.28` says the same as `htp:SM8550@2.28`. */
function withSdk(target: string, version: string | undefined): string {
  return version !== undefined && target.startsWith('htp') && !target.includes('@') ? `${target.includes(':') ? target : `${target}:SM8550`}@${version}` : target;
}

async function openCompiler(env: NodeJS.ProcessEnv): Promise<RewriteCompiler> {
  const work = await import('../work/rewrite-compiler.ts');
  return new work.RewriteCompiler(env);
}

/** Reads `--adapter` before anything is done; what it gives writes the files. */
async function adapterFiles({ adapter }: RewriteOptions, faces: number): Promise<(spec: AdapterSpec, cwd: string) => Promise<void>> {
  if (adapter === undefined) return async () => undefined;
  if (faces === 0) throw new UserError('--adapter describes a changed face, and none was asked for.', ['Add --hoist-input, --embed-norm, --cut-at, --cut-from or --face.']);
  const { adapterText, parseAdapterFiles } = await import('../../converters/faces/adapter-files.ts');
  const files = parseAdapterFiles(adapter);
  return async (spec, cwd) => {
    for (const { form, path } of files) writeFileSafely(path, adapterText(spec, form), cwd);
  };
}

/** Encodings follow rewrites, not changes of the face: an input that means something else has another range. */
function encodingsOf({ encodings }: RewriteOptions, faces: number, cwd: string): EncodingsFile | null {
  if (encodings === undefined) return null;
  if (faces > 0) throw new UserError('--encodings cannot follow changes of the face.', ['Change the face first, calibrate that model, and rewrite it with its encodings.']);
  return readEncodingsFile(encodings, cwd);
}

function encodingsPath(out: string): string {
  return out.replace(/(\.onnx)?$/i, '.encodings');
}
