import { formatQuality } from '../../model/format.ts';
import { oneLine } from '../clean-text.ts';
import { bytesText, type CompiledTable, placementText, timesText, verifiedText } from '../compiled-table.ts';
import { columns, type TextColumn } from './columns.ts';
import { heading, indent, INDENT } from './heading.ts';
import type { Screen } from './screen.ts';

/** What the compiler made of all variants for one chip: a row a variant. */
export function compiledLines({ target, generation, protocol, rows }: CompiledTable, screen: Screen): string[] {
  const head: TextColumn[] = [
    { title: '', flexible: true }, { title: 'placement' }, { title: 'DDR', numeric: true },
    ...(protocol === null ? [] : [{ title: oneLine(protocol).split(':').slice(0, 2).join(':'), numeric: true, optional: true }]),
    ...['over least', 'uint8', 'spilled', 'context', 'against ORT'].map((title) => ({ title, numeric: true, optional: true })),
  ];
  const cells = rows.map((row) => {
    const { record, traffic, emulated } = row;
    return [
      oneLine(record.variant), placementText(row), bytesText(traffic), ...(protocol === null ? [] : [emulated ? formatQuality(emulated.mean, emulated.unit) : '–']),
      timesText(traffic, record.least?.ownFace), timesText(traffic, record.least?.uint8Face),
      bytesText(record.traffic && record.traffic.spillBytes + record.traffic.fillBytes), bytesText(record.context?.bytes), verifiedText(row),
    ];
  });
  const [titles = '', ...lines] = columns(head, cells, screen.width - INDENT);
  const remark = `Hexagon ${generation}, compiled${protocol === null ? '' : ' and emulated'}`;
  return [
    heading(`Compiled for ${oneLine(target)}`, remark, screen), indent(screen.paint('dim', titles)),
    ...rows.map(({ whole }, i) => indent(screen.paint(whole ? 'green' : 'yellow', lines[i] ?? ''))),
  ];
}
