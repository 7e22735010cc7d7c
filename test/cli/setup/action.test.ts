import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { repoRoot } from '../../support/paths.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const path = temporaryFolder();
const scripts = join(repoRoot, 'cli/setup/action');

interface Step {
  readonly id?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly shell?: string;
  readonly if?: string;
  readonly env?: Readonly<Record<string, string>>;
}

const action = parse(readFileSync(join(repoRoot, 'action.yml'), 'utf8')) as {
  inputs: Record<string, { description: string; default: string }>;
  outputs: Record<string, { description: string; value: string }>;
  runs: { using: string; steps: readonly Step[] };
};

/** The action's folder with a program in place of the built one, which runs the sources. */
function actionFolder(): string {
  const folder = path('action');
  mkdirSync(join(folder, 'dist/bin'), { recursive: true });
  const tsx = join(repoRoot, 'node_modules/tsx/dist/esm/index.mjs');
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(folder, 'dist/bin/dyno.js'), `import ${JSON.stringify(tsx)};\nawait import(${JSON.stringify(join(repoRoot, 'cli/bin.ts'))});\n`);
  return folder;
}

/** The step of that name as GitHub runs it: `steps.run.outputs` and inputs come as the environment. */
function bash(script: string, env: Readonly<Record<string, string>>) {
  return spawnSync('bash', [join(scripts, script)], { cwd: path('work'), encoding: 'utf8', env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env } });
}

