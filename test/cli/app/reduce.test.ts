import { expect, test } from 'vitest';
import { currentRow, visibleRows } from '../../../cli/app/rows/rows-of.ts';
import { configOf, equivalentCommands } from '../../../cli/app/state/choices.ts';
import { configSchema } from '../../../cli/config/schema.ts';
import { after, cause, checked, DEVICES, PREVIEW, RUNS, sampleState, typed, withLoad } from './sample-state.ts';

const labels = (state: Parameters<typeof visibleRows>[0]): string[] => visibleRows(state).rows.map(({ label }) => label);

test('arrows, j and k, g and G, tab and pages move over what can be chosen, never onto headings', () => {
  const state = sampleState();
  expect(currentRow(state)?.id).toBe('ultramini');
  expect(currentRow(typed(state, 'down'))?.id).toBe('nets/edsr.onnx');
  expect(currentRow(typed(state, 'j', 'j', 'k'))?.id).toBe('nets/edsr.onnx');
  expect(currentRow(typed(state, 'G'))?.id).toBe('zoo:sesr-m5-x2');
  expect(currentRow(typed(state, 'G', 'g'))?.id).toBe('ultramini');
  expect(currentRow(typed(state, 'tab', 'tab'))?.id).toBe('zoo:sesr-m5-x2');
  expect(currentRow(typed(state, 'tab', 'tab', 'tab'))?.id).toBe('ultramini');
  expect(currentRow(typed(state, 'backtab'))?.id).toBe('zoo:sesr-m5-x2');
  expect(currentRow(typed(state, 'page-down'))?.id).toBe('zoo:sesr-m5-x2');
  expect(currentRow(typed(state, 'up', 'up'))?.id).toBe('ultramini');
});

test('space chooses several models and takes them back; enter goes on only with one', () => {
  const none = typed(sampleState(), 'enter');
  expect(none.screen).toBe('models');
  expect(none.notice).toContain('Choose a model');
  const two = typed(sampleState(), 'space', 'down', 'space');
  expect(two.choices.models).toEqual(['ultramini', 'nets/edsr.onnx']);
  expect(typed(two, 'space').choices.models).toEqual(['ultramini']);
  expect(typed(two, 'enter').screen).toBe('targets');
});

test('a filter finds words and letters in order, arrows move in it, escape drops it', () => {
  const filtering = typed(sampleState(), '/', 'edsr');
  expect(labels(filtering)).toEqual(['Here and below', 'nets/edsr.onnx']);
  expect(filtering.filtering).toBe(true);
  expect(currentRow(filtering)?.id).toBe('nets/edsr.onnx');
  expect(labels(typed(sampleState(), '/', 'ssm5'))).toContain('zoo:sesr-m5-x2');
  const kept = typed(filtering, 'enter', 'space');
  expect(kept.choices.models).toEqual(['nets/edsr.onnx']);
  expect(kept.filters.models).toBe('edsr');
  expect(labels(typed(kept, 'escape'))).toHaveLength(labels(sampleState()).length);
  expect(typed(filtering, 'backspace', 'backspace').filters.models).toBe('ed');
  expect(labels(typed(sampleState(), '/', 'nothing like it'))).toEqual([]);
});

test('the cursor stays on its row when others come before it', () => {
  const state = typed(sampleState(), 'down');
  const value = state.loads.files?.value;
  if (!value) throw new Error('no files');
  const more = withLoad(state, 'files', { ...value, models: [{ ...value.models[1]!, id: 'aaa.onnx', path: '/work/aaa.onnx' }, ...value.models] });
  expect(currentRow(more)?.id).toBe('nets/edsr.onnx');
  const gone = withLoad(state, 'files', { ...value, models: value.models.filter(({ id }) => id !== 'nets/edsr.onnx') });
  expect(currentRow(gone)?.kind).toBe('many');
});

