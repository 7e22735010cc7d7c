import { formatBytes } from '../../../model/format.ts';
import type { ReportPackage } from '../../../model/report.ts';
import { agreementText, operationsText, storedAs } from '../../package-text.ts';
import { markup, type Piece } from '../markup.ts';
import { code, details, evidence, numeric, quiet, type Section, table, variantName, warningList } from '../parts.ts';
import type { View } from '../view.ts';

/** Core ML packages: what they are made of, and how far they are from the models that they were made of. */
export function packagesSection(view: View): Section | null {
  const packages = view.report.packages ?? [];
  if (packages.length === 0) return null;
  const columns = ['Variant', 'Runs on', 'Stored as', numeric('Size'), numeric('Against ORT'), 'Operations'];
  const notes = [...new Set(packages.flatMap((one) => [...one.notes, ...(one.islands > 0 ? [`${one.variant}: ${one.islands} operations compute in float32, which leaves the Neural Engine`] : [])]))];
  const tools = [...new Set(packages.flatMap((one) => Object.entries(one.tools).map(([name, version]) => `${name} ${version}`)))].join(', ');
  return {
    id: 'packages', title: 'Core ML packages',
    body: markup`<p>${evidence('verified(host)')} ${quiet(`by ${tools}; each package was read back, translated and run beside its model: range of the output over the error.`)}</p>
${table('Core ML packages', columns, packages.map((one) => row(view, one)))}
${warningList(notes)}
${packages.map((one) => details(`All operations of ${one.variant}`, markup`<p>${operationsText(one, one.operations.length)}</p><p>${code(one.file)}</p>`))}`,
  };
}

function row(view: View, one: ReportPackage): Piece[] {
  const { variant, system, bytes, verified } = one;
  return [
    variantName(variant, view.series(variant)), system, storedAs(one), formatBytes(bytes),
    markup`<span class="${verified?.explained === false ? 'worse' : 'better'}">${agreementText(one)}</span>`, operationsText(one),
  ];
}
