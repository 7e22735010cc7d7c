import { resolveTarget } from '../../../converters/rules/resolve-target.ts';
import type { Environment } from '../../../models/contracts/records.ts';
import { type Baseline, evaluateGates, withGates } from '../../../reports/gate/index.ts';
import { buildReport } from '../../../reports/model/build-report.ts';
import type { Report, ReportCheck } from '../../../reports/model/report.ts';
import type { Config } from '../../config/config.ts';
import { plural } from '../../ui/numbers.ts';
import type { CheckOutcome } from '../../work/check-model.ts';
import { shownPath } from '../../work/model-refs.ts';
import type { BenchOutput, CompileOutput, ConvertOutput, GateOutput, InspectOutput, QualityOutput, QuantizeOutput, RewriteOutput, VariantOutput } from '../outputs.ts';
import type { Step, StepContext } from '../step.ts';

/** Ids of the steps of one model. */
export interface ModelSteps {
  readonly inspect: string;
  readonly checks: readonly string[];
  readonly rewrites: readonly { readonly id: string; readonly measured: boolean }[];
  readonly quantized: readonly string[];
  readonly compile: string | null;
  readonly convert: string | null;
  readonly bench: string | null;
  readonly quality: string | null;
}

export interface GateStepOptions {
  readonly run: Pick<Report['run'], 'id' | 'title' | 'startedAt' | 'command' | 'seed'>;
  readonly environment: Environment;
  readonly models: readonly ModelSteps[];
  readonly targets: readonly string[];
  readonly gate: Config['gate'];
  readonly baseline: Baseline | null;
  /** Models without an earlier form to compare with, and why. */
  readonly withoutBase: Readonly<Record<string, string>>;
  readonly strict: boolean;
  /** Nothing was timed: budgets of times are left out. */
  readonly exact: boolean;
  /** True where steps of an earlier run were taken over. */
  readonly isResumed: () => boolean;
}

/** Puts everything that was learned into one report and holds it against the budgets. */
export function gateStep({ run, environment, models, targets, gate, baseline, withoutBase, strict, exact, isResumed }: GateStepOptions): Step {
  const needs = models.flatMap((m) => [
    m.inspect,
    ...m.checks,
    ...m.rewrites.map(({ id }) => id),
    ...m.quantized,
    ...(m.compile ? [m.compile] : []),
    ...(m.convert ? [m.convert] : []),
    ...(m.bench ? [m.bench] : []),
    ...(m.quality ? [m.quality] : []),
  ]);
  const count = gate.gates.length;
  const begun = new Date().toISOString();
  return {
    id: 'gate',
    kind: 'gate',
    title: count === 0 ? 'Put the report together' : `Judge by ${plural(count, 'gate')}`,
    needs,
    mayLack: needs,
    essential: true,
    key: { run, gate, baseline, withoutBase, strict, exact, environment },
    async run(context) {
      const { reference, ...parts } = gather(context, models);
      const report = buildReport({
        run: { ...run, finishedAt: new Date().toISOString(), resumed: isResumed(), ...(isResumed() ? { resumedAt: begun } : {}) },
        environment,
        ...parts,
        ...(reference === undefined ? {} : { reference }),
        targets: targets.map((text) => ({ label: resolveTarget(text).label, note: resolveTarget(text).note })),
      });
      const judged = withGates(report, evaluateGates(report, gate, baseline, { withoutBase: new Map(Object.entries(withoutBase)), exact }), { strict });
      const output: GateOutput = { report: judged };
      return { output, summary: judged.verdict.sentence };
    },
  };
}