function outputs(file: string): Record<string, string> {
  return Object.fromEntries(readFileSync(file, 'utf8').trim().split('\n').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}

describe('action.yml', () => {
  test('every input that an expression names is there, and every input is used', () => {
    const text = readFileSync(join(repoRoot, 'action.yml'), 'utf8');
    const used = new Set([...text.matchAll(/inputs\.([\w-]+)/g)].map(([, name]) => name));
    expect([...used].sort()).toEqual(Object.keys(action.inputs).sort());
    for (const { description } of [...Object.values(action.inputs), ...Object.values(action.outputs)]) expect(description).not.toBe('');
  });

  test('scripts of steps exist, what they read is set, and nothing is pasted into a shell', () => {
    const steps = action.runs.steps;
    expect(action.runs.using).toBe('composite');
    for (const { run, shell, uses } of steps) {
      expect([run === undefined, shell === undefined]).toEqual([uses !== undefined, uses !== undefined]);
      expect(run ?? '').not.toMatch(/\$\{\{/);
    }
    for (const { run, env = {} } of steps) {
      const script = /cli\/setup\/action\/(\S+\.sh)/.exec(run ?? '')?.[1];
      if (script === undefined) continue;
      const read = [...readFileSync(join(scripts, script), 'utf8').matchAll(/\$\{?((?:DYNO|GH)_\w+)/g)].map(([, name]) => name as string);
      for (const name of read) expect(Object.keys(env)).toContain(name);
    }
  });
});

describe('the step that runs dyno', () => {
  const begin = (inputs: Readonly<Record<string, string>>): { code: number | null; said: string; outputs: Record<string, string> } => {
    mkdirSync(path('work'), { recursive: true });
    mkdirSync(path('temp'), { recursive: true });
    const { status, stdout, stderr } = bash('run.sh', {
      GITHUB_ACTION_PATH: actionFolder(), RUNNER_TEMP: path('temp'), GITHUB_OUTPUT: path('output'), GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: path('summary'), DYNO_NO_PYTHON: '1', ...inputs,
    });
    return { code: status, said: stdout + stderr, outputs: outputs(path('output')) };
  };

  test('a failed gate: exit code and files are handed on, annotations and the summary are written', () => {
    mkdirSync(path('work'), { recursive: true });
    copyFileSync(join(repoRoot, 'models/zoo/weights/ultramini-x2.onnx'), path('work', 'a model.onnx'));
    writeFileSync(path('work', 'ci.config.json'), JSON.stringify({ models: { mini: 'a model.onnx' }, targets: ['ane:A15'], convert: { coreml: false }, gate: { gates: [{ rank: { max: 5 }, latency: { max: '1 us' } }] } }));
    const { code, said, outputs: given } = begin({ DYNO_ACTION_CONFIG: 'ci.config.json', DYNO_ACTION_ON: 'none', DYNO_ACTION_ARGS: '--verify\nquick\n' });
    expect([code, given['exit-code'], given['verdict']]).toEqual([0, '1', '1 of 2 gates failed: rank of original-fp32 ≤ 5: 6.']);
    for (const kind of ['sarif', 'junit', 'report', 'markdown']) expect(existsSync(given[kind] as string), kind).toBe(true);
    expect(said).toMatch(/^::error /m);
    expect(readFileSync(path('summary'), 'utf8')).toContain('rank of original-fp32');
  });

  test('what cannot run: its exit code, and nothing to hand on', () => {
    const { code, outputs: given } = begin({ DYNO_ACTION_CONFIG: 'nowhere.json' });
    expect([code, given]).toEqual([0, { 'exit-code': '2', verdict: 'dyno could not run: see the log of this step.' }]);
  });
});

/** As `gh api` documents: fields by -F, `@file` read, --jq on what is listed, --method; anything else is refused. Comments live in a file. */
const GH = `
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
const [api, ...args] = process.argv.slice(2);
const file = process.env.FAKE_COMMENTS;
const comments = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : [];
let [method, endpoint, body, jq] = ['GET', null, null, null];
for (let i = 0; i < args.length; i++) {
  if (args[i] === '--method') method = args[++i];
  else if (args[i] === '-F' && args[i + 1].startsWith('body=@')) body = readFileSync(args[++i].slice(6), 'utf8');
  else if (args[i] === '--jq') jq = args[++i];
  else if (['--paginate', '--silent'].includes(args[i])) continue;
  else if (endpoint === null && !args[i].startsWith('-')) endpoint = args[i];
  else { console.error('unknown flag: ' + args[i]); process.exit(1); }
}
if (api !== 'api' || process.env.GH_TOKEN !== 'secret') { console.error('gh: Resource not accessible by integration (HTTP 403)'); process.exit(1); }
const one = /^repos\\/me\\/app\\/issues\\/comments\\/(\\d+)$/.exec(endpoint);
if (method === 'GET' && endpoint === 'repos/me/app/issues/7/comments') {
  const start = /^\\.\\[\\] \\| select\\(\\.body \\| startswith\\("(.*)"\\)\\) \\| \\.id$/.exec(jq)[1];
  for (const { id, body } of comments) if (body.startsWith(start)) console.log(id);
} else if (method === 'POST' && endpoint === 'repos/me/app/issues/7/comments') comments.push({ id: comments.length + 1, body });
else if (method === 'PATCH' && one) comments.find(({ id }) => id === Number(one[1])).body = body;
else { console.error('gh: Not Found (HTTP 404)'); process.exit(1); }
writeFileSync(file, JSON.stringify(comments));
`;

describe('the comment', () => {
  const comment = (markdown: string, token = 'secret'): { code: number | null; said: string; comments: { body: string }[] } => {
    for (const folder of ['bin', 'temp', 'work']) mkdirSync(path(folder), { recursive: true });
    writeFileSync(path('bin', 'gh.mjs'), GH);
    writeFileSync(path('bin', 'gh'), `#!/bin/sh\nexec ${JSON.stringify(process.execPath)} ${JSON.stringify(path('bin', 'gh.mjs'))} "$@"\n`);
    chmodSync(path('bin', 'gh'), 0o755);
    writeFileSync(path('event.json'), JSON.stringify({ pull_request: { number: 7 } }));
    writeFileSync(path('dyno.md'), markdown);
    const { status, stdout, stderr } = bash('comment.sh', {
      PATH: `${path('bin')}:${process.env['PATH']}`, RUNNER_TEMP: path('temp'), GITHUB_REPOSITORY: 'me/app', GITHUB_EVENT_PATH: path('event.json'), GH_TOKEN: token,
      DYNO_MARKDOWN: path('dyno.md'), FAKE_COMMENTS: path('comments.json'),
    });
    return { code: status, said: stdout + stderr, comments: existsSync(path('comments.json')) ? JSON.parse(readFileSync(path('comments.json'), 'utf8')) as { body: string }[] : [] };
  };

  test('is written once and edited from then on; those of others stay', () => {
    writeFileSync(path('comments.json'), JSON.stringify([{ id: 1, body: 'Looks good. <!-- npu-dyno -->' }]));
    comment('**first** `$(touch no)` "quoted"');
    const { code, comments } = comment('second @team');
    expect([code, comments.map(({ body }) => body)]).toEqual([0, ['Looks good. <!-- npu-dyno -->', '<!-- npu-dyno -->\nsecond @team']]);
  });

  test('a token that may not write is a warning', () => {
    const { code, said, comments } = comment('text', 'of a fork');
    expect([code, comments]).toEqual([0, []]);
    expect(said).toContain('::warning title=npu-dyno::');
  });
});
