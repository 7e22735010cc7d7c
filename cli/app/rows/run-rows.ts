import type { Tone } from '../../ui/screen/line.ts';
import { chosenModels, equivalentCommands, runnableModels } from '../state/choices.ts';
import type { AppState, Step } from '../state/state.ts';
import { heading, note, type Row, row } from './row.ts';

/** What a row of this list does: go to a step, or ask for something. */
export type RunAction = Step | 'start' | 'save' | 'finish';

/** Everything that was decided, the same as a command, and what can be done with it. */
export function runRows(state: AppState): Row[] {
  const { choices, saveTarget, savedTo } = state;
  const packages = chosenModels(state).filter(({ kind }) => kind === 'package');
  const missing = whyNotRun(state);
  return [
    heading('Do it'),
    action('start', 'Start the run', missing ?? 'everything below, with a live screen', missing),
    action('save', savedTo === null ? `Save as ${saveTarget.name}` : `Saved as ${savedTo}`, saveTarget.exists ? 'what it says beyond these choices stays' : 'so that it runs the same in CI', missing),
    action('finish', 'Finish', 'prints the command below'),
    heading('What will run', 'enter changes it'),
    decision('models', 'Models', runnableModels(state).map(({ id }) => id).join(', ') || 'none'),
    ...(packages.length === 0 ? [] : [note(`  Not run: ${packages.map(({ id }) => id).join(', ')}. Core ML packages are timed with dyno bench, scored with dyno quality.`, 'warn')]),
    decision('targets', 'Targets', `${choices.targets.join(', ') || 'none'}; looked at in ${choices.precision}`),
    decision('devices', 'Devices', `${choices.devices.join(', ') || 'none'}${choices.units.length > 0 ? `; units ${choices.units.join(', ')}` : ''}; ${choices.profile} blocks`),
    decision('devices', 'Pictures', choices.pictures ?? 'none: nothing is quantized or scored'),
    decision('rewrites', 'Rewrites', [choices.allow.length > 0 ? `also ${choices.allow.join(', ')}` : 'exact ones', choices.skip.length > 0 ? `without ${choices.skip.join(', ')}` : ''].filter((part) => part !== '').join('; ')),
    heading('The same from a shell, or in CI'),
    ...equivalentCommands(state).map((text) => note(`  $ ${text}`, 'accent')),
  ];
}

/** Why a run cannot begin; null where it can. */
export function whyNotRun(state: AppState): string | null {
  if (state.choices.models.length === 0) return 'No model is chosen.';
  if (runnableModels(state).length === 0) return 'Core ML packages are not run; choose an ONNX model.';
  if (state.choices.targets.length === 0) return 'No target is chosen.';
  return state.choices.devices.length === 0 ? 'No device is chosen.' : null;
}

function action(value: RunAction, label: string, remark: string, blocked: string | null = null): Row {
  const tone: Tone = blocked === null ? 'strong' : 'dim';
  return row({ id: `do ${value}`, value, kind: 'open', label, tone, cells: [remark], blocked, about: () => [{ text: label, tone: 'strong' }, { text: remark }] });
}

function decision(value: Step, label: string, text: string): Row {
  return row({ id: `decided ${label}`, value, kind: 'open', label, cells: [text], about: () => [{ text: label, tone: 'strong' }, { text }] });
}