test('targets are several, the precision is one', () => {
  let state = typed(sampleState({ targets: ['ane:A15'] }), 'space', 'enter');
  state = typed(state, '/', 'sm8650', 'enter', 'space', 'escape');
  expect(state.choices.targets).toEqual(['ane:A15', 'htp:SM8650']);
  state = typed(state, '/', 'w8a8', 'enter', 'space', 'escape');
  expect(state.choices.precision).toBe('w8a8');
  expect(visibleRows(state).rows.filter(({ kind, chosen }) => kind === 'one' && chosen).map(({ value }) => value)).toEqual(['w8a8']);
});

test('a chip is found by what is printed on the box', () => {
  const state = typed(sampleState(), 'space', 'enter', '/', 'iphone 15 pro');
  expect(labels(state)).toContain('ane:"A17 Pro"');
  expect(labels(typed(sampleState(), 'space', 'enter', '/', '8 gen 3'))).toContain('htp:SM8650');
});

test('a device that cannot be used says why instead of being chosen', () => {
  let state = after(sampleState(), { type: 'toggled', id: 'ultramini' }, { type: 'went', to: 'devices' });
  state = typed(state, '/', 'iphone', 'enter', 'space');
  expect(state.choices.devices).toEqual(['host']);
  expect(state.notice).toContain('does not trust');
});

test('units are those of the chosen devices, and forgotten with them', () => {
  const open = after(sampleState(), { type: 'toggled', id: 'ultramini' }, { type: 'went', to: 'devices' });
  expect(labels(open)).toEqual(expect.arrayContaining(['cpu:1', 'cpu:all']));
  expect(labels(open)).not.toContain('htp');
  const both = after(open, { type: 'toggled', id: 'unit cpu:1' }, { type: 'toggled', id: 'device android:R5C' });
  expect(both.choices.units).toEqual([]);
  expect(labels(both)).toEqual(expect.arrayContaining(['htp', 'gpu']));
});

