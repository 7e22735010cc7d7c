import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type ProfileLog, readProfileLog } from '../net-run/profile-log.ts';
import { profileCsv } from '../profile/csv.ts';
import { analysisSummary, chromeTrace } from '../profile/optrace.ts';
import { profileText } from '../profile/text.ts';
import type { ToolCall } from '../tool.ts';
import { type Arguments, type Flag, oneValue } from './arguments.ts';
import { documentedTool, ToolFailure } from './documented-tool.ts';

const one = (name: string, required = false): Flag => ({ names: [`--${name}`], values: 1, required });

const FLAGS: readonly Flag[] = [one('input_log', true), one('output'), one('reader'), one('schematic'), one('config'), one('zoom_start'), one('zoom_end'), { names: ['--extract_opaque_objects'], values: 0 }];

/** Stand-in of qnn-profile-viewer: prints what a log says, or writes it as CSV; with an optrace reader, as a trace and an analysis. */
export const profileViewer = documentedTool({
  name: 'qnn-profile-viewer',
  flags: FLAGS,
  work: async (args, call) => {
    const paths = (oneValue(args, '--input_log') as string).split(',');
    const logs = paths.map((path) => [path, read(path, call)] as const);
    const reader = oneValue(args, '--reader');
    if (reader !== null) return trace(reader, logs.map(([, log]) => log), args, call);
    for (const [path, log] of logs) call.out(profileText(log, path, call.version));
    const output = oneValue(args, '--output');
    if (output === null) return [];
    const file = resolve(call.cwd, output);
    writeFileSync(file, logs.map(([, log]) => profileCsv(log, call.version)).join(''));
    return [file];
  },
});

function read(path: string, { cwd }: ToolCall): ProfileLog {
  const file = resolve(cwd, path);
  if (!existsSync(file)) throw new ToolFailure(`Could not open input log ${path}`);
  const log = readProfileLog(file);
  if (!log) throw new ToolFailure(`${path} is no profiling log that this viewer reads`);
  return log;
}

const OPTRACE_READER = 'libQnnHtpOptraceProfilingReader.so';
const TRACE_READER = 'libQnnChrometraceProfilingReader.so';

function trace(reader: string, [log]: readonly ProfileLog[], args: Arguments, call: ToolCall): string[] {
  const name = reader.split('/').at(-1);
  if (!existsSync(resolve(call.cwd, reader)) || (name !== OPTRACE_READER && name !== TRACE_READER)) throw new ToolFailure(`Unable to load reader ${reader}`);
  const output = oneValue(args, '--output');
  if (output === null || !log) throw new ToolFailure(`--output is needed with --reader ${name}`);
  const file = resolve(call.cwd, output);
  if (name === OPTRACE_READER) assertOptrace(log, args, call);
  writeFileSync(file, JSON.stringify(chromeTrace(log)));
  if (name !== OPTRACE_READER || !wantsAnalysis(args, call)) return [file];
  const summary = `${file.replace(/\.json$/, '')}_qnn_htp_analysis_summary.json`;
  writeFileSync(summary, JSON.stringify(analysisSummary(log)));
  return [file, summary];
}

function assertOptrace(log: ProfileLog, args: Arguments, { cwd }: ToolCall): void {
  const schematic = oneValue(args, '--schematic');
  if (schematic === null || !existsSync(resolve(cwd, schematic))) throw new ToolFailure('The optrace reader needs --schematic with the file that qnn-context-binary-generator wrote');
  if (!log.optrace) throw new ToolFailure('The log holds no optrace: run with --profiling_level detailed --profiling_option optrace');
}

function wantsAnalysis(args: Arguments, { cwd }: ToolCall): boolean {
  const config = oneValue(args, '--config');
  if (config === null) return false;
  try {
    return (JSON.parse(readFileSync(resolve(cwd, config), 'utf8')) as { features?: { qhas_json?: boolean } }).features?.qhas_json === true;
  } catch (error) {
    throw new ToolFailure(`Could not read ${config}: ${(error as Error).message}`);
  }
}
