import { UserError } from '../models/contracts/errors.ts';
import type { Resolved } from './config/resolve.ts';
import type { Interrupts } from './interrupts.ts';
import type { Io } from './io.ts';
import { RunControl } from './pipeline/run-control.ts';
import type { Format, FrontEnd } from './ui/front-end.ts';
import { openFrontEnd } from './ui/open-front-end.ts';
import { createStyle, type Style, wantsColor } from './ui/style.ts';
import { writeFileSafely } from './write-file.ts';

/** Options that every command has. */
export interface CommonOptions {
  readonly config?: string;
  readonly format?: Format;
  readonly json?: boolean;
  readonly output?: readonly string[];
  readonly verbose?: boolean;
  readonly quiet?: boolean;
  /** False with `--no-input`. */
  readonly input?: boolean;
  readonly screenReader?: boolean;
}

/** What a command finds, in every form that somebody may ask for. */
export interface Result {
  /** For `--format json`. */
  readonly json: unknown;
  /** For people, on stdout; null where there is nothing to say. */
  readonly text: string | null;
  /** Files for `--output kind=file` besides `json` and `text`. */
  readonly kinds?: Readonly<Record<string, () => string | Promise<string>>>;
}

const FORMATS: readonly Format[] = ['pretty', 'plain', 'json', 'jsonl'];

/** One invocation of a command: its streams, options, config and front end. */
export class Session {
  readonly io: Io;
  readonly interrupts: Interrupts;
  readonly options: CommonOptions;
  readonly format: Format;
  /** Colours of stdout. */
  readonly style: Style;
  /** By which the front end steers the run that it shows. */
  readonly control = new RunControl();

  constructor(io: Io, interrupts: Interrupts, options: CommonOptions) {
    this.io = io;
    this.interrupts = interrupts;
    this.options = options;
    this.format = options.json ? 'json' : (options.format ?? formatOf(io.env['DYNO_FORMAT']));
    this.style = createStyle(this.format !== 'plain' && wantsColor(io.stdout, io.env));
  }

  get signal(): AbortSignal {
    return this.interrupts.signal;
  }

  /** Columns of the terminal on stdout; 100 where there is none. */
  get columns(): number {
    return this.io.stdout.isTTY ? this.io.stdout.columns || 80 : 100;
  }

  /** The settings in force for this invocation. */
  async resolve(): Promise<Resolved> {
    const { resolveConfig } = await import('./config/resolve.ts');
    return resolveConfig({ cwd: this.io.cwd(), env: this.io.env, flags: this.options as Readonly<Record<string, unknown>> });
  }

  /** Runs `work` under a front end that shows its events. */
  async show<T>(title: string, work: (frontEnd: FrontEnd) => Promise<T>): Promise<T> {
    const { io, interrupts, format, options, control } = this;
    const frontEnd = await openFrontEnd(io, interrupts, {
      format, title, quiet: options.quiet === true, control, asks: options.input !== false, screenReader: options.screenReader === true || wantsScreenReader(io.env),
    });
    try {
      return await work(frontEnd);
    } finally {
      await frontEnd.close();
    }
  }

  /** A remark for the person, on stderr. */
  note(text: string): void {
    if (this.options.quiet !== true) this.io.stderr.write(`${text}\n`);
  }

  /** Prints a result in the format that was asked for, and writes what `--output` names. */
  async present(result: Result): Promise<void> {
    await this.#writeOutputs(result);
    if (this.format === 'json') this.io.stdout.write(`${JSON.stringify(result.json, null, 1)}\n`);
    else if (this.format === 'jsonl') this.io.stdout.write(`${JSON.stringify({ type: 'result', result: result.json })}\n`);
    else if (result.text !== null) this.io.stdout.write(`${result.text}\n`);
  }

  async #writeOutputs({ json, text, kinds = {} }: Result): Promise<void> {
    const all: Result['kinds'] = {
      json: () => `${JSON.stringify(json, null, 1)}\n`,
      ...(text === null ? {} : { text: () => `${stripColors(text)}\n` }),
      ...kinds,
    };
    for (const item of this.options.output ?? []) {
      const [kind, file] = splitOutput(item);
      const render = Object.hasOwn(all, kind) ? all[kind] : undefined;
      if (!render) throw new UserError(`--output ${item}: there is no "${kind}" of this.`, [`Kinds: ${Object.keys(all).join(', ')}.`]);
      writeFileSafely(file, await render(), this.io.cwd());
      this.note(`${kind} written to ${file}`);
    }
  }
}

/** Ink's own variable counts as well, for people who have set it for other programs. */
export function wantsScreenReader(env: NodeJS.ProcessEnv): boolean {
  return [env['DYNO_SCREEN_READER'], env['INK_SCREEN_READER']].some((value) => value === 'true' || value === '1');
}

function splitOutput(item: string): [kind: string, file: string] {
  const at = item.indexOf('=');
  if (at < 1 || at === item.length - 1)
    throw new UserError(`--output ${item} names no file.`, ['Write KIND=FILE, e.g. --output html=report.html.']);
  return [item.slice(0, at), item.slice(at + 1)];
}

function formatOf(text: string | undefined): Format {
  if (text === undefined || text === '') return 'pretty';
  if ((FORMATS as readonly string[]).includes(text)) return text as Format;
  throw new UserError(`DYNO_FORMAT is "${text}".`, [`Use one of ${FORMATS.join(', ')}.`]);
}

function stripColors(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is looked for
  return text.replace(/\x1b\[[0-9;]*m/g, '');
}
