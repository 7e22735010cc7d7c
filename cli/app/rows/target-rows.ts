import { ANE_CHIPS, type AneChip } from '../../../converters/rules/ane-chips.ts';
import { HTP_SOCS, type HtpSoc } from '../../../converters/rules/htp-socs.ts';
import { formatSelector } from '../../../models/contracts/selectors.ts';
import { type AppState, PRECISIONS } from '../state/state.ts';
import { heading, type Row, row } from './row.ts';

const FIRST_HTP = 68;

const PRECISION_WORDS: Readonly<Record<(typeof PRECISIONS)[number], string>> = {
  fp16: 'half floats; what phones run without quantization', w8a8: '8-bit weights, 8-bit activations', w8a16: '8-bit weights, 16-bit activations',
  w4a8: '4-bit weights, 8-bit activations', w4a16: '4-bit weights, 16-bit activations',
};

/** What the models shall compute in, then every chip that the tables know, the newest first. */
export function targetRows({ choices: { targets, precision } }: AppState): Row[] {
  return [
    heading('Precision', 'what findings and rewrites are looked at for; runs with pictures quantize to the integers'),
    ...PRECISIONS.map((value) => row({ id: `precision ${value}`, value, kind: 'one', label: value, cells: [PRECISION_WORDS[value]], chosen: precision === value, about: () => [{ text: value, tone: 'strong' }, { text: PRECISION_WORDS[value] }] })),
    heading('Neural Engine', 'Core ML on iPhones and Macs'),
    ...ANE.map((chip) => aneRow(chip, targets)),
    heading('Hexagon HTP', 'QNN on Snapdragon'),
    ...HTP.map((chip) => htpRow(chip, targets)),
    heading('This machine'),
    row({ id: 'host', kind: 'many', label: 'host', cells: ['ONNX Runtime on the processor'], chosen: targets.includes('host'), about: () => [{ text: 'host', tone: 'strong' }, { text: 'No NPU: the rewrites that any runtime gains from, measured on this processor.' }] }),
  ];
}

/** Whether a row of this list says a precision and no target. */
export function isPrecision({ id }: Row): boolean {
  return id.startsWith('precision ');
}

const ANE = [...ANE_CHIPS].sort((a, b) => Number(a.chip.startsWith('M')) - Number(b.chip.startsWith('M')) || b.family - a.family);
const HTP = HTP_SOCS.filter(({ hexagon }) => hexagon >= FIRST_HTP).sort((a, b) => Number(a.marketing === '') - Number(b.marketing === '') || b.hexagon - a.hexagon || b.socModel - a.socModel);

function aneRow({ chip, family, devices }: AneChip, chosen: readonly string[]): Row {
  const id = formatSelector({ kind: 'ane', hardware: chip });
  return row({
    id, kind: 'many', label: id, cells: [`H${family}`, devices.join(', ')], chosen: chosen.includes(id), words: 'apple iphone ane neural engine',
    about: () => [
      { text: `Apple ${chip}`, tone: 'strong' },
      { text: `Neural Engine of family H${family}, in ${devices.join(', ')}` },
      { text: 'Findings are predicted by rules; a Mac, an iPhone or a farm measures.', tone: 'dim' },
    ],
  });
}

function htpRow({ chip, marketing, hexagon, vtcmBytes, hvxThreads, compilesFp16 }: HtpSoc, chosen: readonly string[]): Row {
  const id = formatSelector({ kind: 'htp', hardware: chip });
  const vtcm = `${vtcmBytes / 2 ** 20} MB`;
  return row({
    id, kind: 'many', label: id, cells: [`v${hexagon}`, vtcm, compilesFp16 ? '' : 'integers only', marketing], chosen: chosen.includes(id), words: 'qualcomm snapdragon hexagon htp npu',
    about: () => [
      { text: marketing === '' ? chip : `${marketing} (${chip})`, tone: 'strong' },
      { text: `Hexagon v${hexagon}, ${vtcm} of fast memory (VTCM), ${hvxThreads} vector threads` },
      ...(compilesFp16 ? [] : [{ text: 'A small fp16 network did not compile for it: quantize.', tone: 'warn' as const }]),
      { text: 'Findings are predicted by rules, and compiled where Qualcomm’s compiler is installed (dyno setup python).', tone: 'dim' },
    ],
  });
}
