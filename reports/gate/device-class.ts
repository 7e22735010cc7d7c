import type { Report, ReportMeasurement } from '../model/report.ts';

/**
 * The kind of machine that a measurement holds for: `SM8550, Android 15`, or the processor, cores and system of a host. Phones of one class stand in
 * for one another in a baseline; machines of another class have values of their own there.
 */
export function deviceClass({ environment, devices }: Pick<Report, 'environment' | 'devices'>, { device, evidence }: Pick<ReportMeasurement, 'device' | 'evidence'>): string {
  const phone = devices?.find((one) => one.device === device && one.chip !== null);
  if (phone) return `${phone.chip}, ${phone.system ?? 'unknown system'}${evidence === 'simulated' ? ' (simulated)' : ''}`;
  return `${environment.cpu}, ${environment.cores} cores, ${environment.os}`;
}

/** What a device is called in a baseline: phones by their class, so that another one like it may be measured; others by their selector. */
export function deviceOfBaseline({ devices }: Pick<Report, 'devices'>, { device }: Pick<ReportMeasurement, 'device'>, ofClass: string): string {
  return devices?.some((one) => one.device === device && one.chip !== null) ? ofClass : device;
}
