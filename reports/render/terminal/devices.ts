import { formatCount, formatMs } from '../../model/format.ts';
import type { Report } from '../../model/report.ts';
import { oneLine } from '../clean-text.ts';
import { comparisonText, deviceText, frameTimes, operationRows, placeText, verifiedPlaces, verifiedRows } from '../device-text.ts';
import { count } from '../words.ts';
import { columns } from './columns.ts';
import { heading, indent, INDENT } from './heading.ts';
import type { Screen } from './screen.ts';

const MOST_OPERATIONS = 6;

/** Devices that are not this machine, whether their outputs are right, cycles by operation, and frame rates. */
export function deviceLines(report: Report, screen: Screen): string[][] {
  return [devices(report, screen), verified(report, screen), ...operations(report, screen), sustained(report, screen)];
}

function devices({ devices: list = [] }: Report, screen: Screen): string[] {
  const rows = list.filter(({ chip, system }) => chip !== null || system !== null).map((device) => [device.device, oneLine(device.label), deviceText(device), device.evidence]);
  return rows.length === 0 ? [] : [heading('Devices', '', screen), ...columns([{ title: '' }, { title: '', flexible: true }, { title: '', optional: true }, { title: '' }], rows, screen.width - INDENT).map(indent)];
}

function verified(report: Report, screen: Screen): string[] {
  const places = verifiedPlaces(report);
  if (places.length === 0) return [];
  const wrong = verifiedRows(report).filter(({ sound }) => !sound);
  const evidence = [...new Set(places.flatMap(({ rows }) => rows.flatMap(({ comparisons }) => comparisons.map((one) => one.evidence))))].join(', ');
  const lines = columns(
    [{ title: '' }, { title: '' }, { title: '', optional: true }, { title: '', flexible: true }],
    places.map((place) => [oneLine(place.device), place.unit, count(place.rows.length, 'model'), placeText(place)]), screen.width - INDENT,
  );
  const named = columns(
    [{ title: '', flexible: true }, { title: '' }, { title: '' }, { title: '', flexible: true }],
    wrong.map(({ measurement: m, comparisons }) => [oneLine(m.variant), m.device, m.unit, comparisons.map((one) => `${one.against} ${comparisonText(one)}`).join(', ')]), screen.width - INDENT,
  );
  return [
    heading('Outputs', evidence, screen), ...places.map(({ rows }, i) => indent(screen.paint(rows.every(({ sound }) => sound) ? 'green' : 'red', lines[i] ?? ''))),
    ...named.map((line) => indent(screen.paint('red', line))),
  ];
}

function operations({ operations: profiles = [] }: Report, screen: Screen): string[][] {
  const shown = profiles.filter(({ device }, i) => profiles.findIndex((other) => other.device === device) === i);
  const rest = profiles.length - shown.length;
  return shown.map((profile, place) => {
    const rows = operationRows(profile);
    const cells = rows.slice(0, MOST_OPERATIONS).map(({ name, opType, cycles, share }) => [oneLine(name), opType ?? '', formatCount(cycles), `${(100 * share).toFixed(1)} %`]);
    const lines = columns([{ title: '', flexible: true }, { title: '', optional: true }, { title: 'cycles', numeric: true }, { title: 'share', numeric: true }], cells, screen.width - INDENT);
    return [heading(`Operations of ${oneLine(profile.variant)} on ${oneLine(profile.device)}`, `${profile.evidence}, ${rows.length} in all`, screen), ...lines.map(indent), ...(rest > 0 && place === shown.length - 1 ? [indent(screen.paint('dim', `${count(rest, 'profile')} more in the page`))] : [])];
  });
}

function sustained({ sustained: records = [] }: Report, screen: Screen): string[] {
  if (records.length === 0) return [];
  const rows = records.map((record) => {
    const { p50, p99 } = frameTimes(record);
    return [oneLine(record.variant), record.device, record.unit, `${record.framesPerSecond} for ${record.seconds} s`, `${record.missed} of ${record.frames}`, formatMs(p50), formatMs(p99)];
  });
  const head = [{ title: '', flexible: true }, { title: '' }, { title: 'unit' }, { title: 'frames a second', numeric: true }, { title: 'missed', numeric: true }, { title: 'p50', numeric: true }, { title: 'p99', numeric: true, optional: true }];
  return [heading('At a frame rate', [...new Set(records.map(({ evidence }) => evidence))].join(', '), screen), ...columns(head, rows, screen.width - INDENT).map(indent)];
}
