import type { ChainPlan, PlannedFile, Step } from './chain-request.ts';
import type { ToolEnvironment } from './tool-environment.ts';

export interface ScriptRequest {
  readonly plan: ChainPlan;
  /** One line that says what this makes. */
  readonly title: string;
  /** Name that the settings of the back end hold for. */
  readonly graph: string;
  /** Texts besides those of the plan: input list, encodings. */
  readonly files: readonly PlannedFile[];
  /** Raw files that have to exist before it runs, and how they are to be made where they do not. */
  readonly raws: { readonly paths: readonly string[]; readonly how: readonly string[] };
}

/**
 * The chain as a POSIX shell script with nothing of dyno in it: environment, configuration, calls, and after each call whether its files are
 * there. It works in the folder that `WORK` names.
 */
export function shellScript({ plan, title, graph, files, raws }: ScriptRequest): string {
  const [first] = plan.steps;
  if (!first) return '';
  return `${[
    '#!/bin/sh', `# ${title}`, '# Runs without dyno. The result is written below the folder that WORK names.', 'set -eu', '',
    ...exports(first.env), '',
    `WORK=\${WORK:-${word(first.cwd)}}`, `mkdir -p ${['"$WORK"', ...plan.folders.map((folder) => `"$WORK"/${word(folder)}`)].join(' ')}`, 'cd "$WORK"', '',
    'written() { for file in "$@"; do [ -s "$file" ] || { echo "missing or empty: $file" >&2; exit 1; }; done; }', '',
    ...rawLines(raws), ...[...plan.files, ...files].flatMap(heredoc), ...plan.steps.flatMap(stepLines),
    ...(plan.faces.kind === 'context-json' ? [`grep -q '"${graph}"' ${word(plan.faces.path)} || echo 'warning: the graph has another name; the settings of htp.json do not hold for it' >&2`] : []),
    `echo "made $WORK/${plan.shipped}"`,
  ].join('\n')}\n`;
}

function exports({ variables, paths }: ToolEnvironment): string[] {
  const before = (name: keyof typeof paths): string => paths[name].map(word).join(':');
  return [
    ...Object.entries(variables).map(([name, value]) => `export ${name}=${word(value)}`),
    `export PATH=${before('PATH')}:"$PATH"`, `export LD_LIBRARY_PATH=${before('LD_LIBRARY_PATH')}\${LD_LIBRARY_PATH:+":$LD_LIBRARY_PATH"}`,
  ];
}

function rawLines({ paths, how }: ScriptRequest['raws']): string[] {
  if (paths.length === 0) return [];
  return ['# Calibration inputs have to be there before.', ...how.map((line) => `# ${line}`), `written ${paths.map(word).join(' ')}`, ''];
}

function heredoc({ path, text }: PlannedFile): string[] {
  let end = 'END';
  while (text.split('\n').includes(end)) end += '_';
  return [`cat > ${word(path)} <<'${end}'`, text.replace(/\n$/, ''), end, ''];
}

function stepLines({ title, command, produces }: Step): string[] {
  return [`# ${title}`, command.map(word).join(' '), `written ${produces.map(word).join(' ')}`, ''];
}

/** As one word of the shell. */
function word(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
