import type { CalibrationPoint } from '../../../converters/estimate/index.ts';

/** The text of `converters/estimate/calibration-points.ts`. */
export function pointsModule(points: readonly CalibrationPoint[], qairt: string | null, packages: Readonly<Record<string, string>>): string {
  const quoted = (value: unknown): string => JSON.stringify(value).replaceAll('"', "'").replaceAll(',', ', ').replaceAll("':", "': ");
  return `${[
    "import type { CalibrationPoint } from './point.ts';",
    '',
    '/** Written by `npx tsx test/bench/htp-latency.ts --write`: the compiler and the libraries that made the figures below. */',
    `export const CALIBRATED_WITH: { readonly qairt: string; readonly packages: Readonly<Record<string, string>> } = { qairt: ${quoted(qairt)}, packages: ${quoted(packages)} };`,
    '',
    '/** Latencies that others measured on phones, beside what the compiler makes of the same networks as the zoo generates them. */',
    'export const CALIBRATION_POINTS: readonly CalibrationPoint[] = [',
    ...points.map(({ source, model, chip, precision, ms, macs, bytes, operators }) =>
      `  { source: ${quoted(source)}, model: ${quoted(model)}, chip: '${chip}', precision: '${precision}', ms: ${ms}, macs: ${macs}, bytes: ${bytes}, operators: ${quoted(operators)} },`),
    '];',
  ].join('\n')}\n`;
}
