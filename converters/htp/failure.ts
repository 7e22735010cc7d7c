import type { JobFailure } from '../toolchain/index.ts';
import type { CompileFailure } from './compile-report.ts';
import type { CompileLog } from './read-log.ts';

interface Advice {
  readonly pattern: RegExp;
  readonly advice: readonly string[];
}

/** What helps, by the stable names of QNN's errors and by texts of the provider. Codes: QnnCommon.h, QnnGraph.h of the public QNN API; texts: `qnn.md` §8, and what ONNX's
 * operator tests brought about. The first that fits counts. */
const ADVICE: readonly Advice[] = [
  {
    pattern: /MEM_ALLOC|Code: 1002|err=1002/,
    advice: [
      'Every node was accepted, and the graph could not be laid out in the memory of the chip: chips of v68 say so of fp16 graphs. Quantize the model (dyno quantize), its inputs and outputs included.',
      'Or try a smaller input (--static), or a chip of v69 or later.',
    ],
  },
  { pattern: /requires estimated allocation of/, advice: ['The graph is larger than the memory that the chip gives it: quantize it, take a smaller input (--static), or cut it in two.'] },
  { pattern: /zero graph inputs/, advice: ['A part of the graph depends on no input: compute it beforehand (dyno rewrite --only clean/constants).'] },
  {
    pattern: /Failed to compose|error code 6005|0 sized/,
    advice: ['An operator passed validation and was refused when the graph was put together. A tensor without elements does that: remove the branch that is empty.', 'Otherwise compile parts of the model to find the node (dyno rewrite --cut-at).'],
  },
  { pattern: /\b3110\b|0xc26\b/, advice: ['The validator refuses an operator in this form or of these types: dyno check names it and says what takes its place.'] },
  { pattern: /\b5005\b|0x138d\b|Create From Binary|Request feature arch/i, advice: ['The context was made for another chip or by a newer SDK: compile it again for this chip, with libraries no newer than those on the device.'] },
  { pattern: /\b14001\b|0x80000406|Device Creation failure|Skel lib id mismatch/i, advice: ['Stub and skel libraries do not fit: push those of one SDK, for the Hexagon version of the chip, and set ADSP_LIBRARY_PATH.'] },
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