/** Everything that the steps have left. What a person left out of the run is not there, and is said. */
function gather({ inputs, omissions }: StepContext, planned: readonly ModelSteps[]) {
  const models = planned.filter(({ inspect }) => inputs([inspect]).length > 0);
  const every = <T>(id: (model: ModelSteps) => string | null): T[] => inputs<T>(models.flatMap((model) => id(model) ?? []));
  const inspected = every<InspectOutput>(({ inspect }) => inspect);
  const rewritten = models.flatMap(({ rewrites }) => rewrites.flatMap(({ id, measured }) => inputs<RewriteOutput>([id]).map((output) => ({ ...output, measured }))));
  const quantized = models.flatMap((m) => inputs<QuantizeOutput>(m.quantized));
  const measured: VariantOutput[] = [...inspected, ...rewritten.filter((r) => r.measured), ...quantized];
  const compiled = every<CompileOutput>(({ compile }) => compile);
  const converted = every<ConvertOutput>(({ convert }) => convert);
  const benches = every<BenchOutput>(({ bench }) => bench);
  const qualities = every<QualityOutput>(({ quality }) => quality);
  const reference = inspected[0]?.variant.id;
  const left = [...omissions(), ...benches.flatMap(({ omissions: devices = [] }) => devices)];
  return {
    reference,
    models: inspected.map(({ model }) => ({ ...model, path: shownPath(model.path, process.cwd()) })),
    variants: measured.map(({ variant }) => variant),
    checks: withCompiled([
      ...models.flatMap(({ checks }, i) => inputs<CheckOutcome>(checks).map((outcome) => ({ subject: (inspected[i] as InspectOutput).model.id, ...checkPart(outcome) }))),
      ...rewritten.filter((r) => r.measured).map(({ variant, after }) => ({ subject: variant.id, ...checkPart(after) })),
    ], compiled),
    compiled: compiled.flatMap(({ records }) => records),
    packages: converted.flatMap(({ records }) => records),
    rewrites: rewritten.map(({ variant, log }) => ({ variant: variant.id, log })),
    quantizations: quantized.map(({ quantization }) => quantization),
    devices: [...new Map(benches.flatMap(({ devices }) => devices.map((device) => [device.device, device]))).values()],
    measurements: benches.flatMap(({ measurements }) => measurements),
    operations: benches.flatMap(({ operations }) => operations),
    sustained: benches.flatMap(({ sustained }) => sustained),
    quality: qualities.flatMap(({ records }) => records),
    crops: qualities.flatMap(({ crops }) => crops),
    omissions: left,
    artifacts: [
      ...new Map(
        [
          ...[...rewritten, ...quantized].flatMap(({ artifacts }) => artifacts.map((artifact) => ({ ...artifact, kind: 'onnx' }))),
          ...compiled.flatMap(({ artifacts }) => artifacts.map((artifact) => ({ ...artifact, kind: 'context-binary' }))),
          ...converted.flatMap(({ artifacts }) => artifacts.map((artifact) => ({ ...artifact, kind: 'mlpackage' }))),
        ].map((artifact) => [artifact.path, artifact]),
      ).values(),
    ],
    warnings: [
      ...left.map(({ title, device, reason }) => ({ code: 'left-out', text: `${title}${device === null ? '' : ` on ${device}`}: ${reason}.`, hint: 'dyno run --resume does it.' })),
      ...compiled.flatMap(({ missing }) => (missing === null ? [] : [{ code: 'no-compiler', text: `Nothing was compiled: ${missing}`, hint: null }])),
      ...converted.flatMap(({ missing }) => (missing === null ? [] : [{ code: 'no-coreml', text: `No Core ML package was made: ${missing}`, hint: null }])),
      ...rewritten.flatMap(({ notes }) => notes.map((text) => ({ code: 'rewrite', text, hint: null }))),
      ...benches.flatMap(({ failures }) =>
        failures.map(({ device, spec, message }) => ({ code: 'block-failed', text: `${spec.variant} on ${device}, ${spec.unit}: ${message}`, hint: null })),
      ),
      ...benches.flatMap(({ lost }) => lost.map(({ device, message, nextSteps }) => ({ code: 'device-lost', text: `${device}: ${message}`, hint: nextSteps[0] ?? null }))),
    ],
  };
}

/** What the compiler was asked about is told with its answer; of quantized variants only where it found something. */
function withCompiled(checks: readonly ReportCheck[], compiled: readonly CompileOutput[]): ReportCheck[] {
  const answers = compiled.flatMap((output) => output.checks.map(({ subject, outcome }) => ({ subject, ...checkPart(outcome) })));
  const isSame = (a: ReportCheck, b: ReportCheck): boolean => a.subject === b.subject && a.target === b.target;
  const more = answers.filter((answer) => answer.causes.length > 0 && !checks.some((check) => isSame(check, answer)));
  return [...checks.map((check) => answers.find((answer) => isSame(check, answer)) ?? check), ...more];
}

function checkPart({ target, note, causes, operations }: CheckOutcome): Omit<ReportCheck, 'subject'> {
  return { target, note, causes, ...(operations ? { predicted: operations } : {}) };
}
