import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { isCoreMlPath } from '../../../converters/coreml/package/core-ml-path.ts';
import { DynoError } from '../../../models/contracts/errors.ts';
import { writeModel } from '../../../models/onnx/write.ts';
import { RequestFault, serve } from '../../../models/run/worker-side.ts';
import { generateNetwork, randomWeights } from '../../../models/zoo/index.ts';
import { compareRuns } from '../../../reports/gate/compare-runs.ts';
import type { Report } from '../../../reports/model/report.ts';
import { renderTerminal } from '../../../reports/render/terminal/render-terminal.ts';
import { compareText } from '../../text/compare-text.ts';
import { createStyle } from '../../ui/style.ts';
import { type CheckOutcome, checkFor, withCompiler } from '../../work/check-model.ts';
import { checkPackage } from '../../work/check-package.ts';
import { CompileCheck } from '../../work/compile-for-check.ts';
import { openModel } from '../../work/open-model.ts';
import { rewriteFor } from '../../work/rewrite-model.ts';
import { makeFolderOf } from '../../write-file.ts';
import type { AnalysisReplies, AnalysisRequest } from './analysis-protocol.ts';

serve(answer);

/** It is given up by ending this process: nothing here is ever aborted. */
const signal = new AbortController().signal;
const SIZE = 128;
let compiler: CompileCheck | null = null;

async function answer(request: AnalysisRequest): Promise<AnalysisReplies[keyof AnalysisReplies]> {
  try {
    return await work(request);
  } catch (error) {
    throw error instanceof DynoError ? new RequestFault(error.message, error.nextSteps) : error;
  }
}

async function work(request: AnalysisRequest): Promise<AnalysisReplies[keyof AnalysisReplies]> {
  switch (request.kind) {
    case 'check':
      return isCoreMlPath(request.ref.path) ? checkPackage(request.ref.path, [request.target]) : [check(request)];
    case 'compile':
      return compile(request);
    case 'preview': {
      const { ref, target, precision, settings, seed } = request;
      const { log, notes } = await rewriteFor({ ref, target, precision, settings: { ...settings, verify: 'off' }, seed, out: null, dryRun: true, executor: null, progress: () => undefined, signal });
      return { log, notes };
    }
    case 'make':
      return make(request);
    case 'text':
      return text(request);
  }
}

function check({ ref, target, precision }: Extract<AnalysisRequest, { kind: 'check' }>): CheckOutcome {
  const { model, close } = openModel(ref.path);
  try {
    return checkFor(model, target, precision);
  } finally {
    close();
  }
}

/** Predicted here once more, because findings that the compiler refutes are known by identity. */
async function compile({ ref, target, precision }: Extract<AnalysisRequest, { kind: 'compile' }>): Promise<CheckOutcome> {
  compiler ??= new CompileCheck(process.env);
  const { model, close } = openModel(ref.path);
  try {
    const predicted = checkFor(model, target, precision);
    const question = { path: ref.path, model, target, shapes: [], predicted: predicted.causes.flatMap(({ findings }) => findings), verify: true, feeds: [], reproducer: null, signal };
    return withCompiler(predicted, await compiler.ask(question));
  } finally {
    close();
  }
}

async function make({ network, scale, out }: Extract<AnalysisRequest, { kind: 'make' }>): Promise<null> {
  if (existsSync(out)) return null;
  const { model } = generateNetwork(network, { scale, size: [SIZE, SIZE], batch: 1, opset: 17, dynamic: false, weights: randomWeights(1) });
  makeFolderOf(out);
  await writeModel(model, out, { signal });
  return null;
}

/** Loaded when it is asked for: the schema of reports is large. */
async function text({ runs: [before, now], folder, cwd, columns, color }: Extract<AnalysisRequest, { kind: 'text' }>): Promise<string[]> {
  const { readRunReport } = await import('../../work/read-run-report.ts');
  const first = readRunReport(before, folder, cwd);
  const written = now === undefined ? renderTerminal(first.report, { color, width: columns }) : comparison(first.report, readRunReport(now, folder, cwd).report, color);
  return [...written.trimEnd().split('\n'), ...(now === undefined ? ['', `Files: ${dirname(first.path)}`] : [])];
}

function comparison(before: Report, now: Report, color: boolean): string {
  return `${before.run.id}\n→ ${now.run.id}\n\n${compareText(compareRuns(before, now), false, createStyle(color))}`;
}
