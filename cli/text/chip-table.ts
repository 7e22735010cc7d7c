import { formatBytes } from '../../reports/model/format.ts';
import type { Style } from '../ui/style.ts';
import { formatTable } from '../ui/table.ts';
import type { CheckOutcome } from '../work/check-model.ts';

type Checked = CheckOutcome & { readonly path: string };

/** One table for each model that was compiled for several chips: the chips side by side. */
export function chipTables(checks: readonly Checked[], style: Style): string[] {
  const compiled = checks.filter(({ compiled }) => compiled);
  const paths = [...new Set(compiled.map(({ path }) => path))];
  return paths.flatMap((path) => {
    const chips = compiled.filter((check) => check.path === path);
    return chips.length < 2 ? [] : [`${style.bold(path)}\n${formatTable(COLUMNS, chips.map(row), style.dim)}`];
  });
}

const COLUMNS = [
  { title: 'chip' }, { title: 'graphs', align: 'right' as const }, { title: 'on the CPU', align: 'right' as const }, { title: 'DDR traffic', align: 'right' as const }, { title: 'spills', align: 'right' as const }, { title: 'emulated' },
];

function row({ target, compiled }: Checked): string[] {
  if (!compiled) return [target];
  const { failed, htpGraphs, cpuNodes, traffic, verified } = compiled;
  if (failed) return [target, 'none', '', '', '', ''];
  return [target, String(htpGraphs), String(cpuNodes), traffic ? formatBytes(traffic.all) : '', traffic ? formatBytes(traffic.spillFill) : '', emulated(verified)];
}

function emulated(verified: NonNullable<CheckOutcome['compiled']>['verified']): string {
  if (!verified) return '';
  if (verified.findings.length > 0) return [...new Set(verified.findings.map(({ severity }) => severity))].join(', ');
  return verified.worst?.db == null ? 'right' : `right, ${verified.worst.db.toFixed(1)} dB`;
}
