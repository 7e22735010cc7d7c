import type { JobFailure } from '../toolchain/index.ts';
import type { CompileFailure } from './compile-report.ts';
import type { CompileLog } from './read-log.ts';

interface Advice {
  readonly pattern: RegExp;
  readonly advice: readonly string[];
}

/** What helps, by the stable names of QNN's errors and by texts of the provider. Codes: QnnCommon.h, QnnGraph.h of the public QNN API. */
const ADVICE: readonly Advice[] = [
  {
    pattern: /MEM_ALLOC|Code: 1002|err=1002/,
    advice: [
      'Every node was accepted, and the graph could not be laid out in the memory of the chip: chips of v68 say so of fp16 graphs. Quantize the model (dyno quantize), its inputs and outputs included.',
      'Or try a smaller input (--static), or a chip of v69 or later.',
    ],
  },
  { pattern: /GRAPH_ERROR_FINALIZE|Failed to finalize/, advice: ['Compile parts of the model to find the node (dyno rewrite --cut-at), or try another optimization level.'] },
  { pattern: /soc_model is not specified/, advice: ['fp16 needs a chip by number.'] },
  { pattern: /CANNOT_INITIALIZE|Failed to (load|setup|initialize)|SetupBackend/i, advice: ['The library did not start: make the environment anew with dyno setup python --again.'] },
  { pattern: /cannot allocate memory|bad_alloc|out of memory/i, advice: ['The compiler ran out of this machine\'s memory: close other programs, or compile for a smaller input.'] },
];

const CRASH_ADVICE = [
  'The compiler itself ended. Known causes: AveragePool or LpPool with auto_pad SAME_UPPER (pad explicitly), STFT.',
  'dyno rewrite --target htp mends the forms that are known; else cut the model to find the node.',
];

/** A failed job as the compiler's statement about the model; null where it says nothing about the model (cancelled, killed, out of time or memory). */
export function failureOf(job: JobFailure, log: CompileLog): CompileFailure | null {
  if (job.kind === 'crash') return { name: 'crash', code: null, message: `The compiler ended without a reply (${lastSentence(job.message)}).`, advice: CRASH_ADVICE };
  const text = [job.message, ...log.errors].join('\n');
  if (job.kind !== 'exception' || !/EP_FAIL|QNN_|Qnn/.test(job.message)) return null;
  const name = /\bQNN_[A-Z0-9_]+/.exec(text)?.[0] ?? 'QNN_UNKNOWN';
  const code = /\bCode: (\d+)/.exec(text)?.[1];
  return { name, code: code ? Number(code) : null, message: lastSentence(job.message), advice: adviceFor(text) };
}

/** What to do about an error text. */
export function adviceFor(text: string): readonly string[] {
  return ADVICE.find(({ pattern }) => pattern.test(text))?.advice ?? [];
}

function lastSentence(message: string): string {
  return message.replace(/^.*\[ONNXRuntimeError\] : \d+ : \w+ : /s, '').replace(/^The .* failed: /, '').split('\n')[0] as string;
}
