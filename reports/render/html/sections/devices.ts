import type { ReportDevice } from '../../../model/report.ts';
import type { OutputComparison } from '../../../../models/contracts/records.ts';
import { comparisonText, deviceText, type VerifiedRow, verifiedRows } from '../../device-text.ts';
import { type Markup, markup, type Piece } from '../markup.ts';
import { details, evidence, facts, quiet, type Section, table, variantName, warningList } from '../parts.ts';
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

/** A table for each device, a column for each of its units. */
function outputs(view: View, rows: readonly VerifiedRow[]): Markup {
  const devices = [...new Set(rows.map(({ measurement }) => measurement.device))];
  return markup`<h3>Outputs</h3>${devices.map((device) => {
    const own = rows.filter(({ measurement }) => measurement.device === device);
    const units = [...new Set(own.map(({ measurement }) => measurement.unit))];
    const variants = [...new Set(own.map(({ measurement }) => measurement.variant))];
    const cell = (variant: string, unit: string): Piece => own.filter(({ measurement: m }) => m.variant === variant && m.unit === unit).flatMap(({ comparisons }) => comparisons.map(comparison));
    return markup`<p>${device} ${evidence(own[0]?.comparisons[0]?.evidence ?? null)}</p>
${table(`Outputs of ${device} against references`, ['Variant', ...units], variants.map((variant) => [variantName(variant, view.series(variant)), ...units.map((unit) => cell(variant, unit))]))}`;
  })}`;
}

function comparison(one: OutputComparison): Markup {
  return markup`<div>${quiet(one.against === 'host' ? 'ONNX Runtime' : one.against)} <span class="${one.explained ? 'better' : 'worse'}">${comparisonText(one)}</span></div>`;
}

function settings(device: string, told: Readonly<Record<string, string>> | undefined): Markup | null {
  return told && Object.keys(told).length > 0 ? details(`Settings of ${device}`, facts(Object.entries(told))) : null;
}
