import type { ReportDevice } from '../../../model/report.ts';
import { comparisonText, deviceText, type VerifiedRow, verifiedRows } from '../../device-text.ts';
import { type Markup, markup, type Piece } from '../markup.ts';
import { details, evidence, facts, type Section, table, variantName, warningList } from '../parts.ts';
import type { View } from '../view.ts';

/** What was measured on, how it was told to work, and whether what came out there is right. */
export function devicesSection(view: View): Section | null {
  const { devices = [], measurements } = view.report;
  const verified = verifiedRows(view.report);
  if (devices.every(({ chip, system }) => chip === null && system === null) && verified.length === 0) return null;
  const simulated = devices.filter((device) => device.evidence === 'simulated').map(({ device }) => device);
  return {
    id: 'devices', title: 'Devices',
    body: markup`${simulated.length > 0 && warningList([`${simulated.join(', ')}: no phone, but a stand-in of dyno's. Times there are simulated and say nothing about a phone.`])}
${table('Devices', ['Device', 'What it is', 'Chip, system, tools', 'Times are'], devices.map(deviceRow))}
${verified.length > 0 && outputs(view, verified)}
${devices.map(({ device }) => settings(device, measurements.find((m) => m.device === device)?.settings))}`,
  };
}

function deviceRow(device: ReportDevice): Piece[] {
  return [device.device, device.label, deviceText(device), evidence(device.evidence)];
}

/** A column for each executor that gave a reference. */
function outputs(view: View, rows: readonly VerifiedRow[]): Markup {
  const references = [...new Set(rows.flatMap(({ comparisons }) => comparisons.map(({ against }) => kindOf(against))))];
  return markup`<h3>Outputs</h3>${table('Outputs against references', ['Variant', 'Device', 'Unit', 'Evidence', ...references.map((name) => `Against ${name}`)], rows.map(({ measurement, comparisons }) => [
    variantName(measurement.variant, view.series(measurement.variant)), measurement.device, measurement.unit, evidence(comparisons[0]?.evidence ?? null),
    ...references.map((name): Piece => {
      const found = comparisons.find(({ against }) => kindOf(against) === name);
      return found ? markup`<span class="${found.explained ? 'better' : 'worse'}">${comparisonText(found)}</span>` : '–';
    }),
  ]))}`;
}

/** `emulator:SM8550` and `emulator:SM8650` stand in one column: each is the emulator of the device's own chip. */
function kindOf(against: string): string {
  return against.startsWith('emulator:') ? 'the emulator of its chip' : against === 'host' ? 'ONNX Runtime' : against;
}

function settings(device: string, told: Readonly<Record<string, string>> | undefined): Markup | null {
  return told && Object.keys(told).length > 0 ? details(`Settings of ${device}`, facts(Object.entries(told))) : null;
}
