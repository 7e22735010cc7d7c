import { DEFAULTS } from '../../../cli/config/defaults.ts';
import type { Config } from '../../../cli/config/config.ts';
import type { Action } from '../../../cli/app/state/actions.ts';
import { startingChoices } from '../../../cli/app/state/choices.ts';
import type { CheckedModel, FoundDevice, FoundFiles, PastRun, PreviewedModel } from '../../../cli/app/state/found.ts';
import { actionOf, type KeyPress } from '../../../cli/app/state/keys.ts';
import { reduce } from '../../../cli/app/state/reduce.ts';
import { type AppState, initialState, type LookupValues } from '../../../cli/app/state/state.ts';
import type { Finding, RootCause } from '../../../models/contracts/finding.ts';

export const FILES: FoundFiles = {
  models: [
    { id: 'ultramini', path: '/work/ultramini.onnx', kind: 'onnx', origin: 'config', bytes: 439_280, modified: Date.UTC(2026, 10, 21), note: 'ultramini.onnx' },
    { id: 'nets/edsr.onnx', path: '/work/nets/edsr.onnx', kind: 'onnx', origin: 'here', bytes: 5_500_000, modified: Date.UTC(2026, 10, 20), note: null },
    { id: 'nets/日本語モデル.onnx', path: '/work/nets/日本語モデル.onnx', kind: 'onnx', origin: 'here', bytes: 12, modified: Date.UTC(2026, 10, 19), note: null },
    { id: 'phone.mlpackage', path: '/work/phone.mlpackage', kind: 'package', origin: 'here', bytes: null, modified: Date.UTC(2026, 10, 18), note: null },
    { id: 'zoo:sesr-m5-x2', path: '/work/.dyno/zoo/sesr-m5-x2.onnx', kind: 'network', origin: 'zoo', bytes: null, modified: null, note: 'SESR M5' },
  ],
  pictures: [{ path: '/work/photos', shown: 'photos', count: 14, note: null }],
  truncated: false,
};

export const DEVICES: readonly FoundDevice[] = [
  { selector: 'host', label: 'this processor', group: 'here', units: ['cpu:1', 'cpu:all'], detail: ['ONNX Runtime'], blocked: null },
  { selector: 'iphone:0000', label: 'iPhone 13', group: 'attached', units: ['cpu', 'gpu', 'ane', 'all'], detail: ['A15, H14'], blocked: { message: 'iPhone 13 does not trust this computer.', nextSteps: ['Unlock the phone and press "Trust".'] } },
  { selector: 'android:R5C', label: 'Samsung S24', group: 'attached', units: ['htp', 'gpu', 'cpu'], detail: ['SM8650, Hexagon v75'], blocked: null },
];

function finding(node: string, over: Partial<Finding> = {}): Finding {
  return {
    rule: 'ane/rank-over-5', target: 'ane:A15', severity: 'blocks-conversion', evidence: 'predicted', confidence: 'very high', node, opType: 'Reshape', scope: '/up', value: `${node}_out`, shape: '[1, 3, 64, 2, 64, 2]',
    reason: 'Core ML takes at most 5 axes.', remedy: 'Write it in fewer axes.', rewrites: ['rank/chain'], sources: ['apple/coremltools#1723'], cause: 'rank', ...over,
  };
}

export function checked(causes: readonly RootCause[], over: Partial<CheckedModel> = {}): CheckedModel {
  return {
    model: 'ultramini', target: 'ane:A15', problem: null, compiling: false,
    outcome: { target: 'ane:A15', note: null, precision: 'fp16', causes, macsKnown: true, placement: { nodes: 20, onUnit: 17, macShare: 0.9, segments: 2 } as never }, ...over,
  };
}

export function cause(name: string, nodes: readonly string[]): RootCause {
  return { cause: name, title: `Tensor of rank 6 or more (${name})`, severity: 'blocks-conversion', findings: nodes.map((node) => finding(node, { cause: name })) };
}

export const PREVIEW: PreviewedModel = {
  model: 'ultramini', target: 'ane:A15', notes: [], problem: null,
  log: {
    target: 'ane:A15', precision: 'fp16', nodesBefore: 21, nodesAfter: 13, maxRankBefore: 6, maxRankAfter: 4,
    records: [
      {
        rewrite: 'rank/chain', outcome: 'fired', nodes: ['/Reshape', '/Transpose'], scope: null, reason: 'pixel_unshuffle(2)', exactness: 'bit', face: 'same',
        picture: {
          before: { nodes: [{ id: 'a', opType: 'Reshape', name: '/Reshape', detail: '', changed: true }], edges: [{ from: null, to: 'a', label: 'float32 [1, 3, 128, 128]' }], omitted: 0 },
          after: { nodes: [{ id: 'b', opType: 'SpaceToDepth', name: '', detail: 'blocksize=2', changed: true }], edges: [{ from: null, to: 'b', label: 'float32 [1, 3, 128, 128]' }], omitted: 0 },
        },
      },
      { rewrite: 'permute/crd-to-dcr', outcome: 'skipped', nodes: [], scope: null, reason: 'pixel_shuffle of Core ML is CRD', exactness: 'exact', face: 'same' },
    ],
  },
};

export const RUNS: readonly PastRun[] = [
  { id: '2026-11-21-20-00-00-ultramini', startedAt: '2026-11-21T20:00:00.000Z', models: ['ultramini'], targets: ['ane:A15'], verdict: { status: 'ok', sentence: 'All gates passed.', exitCode: 0 } },
  { id: '2026-11-20-20-00-00-ultramini', startedAt: '2026-11-20T20:00:00.000Z', models: ['ultramini'], targets: ['ane:A15'], verdict: { status: 'failed', sentence: '1 gate failed.', exitCode: 1 } },
  { id: '2026-11-19-20-00-00-ultramini', startedAt: '2026-11-19T20:00:00.000Z', models: ['ultramini'], targets: ['ane:A15'], verdict: null },
];

/** An app in `/work` with everything found that the first screens need. */
export function sampleState(config: Partial<Config> = {}, columns = 80, rows = 24): AppState {
  const full: Config = { ...DEFAULTS, ...config };
  const state = initialState({ config: full, cwd: '/work', choices: startingChoices(full), saveTarget: { name: 'dyno.config.json', exists: false } });
  return withLoad(withLoad({ ...state, size: { columns, rows } }, 'files', FILES), 'devices', DEVICES);
}

export function withLoad<Name extends keyof LookupValues>(state: AppState, name: Name, value: LookupValues[Name]): AppState {
  return { ...state, loads: { ...state.loads, [name]: { key: '', status: 'ready', value, note: '', problem: null } } };
}

export function after(state: AppState, ...actions: readonly Action[]): AppState {
  return actions.reduce(reduce, state);
}

/** The state after keys: names as `KeyPress` has them, anything else letter by letter. */
export function typed(state: AppState, ...keys: readonly (KeyPress['name'] | (string & {}))[]): AppState {
  const presses = keys.flatMap((key): KeyPress[] => (NAMES.has(key) ? [{ name: key as KeyPress['name'], text: key === 'space' ? ' ' : '' }] : [...key].map((text) => ({ name: 'text', text }))));
  return presses.reduce((now, press) => {
    const action = actionOf(now, press);
    return action ? reduce(now, action) : now;
  }, state);
}

const NAMES = new Set<string>(['up', 'down', 'left', 'right', 'page-up', 'page-down', 'home', 'end', 'enter', 'escape', 'tab', 'backtab', 'backspace', 'space']);
