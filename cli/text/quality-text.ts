import type { QualityRecord } from '../../models/contracts/records.ts';
import { formatQuality } from '../../reports/model/format.ts';
import type { Style } from '../ui/style.ts';
import { formatTable } from '../ui/table.ts';

/** Quality as a table: a row a variant, a column a protocol, the best of each column marked. */
export function qualityText(records: readonly QualityRecord[], style: Style): string {
  const protocols = [...new Set(records.map(({ protocol }) => protocol))];
  const variants = [...new Set(records.map(({ variant }) => variant))];
  const recordOf = (variant: string, protocol: string): QualityRecord | undefined =>
    records.find((r) => r.variant === variant && r.protocol === protocol);
  const best = new Map(
    protocols.map((protocol) => [
      protocol,
      Math.max(...variants.map((variant) => recordOf(variant, protocol)?.mean ?? Number.NEGATIVE_INFINITY)),
    ]),
  );
  const rows = variants.map((variant) => [
    `  ${variant}`,
    ...protocols.map((protocol) => {
      const record = recordOf(variant, protocol);
      if (!record) return '–';
      const text = formatQuality(record.mean, record.unit);
      return record.mean === best.get(protocol) ? style.bold(text) : text;
    }),
  ]);
  const [first] = records;
  const notes = [...new Set(records.flatMap(({ note }) => note ?? []))];
  const evidence = [...new Set(records.map((r) => r.evidence))].join(', ');
  return [
    formatTable(
      [
        { title: first ? `${first.dataset}, ${first.perImage.length} images` : '' },
        ...protocols.map((title) => ({ title, align: 'right' as const })),
      ],
      rows,
      style.dim,
    ),
    style.dim(`  ${evidence}; higher is better`),
    ...notes.map((note) => style.dim(`  ${note}`)),
  ].join('\n');
}
