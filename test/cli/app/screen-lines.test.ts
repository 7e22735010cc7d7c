import { expect, test } from 'vitest';
import { screenLines } from '../../../cli/app/views/screen-lines.ts';
import type { AppState } from '../../../cli/app/state/state.ts';
import type { Line } from '../../../cli/ui/screen/line.ts';
import { displayWidth } from '../../../reports/render/terminal/width.ts';
import { after, cause, checked, PREVIEW, RUNS, sampleState, typed, withLoad } from './sample-state.ts';

const text = (line: Line): string => line.map((span) => span.text).join('');
const lines = (state: AppState): string[] => screenLines(state, 3).map(text);

const SIZES = [[80, 24], [200, 60], [40, 12], [40, 10], [119, 20], [120, 20], [20, 6]] as const;

function everyScreen(columns: number, rows: number): Record<string, AppState> {
  const chosen = after(sampleState({}, columns, rows), { type: 'toggled', id: 'ultramini' }, { type: 'toggled', id: 'nets/日本語モデル.onnx' });
  const on = (screen: Parameters<typeof after>[1] & { type: 'went' }): AppState => after(chosen, screen);
  const findings = withLoad(on({ type: 'went', to: 'findings' }), 'check', [checked([cause('rank', ['/up/a/very/long/name/that/no/screen/of/forty/columns/could/ever/hold/Reshape', '/日本語/Transpose'])]), checked([], { target: 'htp:SM8550' })]);
  const rewrites = withLoad(on({ type: 'went', to: 'rewrites' }), 'preview', [PREVIEW]);
  const runs = withLoad(after(chosen, { type: 'runs' }), 'runs', RUNS);
  return {
    models: chosen, filtering: typed(chosen, '/', 'ed'), path: withLoad(typed(chosen, 'p', 'nets/'), 'completion', ['nets/edsr.onnx', 'nets/deep/']), targets: on({ type: 'went', to: 'targets' }), devices: on({ type: 'went', to: 'devices' }),
    findings: typed(findings, 'down', 'right', 'down'), details: typed(findings, 'down', 'enter'), rewrites, before: typed(rewrites, 'enter'), run: on({ type: 'went', to: 'run' }), runs, help: typed(chosen, '?'), quit: typed(chosen, 'q'),
    replace: typed({ ...chosen, saveTarget: { name: 'dyno.config.json', exists: true } }, 's'), notice: typed(sampleState({}, columns, rows), 'enter'), empty: { ...chosen, loads: {} },
    failed: after(chosen, { type: 'ran', outcome: { exitCode: null, verdict: null, directory: null, problem: { message: 'The compiler ended: '.repeat(20), nextSteps: ['dyno doctor'] } } }),
    result: withLoad(after(chosen, { type: 'ran', outcome: { exitCode: 0, verdict: '✓ All gates passed.', directory: '/work/.dyno/runs/x', problem: null } }), 'text', Array.from({ length: 90 }, (_, i) => `line ${i} ${'─'.repeat(columns - 12)}`)),
  };
}

test.each(SIZES)('at %i × %i every screen fills the terminal and is nowhere wider', (columns, rows) => {
  for (const [name, state] of Object.entries(everyScreen(columns, rows))) {
    const shown = lines(state);
    expect(shown, name).toHaveLength(rows);
    expect(shown.filter((line) => displayWidth(line) > columns), name).toEqual([]);
  }
});

test.each(SIZES)('at %i × %i what the cursor is on is seen', (columns, rows) => {
  const { models, targets, devices, run, runs } = everyScreen(columns, rows) as Record<string, AppState>;
  for (const state of [models, targets, devices, run, runs] as AppState[]) {
    for (const moved of [state, typed(state, 'G'), typed(state, 'page-down'), typed(state, 'tab')]) expect(lines(moved).filter((line) => line.includes(' ▸ ')).length, state.screen).toBe(1);
  }
});

test('keys at the foot are whole, however narrow', () => {
  for (const [columns, rows] of SIZES) expect(lines(sampleState({}, columns, rows)).at(-1)).not.toContain('…');
});

test('every state is told by a sign or a word, not by a colour alone', () => {
  const { models, devices, findings, runs } = everyScreen(180, 40) as Record<string, AppState>;
  expect(lines(models as AppState).join('\n')).toMatch(/\[x\] ultramini[\s\S]*\[ \] nets\/edsr/);
  expect(lines(devices as AppState).join('\n')).toMatch(/✗ {2}iphone:0000 +iPhone 13 +✗ iPhone 13 does not trust/);
  expect(lines(findings as AppState).join('\n')).toMatch(/\[-\] ✗ Tensor of rank 6 or more \(rank\) +blocks-conversion/);
  expect(lines(runs as AppState).join('\n')).toMatch(/exit 1 +✗ 1 gate failed/);
});

test('the wide screen has details beside the list, the usual one below, the small one on enter', () => {
  const reason = 'Core ML takes at most 5 axes.';
  const at = (columns: number, rows: number): string => lines(everyScreen(columns, rows)['findings'] as AppState).join('\n');
  expect(at(200, 60)).toMatch(/│.*Core ML takes at most 5 axes/);
  expect(at(80, 24)).toContain(reason);
  expect(at(40, 12)).not.toContain(reason);
  expect(lines(typed(everyScreen(40, 12)['findings'] as AppState, 'enter')).join(' ').replace(/\s+/g, ' ')).toContain(reason);
});

test('a before and an after stand beside each other where there is room', () => {
  expect(lines(everyScreen(200, 60)['before'] as AppState).join('\n')).toMatch(/− +1 +Reshape .*\+ +1 +SpaceToDepth/);
  expect(lines(everyScreen(40, 30)['before'] as AppState).join('\n')).toMatch(/before[\s\S]*− +1 +Reshape[\s\S]*after[\s\S]*\+ +1 +SpaceToDepth/);
});

test('5,000 findings are a window of what the screen holds, and moving through them makes no more lines', () => {
  const nodes = Array.from({ length: 5000 }, (_, i) => `/layer.${i}/Reshape`);
  let state = withLoad(after(sampleState({}, 80, 24), { type: 'toggled', id: 'ultramini' }, { type: 'went', to: 'findings' }), 'check', [checked([cause('rank', nodes)])]);
  state = typed(state, 'down', 'right', 'G');
  expect(lines(state)).toHaveLength(24);
  expect(lines(state).join('\n')).toContain('/layer.4999/Reshape');
  expect(lines(typed(state, 'page-up')).join('\n')).toContain('/layer.4983/Reshape');
  expect(lines(typed(state, '/', 'layer.1234')).join('\n')).toContain('/layer.1234/Reshape');
  const details = typed(state, 'g', 'down', 'enter', 'G');
  expect(lines(details).join('\n')).toContain('/layer.4999/Reshape');
});

test('a text is scrolled to its end and no further', () => {
  const { result } = everyScreen(80, 24) as { result: AppState };
  expect(lines(result).join('\n')).toContain('line 0 ');
  expect(lines(result).join('\n')).toMatch(/↓ \d+ more lines/);
  const end = lines(typed(result, 'G')).join('\n');
  expect(end).toContain('line 89 ');
  expect(end).not.toContain('more lines');
  expect(lines(result)[2]).toContain('What the run found');
  expect(lines(result).join('\n')).toContain('✓ All gates passed.');
});

test('what failed is said with what helps', () => {
  const shown = lines(everyScreen(80, 24)['failed'] as AppState).join('\n');
  expect(shown).toContain('✗ The compiler ended:');
  expect(shown).toContain('→ dyno doctor');
});
