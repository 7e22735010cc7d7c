import type { FoundDevice, FoundPictures, Problem } from '../state/found.ts';
import { type AppState, PROFILES } from '../state/state.ts';
import { type AboutLine, heading, note, type Row, row } from './row.ts';

const GROUPS: readonly (readonly [FoundDevice['group'], string, string])[] = [
  ['here', 'This machine', ''], ['attached', 'Attached phones', 'looked for while this list is open'], ['farms', 'Farms of the config', ''], ['virtual', 'Virtual phones', 'no hardware: times are simulated'],
];

const PROFILE_WORDS: Readonly<Record<(typeof PROFILES)[number], string>> = {
  quick: 'short blocks, for a first look', default: 'what a release is judged by', rigorous: 'long blocks, for small differences',
};

/** Which kind of choice a row of this list is: its id begins with it. */
export type DeviceRowKind = 'device' | 'unit' | 'profile' | 'pictures';

/** What measures: devices with what keeps them from it, their units, pictures, and how long it may take. */
export function deviceRows(state: AppState): Row[] {
  const devices = state.loads.devices;
  const files = state.loads.files?.value;
  const found = devices?.value ?? [];
  const groups = GROUPS.flatMap(([group, title, remark]) => {
    const members = found.filter((device) => device.group === group);
    const rows = members.map((device) => deviceRow(device, state.choices.devices));
    if (group === 'attached' && rows.length === 0 && devices) rows.push(note(devices.note !== '' ? 'Asking adb and usbmuxd …' : 'None. Plug one in, unlock it, and allow debugging.'));
    return rows.length === 0 ? [] : [heading(title, remark), ...rows];
  });
  return [...groups, ...unitRows(state, found), ...pictureRows(files?.pictures ?? [], state), ...profileRows(state.choices.profile)];
}

export function rowKind({ id }: Row): DeviceRowKind {
  return id.slice(0, id.indexOf(' ')) as DeviceRowKind;
}

function deviceRow({ selector, label, detail, units, blocked }: FoundDevice, chosen: readonly string[]): Row {
  return row({
    id: `device ${selector}`, value: selector, kind: 'many', label: selector, cells: [label, blocked ? `✗ ${blocked.message}` : (detail[0] ?? '')], chosen: chosen.includes(selector), blocked: blocked?.message ?? null,
    words: detail.join(' '),
    about: () => [{ text: label, tone: 'strong' }, ...detail.map((text): AboutLine => ({ text })), { text: `Units: ${units.join(', ')}`, tone: 'dim' }, ...problemLines(blocked)],
  });
}

/** What is in the way and what helps. */
export function problemLines(problem: Problem | null): AboutLine[] {
  return problem === null ? [] : [{ text: `✗ ${problem.message}`, tone: 'bad' }, ...problem.nextSteps.map((text): AboutLine => ({ text: `→ ${text}`, tone: 'accent', indent: 2 }))];
}

function unitRows({ choices: { devices, units } }: AppState, found: readonly FoundDevice[]): Row[] {
  const all = [...new Set(found.filter(({ selector }) => devices.includes(selector)).flatMap((device) => device.units))];
  if (all.length === 0) return [];
  return [
    heading('Units', units.length === 0 ? 'none chosen: each device’s own' : ''),
    ...all.map((unit) => row({ id: `unit ${unit}`, value: unit, kind: 'many', label: unit, cells: [UNIT_WORDS[unit] ?? ''], chosen: units.includes(unit), about: () => [{ text: unit, tone: 'strong' }, { text: UNIT_WORDS[unit] ?? '' }] })),
  ];
}

const UNIT_WORDS: Readonly<Record<string, string>> = {
  'cpu:1': 'one thread', 'cpu:all': 'as many threads as there are cores', htp: 'Hexagon tensor processor', gpu: 'graphics processor', cpu: 'processor', ane: 'Neural Engine', all: 'what Core ML chooses',
};

function pictureRows(pictures: readonly FoundPictures[], { choices: { pictures: chosen }, config }: AppState): Row[] {
  const blocked = config.images === null ? null : 'The config names a folder: take it out there to run without.';
  const none = row({ id: 'pictures ', value: '', kind: 'one', label: 'none', cells: ['nothing is quantized or scored'], chosen: chosen === null, blocked, about: () => [{ text: 'No pictures', tone: 'strong' }, { text: 'Quantization is calibrated on pictures, and quality is scored on them: without, a run leaves both out.' }] });
  return [
    heading('Pictures', 'for calibration and quality'), none,
    ...pictures.map(({ path, shown, count, note: remark }) => row({
      id: `pictures ${path}`, value: path, kind: 'one', label: shown, cells: [`${count} pictures`, remark ?? ''], chosen: chosen === path,
      about: () => [{ text: shown, tone: 'strong' }, { text: `${count} pictures${remark === null ? '' : `, ${remark}`}` }, { text: path, tone: 'dim' }],
    })),
  ];
}

function profileRows(chosen: AppState['choices']['profile']): Row[] {
  return [heading('How long'), ...PROFILES.map((value) => row({ id: `profile ${value}`, value, kind: 'one', label: value, cells: [PROFILE_WORDS[value]], chosen: chosen === value, about: () => [{ text: value, tone: 'strong' }, { text: PROFILE_WORDS[value] }] }))];
}
