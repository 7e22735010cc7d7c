/**
 * What a compilation for HTP costs beyond the library's own time, once the worker is warm: `compileForHtp` from call to report (preparing the
 * model, the fork, reading the log, mapping nodes), beside the time that Qualcomm's library takes inside of the job, by a clock there.
 * Target: 10 %.
 *
 *     npx tsx test/bench/compile-overhead.ts [--runs 25] [--chip SM8550] [MODEL…]
 */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { compileForHtp, openHtpToolchain } from '../../converters/htp/index.ts';
import { resolveSoc } from '../../converters/rules/resolve-target.ts';
import { findEnvironment, pythonFolder, PythonWorker } from '../../converters/toolchain/index.ts';
import { fixture, repoRoot } from '../support/paths.ts';
import { markdownTable } from './markdown-table.ts';

const { values: options, positionals } = parseArgs({ options: { runs: { type: 'string', default: '25' }, chip: { type: 'string', default: 'SM8550' } }, allowPositionals: true });
const models = positionals.length > 0 ? positionals : [
  join(repoRoot, 'models/zoo/weights/quicksrnet-small-x2.onnx'), join(repoRoot, 'models/zoo/weights/ultramini-x2.onnx'), fixture('exports', 'vap_block_op17.onnx'), fixture('exports', 'window_attention_op17.onnx'),
];

const WARM_UP = 5;

/** The job with a clock around the library: `open_session` registers the provider and makes the session, which compiles. */
const CLOCK = `
import time
unclocked = open_session
def open_session(args, verbose):
    started = time.perf_counter()
    try:
        return unclocked(args, verbose)
    finally:
        with open(TIMES, "w") as file: file.write(str(time.perf_counter() - started))
`;

const toolchain = openHtpToolchain();
if (toolchain instanceof Error) throw toolchain;
const folder = mkdtempSync(join(tmpdir(), 'dyno-overhead-'));
const times = join(folder, 'seconds');
for (const file of readdirSync(pythonFolder()).filter((name) => name.endsWith('.py'))) cpSync(join(pythonFolder(), file), join(folder, file));
writeFileSync(join(folder, 'jobs_htp.py'), `${readFileSync(join(pythonFolder(), 'jobs_htp.py'), 'utf8')}\nTIMES = ${JSON.stringify(times)}\n${CLOCK}`);
const worker = new PythonWorker(findEnvironment()?.python as string, folder);
try {
  const { soc } = resolveSoc(options.chip);
  const rows: string[][] = [];
  for (const modelPath of models) {
    for (let run = 0; run < WARM_UP; run++) await compileForHtp({ ...toolchain, worker }, { modelPath, soc });
    const runs: { ours: number; library: number }[] = [];
    for (let run = 0; run < Number(options.runs); run++) {
      const started = performance.now();
      await compileForHtp({ ...toolchain, worker }, { modelPath, soc });
      runs.push({ ours: (performance.now() - started) / 1000, library: Number(readFileSync(times, 'utf8')) });
    }
    const overheads = runs.map(({ ours, library }) => ours - library).sort((a, b) => a - b);
    const library = median(runs.map((run) => run.library));
    rows.push([basename(modelPath), library.toFixed(3), median(runs.map((run) => run.ours)).toFixed(3), `${ms(overheads[0] as number)} / ${ms(median(overheads))}`, `${((100 * median(overheads)) / library).toFixed(1)} %`]);
  }
  console.log(markdownTable(['model', 'library s', 'ours s', 'difference ms, min / median', 'overhead'], rows));
} finally {
  await worker.close();
  rmSync(folder, { recursive: true });
}

function ms(seconds: number): string {
  return (seconds * 1000).toFixed(0);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)] as number;
}
