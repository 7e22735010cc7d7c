import type { ReportPackage } from '../model/report.ts';

/** `conv ×14, relu ×5, …`: the most frequent operations. */
export function operationsText({ operations }: ReportPackage, most = 4): string {
  const shown = operations.slice(0, most).map(({ type, count }) => (count === 1 ? type : `${type} ×${count}`));
  return `${shown.join(', ')}${operations.length > most ? ', …' : ''}`;
}

/** `72.9 dB`, `equal`, `–` where nothing was compared. */
export function agreementText({ verified }: ReportPackage): string {
  if (!verified) return '–';
  return verified.db === null ? 'equal' : `${verified.db.toFixed(1)} dB`;
}

/** `fp16, palette4`. */
export function storedAs({ precision, weights }: ReportPackage): string {
  return weights === null ? precision : `${precision}, ${weights}`;
}
