import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { FoundModel } from '../../cli/app/state/found.ts';
import { ALL_KEYS } from '../../cli/app/state/keys.ts';
import type { AppState } from '../../cli/app/state/state.ts';
import { screenLines } from '../../cli/app/views/screen-lines.ts';
import { DEFAULTS } from '../../cli/config/defaults.ts';
import { checkFor } from '../../cli/work/check-model.ts';
import { openModel } from '../../cli/work/open-model.ts';
import { rewriteFor } from '../../cli/work/rewrite-model.ts';
import { after, sampleState, typed, withLoad } from '../cli/app/sample-state.ts';
import { repoRoot } from '../support/paths.ts';
import { fences } from './console.ts';

const page = readFileSync(join(repoRoot, 'docs/interactive.md'), 'utf8');
const path = join(repoRoot, 'models/zoo/weights/ultramini-x2.onnx');
const model: FoundModel = { id: 'ultramini-x2.onnx', path, kind: 'onnx', origin: 'here', bytes: 439_280, modified: 0, note: null };

/** The app with the bundled model chosen for one target. */
function chosen(): AppState {
  const state = withLoad(sampleState({ targets: ['ane:A15'] }), 'files', { models: [model], pictures: [], truncated: false });
  return after(state, { type: 'toggled', id: model.id });
}

const drawn = (state: AppState): string => screenLines(state, 0).map((line) => line.map(({ text }) => text).join('').trimEnd()).join('\n');
const shown = fences(page, 'text').map((block) => block.trimEnd());

test('the findings on the page are what the screen draws of the bundled model', () => {
  const { model: read, close } = openModel(path);
  const outcome = checkFor(read, 'ane:A15', 'fp16');
  close();
  const state = withLoad(after(chosen(), { type: 'went', to: 'findings' }), 'check', [{ model: model.id, target: 'ane:A15', outcome, problem: null, compiling: false }]);
  expect(shown[0]).toBe(drawn(typed(state, 'down', 'right', 'down')).trimEnd());
});

test('so is the place before and after a rewrite', async () => {
  const request = { ref: { id: model.id, path }, target: 'ane:A15', precision: 'fp16', settings: { ...DEFAULTS.rewrite, verify: 'off' }, seed: 1, out: null, dryRun: true, executor: null, progress: () => undefined, signal: new AbortController().signal } as const;
  const { log, notes } = await rewriteFor(request);
  const state = withLoad(after(chosen(), { type: 'went', to: 'rewrites' }), 'preview', [{ model: model.id, target: 'ane:A15', log, notes, problem: null }]);
  expect(shown[1]).toBe(drawn(typed(state, 'down', 'enter')).trimEnd());
});

test('the page names every key', () => {
  for (const [key, what] of ALL_KEYS) expect(page).toContain(`| \`${key}\` | ${what} |`);
});
