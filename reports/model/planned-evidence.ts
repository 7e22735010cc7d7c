import type { Evidence } from '../../models/contracts/index.ts';

/** Evidence of the plan that came with a measurement: the system's own, unless the device is a stand-in, which makes it up. */
export function plannedEvidence({ evidence }: { readonly evidence: Evidence }): Evidence {
  return evidence === 'simulated' ? 'simulated' : 'planned';
}
