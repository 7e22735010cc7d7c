import { Command, Option } from 'commander';
import { whichFace } from './app/which-face.ts';
import type { Interrupts } from './interrupts.ts';
import type { Io } from './io.ts';
import { packageVersion } from './package-root.ts';
import type { Bind } from './program/bind.ts';
import { addEncodingsCommands } from './program/encodings-commands.ts';
import { addMeasureCommands } from './program/measure-commands.ts';
import { addModelCommands } from './program/model-commands.ts';
import { addToolCommands } from './program/tool-commands.ts';
import { addZooCommands } from './program/zoo-commands.ts';
import { type CommonOptions, Session } from './session.ts';

const EXAMPLES = `
Examples:
  $ dyno                             at a terminal: choose, look and run step by step; --screen-reader in plain lines
  $ dyno check model.onnx --target ane:A15,htp:SM8550
  $ dyno rewrite model.onnx -o model.ane.onnx --target ane:A15
  $ dyno run                         check, rewrite, quantize, bench, quality, report: what dyno.config.* says

Exit codes: 0 ok · 1 a finding or a gate failed · 2 could not run · 3 inconclusive (--strict) · 130 interrupted`;

/** The command tree. The function parses arguments, runs the one command they name and resolves to its exit code. */
export function createProgram(io: Io, interrupts: Interrupts): (args: readonly string[]) => Promise<number> {
  let exitCode = 0;
  const program = new Command('dyno')
    .description(
      'A dynamometer for neural engines: what keeps an ONNX model off a phone’s NPU, the rewrite that fits, the proof, the measurement.',
    )
    .version(packageVersion(), '-V, --version')
    .addHelpText('after', EXAMPLES)
    .helpCommand('help [command]', 'say what a command does');
  const bind: Bind = (command, load) => {
    command.action(async (...received: unknown[]) => {
      const options = command.optsWithGlobals() as CommonOptions;
      const handler = await load();
      const args = received
        .slice(0, -2)
        .flatMap((value) => (Array.isArray(value) ? (value as string[]) : value === undefined ? [] : [value as string]));
      exitCode = await handler(args, options as never, new Session(io, interrupts, options));
    });
  };
  addModelCommands(program, bind);
  addEncodingsCommands(program, bind);
  addMeasureCommands(program, bind);
  addZooCommands(program, bind);
  addToolCommands(program, bind);
  for (const command of program.commands) addCommonOptions(command);
  for (const command of [program, ...program.commands, ...program.commands.flatMap(({ commands }) => commands)]) confine(command, io);
  return async (args) => {
    const face = whichFace(args, io);
    if (face !== null) return (await import('./app/app.ts')).openApp(io, interrupts, face);
    if (args.length === 0 || (args.length === 1 && args[0] === '--no-input')) {
      program.outputHelp();
      return 0;
    }
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  };
}

function addCommonOptions(command: Command): void {
  command
    .option('-c, --config <file>', 'config file (default: dyno.config.* here or above)')
    .addOption(new Option('--format <format>', 'how to show progress and results').choices(['pretty', 'plain', 'json', 'jsonl']))
    .option('--json', 'the same as --format json')
    .option(
      '--output <kind=file>',
      'write the result to a file as well; may be repeated',
      (value: string, all: readonly string[]) => [...all, value],
      [],
    )
    .option('--no-input', 'never ask anything')
    .option('--screen-reader', 'lines and questions in words instead of a screen that redraws itself')
    .option('-q, --quiet', 'only results and errors')
    .option('-v, --verbose', 'say more; with errors, where they happened');
}

/** No exit of commander's own, no writing past our streams. */
function confine(command: Command, io: Io): void {
  command
    .exitOverride()
    .showSuggestionAfterError()
    .configureHelp({ sortSubcommands: false, showGlobalOptions: false })
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
      getOutHelpWidth: () => Math.min(io.stdout.columns || 100, 110),
      getErrHelpWidth: () => Math.min(io.stderr.columns || 100, 110),
      outputError: (text, write) => write(text.replace(/^error: /, 'error  ')),
    });
}
