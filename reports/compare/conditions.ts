import type { Report } from '../model/report.ts';

/** Something that two runs may differ in, with its value in each of them; null where a run has none. */
export interface Condition {
  readonly name: string;
  readonly values: readonly (string | null)[];
}

/** Conditions in which the runs are not all alike: versions, machines, systems and tools of devices and compilers. */
export function differingConditions(reports: readonly Report[]): Condition[] {
  const each = reports.map(conditionsOf);
  const names = [...new Set(each.flatMap((conditions) => [...conditions.keys()]))];
  return names.map((name) => ({ name, values: each.map((conditions) => conditions.get(name) ?? null) })).filter(({ values }) => new Set(values).size > 1);
}

function conditionsOf({ environment: e, devices = [], compiled = [], run }: Report): Map<string, string> {
  const found = new Map<string, string>([
    ['dyno', e.dyno], ['Node', e.node], ['system of the host', e.os], ['CPU of the host', `${e.cpu}, ${e.cores} cores`], ...Object.entries(e.libraries), ['seed', String(run.seed ?? 'none')],
  ]);
  for (const { device, system, chip, tools } of devices.filter((one) => one.chip !== null || one.system !== null)) {
    if (system !== null) found.set(`system of ${device}`, system);
    if (chip !== null) found.set(`chip of ${device}`, chip);
    for (const [name, version] of Object.entries(tools)) found.set(`${name} of ${device}`, version);
  }
  for (const { target, tools, options } of compiled) {
    for (const [name, version] of Object.entries(tools)) found.set(`${name === 'qairt' ? 'QAIRT' : name} of the compiler`, version);
    for (const [name, value] of Object.entries(options)) found.set(`${name} for ${target}`, value);
  }
  return found;
}
