import { formatBytes } from '../../model/format.ts';
import type { Report } from '../../model/report.ts';
import { oneLine } from '../clean-text.ts';
import { agreementText, operationsText, storedAs } from '../package-text.ts';
import { columns, type TextColumn } from './columns.ts';
import { heading, indent, INDENT } from './heading.ts';
import type { Screen } from './screen.ts';

const HEAD: readonly TextColumn[] = [
  { title: '', flexible: true }, { title: 'runs on' }, { title: 'size', numeric: true }, { title: 'against ORT', numeric: true }, { title: 'stored as', optional: true }, { title: 'operations', optional: true },
];

/** Core ML packages: a row each. */
export function packageLines({ packages = [] }: Report, screen: Screen): string[] {
  if (packages.length === 0) return [];
  const cells = packages.map((one) => [oneLine(one.variant), one.system, formatBytes(one.bytes), agreementText(one), storedAs(one), operationsText(one)]);
  const [titles = '', ...lines] = columns(HEAD, cells, screen.width - INDENT);
  return [
    heading('Core ML packages', 'verified(host)', screen), indent(screen.paint('dim', titles)),
    ...packages.map(({ verified }, i) => indent(screen.paint(verified?.explained === false ? 'red' : 'green', lines[i] ?? ''))),
  ];
}