test('findings open to their places and to details, and enter closes them again', () => {
  const state = withLoad(after(sampleState(), { type: 'toggled', id: 'ultramini' }, { type: 'went', to: 'findings' }), 'check', [checked([cause('rank', ['/a', '/b'])])]);
  expect(labels(state)).toHaveLength(3);
  const open = typed(state, 'down', 'right');
  expect(labels(open).slice(-2)).toEqual(['/a', '/b']);
  expect(labels(typed(open, 'left'))).toHaveLength(3);
  const details = typed(open, 'down', 'enter');
  expect(details.detailsOpen).toBe(true);
  expect(currentRow(details)?.about(80).map(({ text }) => text).join('\n')).toMatch(/\/a[\s\S]*Core ML takes at most 5 axes[\s\S]*→ Write it in fewer axes[\s\S]*ane\/rank-over-5[\s\S]*coremltools#1723/);
  expect(typed(details, 'down', 'down').scroll).toBe(2);
  expect(typed(details, 'escape').detailsOpen).toBe(false);
  expect(typed(details, 'escape').screen).toBe('findings');
});

test('a rewrite is left out and taken in again; classes are allowed', () => {
  const state = withLoad(after(sampleState(), { type: 'toggled', id: 'ultramini' }, { type: 'went', to: 'rewrites' }), 'preview', [PREVIEW]);
  expect(currentRow(state)?.value).toBe('rank/chain');
  const without = typed(state, 'space');
  expect(without.choices.skip).toEqual(['rank/chain']);
  expect(after(without, { type: 'toggled', id: 'skip rank/chain' }).choices.skip).toEqual([]);
  expect(after(state, { type: 'toggled', id: 'allow border' }).choices.allow).toEqual(['border']);
  expect(currentRow(state)?.about(80).map(({ text }) => text)).toEqual(expect.arrayContaining([expect.stringMatching(/^before +after$/), expect.stringMatching(/− +1 +Reshape.*\+ +1 +SpaceToDepth/)]));
});

test('the run screen says the command, asks for the run, and leads to what was decided', () => {
  const state = after(sampleState({ targets: ['ane:A15'] }), { type: 'toggled', id: 'nets/edsr.onnx' }, { type: 'toggled', id: 'zoo:sesr-m5-x2' }, { type: 'went', to: 'run' });
  expect(equivalentCommands(state)).toEqual(['dyno zoo make sesr-m5 --scale 2 --out .dyno/zoo/sesr-m5-x2.onnx', 'dyno run nets/edsr.onnx .dyno/zoo/sesr-m5-x2.onnx']);
  expect(typed(state, 'enter').request).toBe('run');
  expect(after(state, { type: 'entered', id: 'decided Targets' }).screen).toBe('targets');
  const nothing = after(sampleState(), { type: 'went', to: 'run' });
  expect(typed(nothing, 'enter').request).toBeNull();
  expect(typed(nothing, 'enter').notice).toBe('No model is chosen.');
});

test('Core ML packages are looked at but not run', () => {
  const only = after(sampleState(), { type: 'toggled', id: 'phone.mlpackage' }, { type: 'went', to: 'run' });
  expect(typed(only, 'enter').notice).toContain('packages are not run');
  const both = after(only, { type: 'went', to: 'models' }, { type: 'toggled', id: 'nets/edsr.onnx' });
  expect(equivalentCommands(both)).toEqual(['dyno run nets/edsr.onnx']);
});

test('every choice is a flag of the command, quoted where the shell needs it, and an entry of the config that the schema takes', () => {
  const state = after(
    sampleState(), { type: 'toggled', id: 'nets/edsr.onnx' }, { type: 'went', to: 'targets' }, { type: 'toggled', id: 'htp:SM8550' }, { type: 'toggled', id: 'ane:"A17 Pro"' }, { type: 'toggled', id: 'precision w8a16' }, { type: 'went', to: 'devices' },
    { type: 'toggled', id: 'unit cpu:1' }, { type: 'toggled', id: 'profile rigorous' }, { type: 'toggled', id: 'pictures /work/photos' }, { type: 'went', to: 'rewrites' }, { type: 'toggled', id: 'allow border' },
  );
  expect(equivalentCommands(state)).toEqual([`dyno run nets/edsr.onnx --target 'ane:A15,ane:"A17 Pro"' --scheme w8a16 --unit cpu:1 --profile rigorous --data photos --allow border`]);
  const config = configOf(state, '/work');
  expect(config).toEqual({
    models: { edsr: 'nets/edsr.onnx' }, targets: ['ane:A15', 'ane:"A17 Pro"'], images: 'photos', rewrite: { allow: ['border'] }, quantize: { scheme: 'w8a16' }, bench: { on: ['host'], units: ['cpu:1'], profile: 'rigorous' },
  });
  expect(configSchema.safeParse(config).success).toBe(true);
});

test('what the config says already needs no flag, and nothing is asked at the end', () => {
  const state = { ...sampleState({ models: { ultramini: { path: '/work/ultramini.onnx' } } }), saveTarget: { name: 'dyno.config.json', exists: true } };
  expect(equivalentCommands(state)).toEqual(['dyno run']);
  expect(typed(state, 'q').request).toBe('quit');
});

test('quitting asks whether choices shall be saved, and a config that is there is changed only after asking', () => {
  const chosen = typed(sampleState(), 'space');
  const asked = typed(chosen, 'q');
  expect(asked.dialog?.kind).toBe('quit');
  expect(asked.request).toBeNull();
  expect(typed(asked, 'escape').dialog).toBeNull();
  expect(typed(asked, 'down', 'enter').request).toBe('quit');
  expect(typed(asked, 'down', 'down', 'enter')).toMatchObject({ request: null, dialog: null });
  const saving = typed(asked, 'enter');
  expect(saving.request).toBe('save');
  expect(after(saving, { type: 'saved', to: 'dyno.config.json' }).request).toBe('quit');
  expect(after(saving, { type: 'handled', notice: 'No space is left.' })).toMatchObject({ request: null, notice: 'No space is left.', savedTo: null });
  const there = { ...chosen, saveTarget: { name: 'dyno.config.json', exists: true } };
  expect(typed(there, 's').dialog?.kind).toBe('replace');
  expect(typed(there, 's').request).toBeNull();
  expect(typed(there, 's', 'enter').request).toBe('save');
  expect(typed(there, 's', 'down', 'enter').request).toBeNull();
});

test('after saving the command is short, until something else is chosen', () => {
  const saved = after(typed(sampleState(), 'space'), { type: 'saved', to: 'dyno.config.json' });
  expect(equivalentCommands(saved)).toEqual(['dyno run']);
  expect(typed(saved, 'q').request).toBe('quit');
  expect(typed(saved, 'down', 'space').savedTo).toBeNull();
  expect(equivalentCommands(after(typed(sampleState(), 'space'), { type: 'saved', to: 'dyno.app.json' }))).toEqual(['dyno run --config dyno.app.json']);
});

test('past runs: two are marked and compared, one that did not finish says how to go on', () => {
  const state = withLoad(after(sampleState(), { type: 'runs' }), 'runs', RUNS);
  expect(typed(state, 'c').notice).toContain('Mark two runs');
  const marked = typed(state, 'space', 'down', 'space');
  expect(marked.marked).toHaveLength(2);
  expect(typed(marked, 'c').screen).toBe('comparison');
  expect(typed(marked, 'c', 'escape').screen).toBe('runs');
  expect(typed(state, 'down', 'down', 'enter').notice).toContain('dyno run --resume 2026-11-19');
  const read = typed(state, 'enter');
  expect(read).toMatchObject({ screen: 'past', past: RUNS[0]?.id });
  expect(typed(read, 'escape', 'escape').screen).toBe('models');
  expect(typed(read, 'r', 'escape').screen).toBe('models');
});

test('a typed path is completed, looked up, and what it leads to is chosen', () => {
  const typing = typed(sampleState(), 'p', 'nets/e');
  expect(typing.path).toBe('nets/e');
  const offered = withLoad(typing, 'completion', ['nets/extra.onnx', 'nets/extra2.onnx']);
  expect(typed(offered, 'tab').path).toBe('nets/extra');
  const entered = typed(offered, 'tab', '.onnx', 'enter');
  expect(entered).toMatchObject({ path: 'nets/extra.onnx', request: 'add-model' });
  const model = { id: 'nets/extra.onnx', path: '/work/nets/extra.onnx', kind: 'onnx', origin: 'typed', bytes: 5, modified: 0, note: null } as const;
  const added = after(entered, { type: 'model-added', model });
  expect(added).toMatchObject({ path: null, request: null, choices: { models: ['nets/extra.onnx'] } });
  expect(currentRow(added)).toMatchObject({ id: 'nets/extra.onnx', chosen: true });
  expect(after(entered, { type: 'model-added', model: { ...model, path: '/work/ultramini.onnx' } }).choices.models).toEqual(['ultramini']);
  expect(after(entered, { type: 'handled', notice: 'There is no nets/extra.onnx.' })).toMatchObject({ path: 'nets/extra.onnx', request: null, notice: 'There is no nets/extra.onnx.' });
  expect(typed(entered, 'escape')).toMatchObject({ path: null, screen: 'models' });
  expect(typed(sampleState(), 'p', 'enter')).toMatchObject({ path: null, request: null });
});

test('answers to questions that are not asked any more are dropped', () => {
  const asked = after(sampleState(), { type: 'load-started', name: 'devices', key: 'new' });
  expect(after(asked, { type: 'load-changed', name: 'devices', key: 'old', value: [] }).loads.devices?.value).toEqual(DEVICES);
  expect(after(asked, { type: 'load-changed', name: 'devices', key: 'new', value: [], done: true }).loads.devices).toMatchObject({ status: 'ready', value: [] });
  expect(after(asked, { type: 'load-failed', name: 'devices', key: 'new', problem: { message: 'no', nextSteps: [] } }).loads.devices).toMatchObject({ status: 'failed', value: DEVICES });
});

test('escape leads back step by step; on the first one it asks to end', () => {
  const third = typed(sampleState(), 'space', 'enter', 'enter');
  expect(third.screen).toBe('devices');
  expect(typed(third, 'escape', 'escape').screen).toBe('models');
  expect(typed(third, 'escape', 'escape', 'escape').dialog?.kind).toBe('quit');
  expect(typed(sampleState(), 'escape').request).toBe('quit');
  expect(typed(third, '?').helpOpen).toBe(true);
  expect(typed(third, '?', 'escape')).toMatchObject({ helpOpen: false, screen: 'devices' });
});
