/** How a statement is known. Never mixed in any output. */
export const EVIDENCE = [
  'computed', 'predicted', 'compiled', 'emulated', 'estimated', 'planned', 'simulated',
  'measured(host)', 'measured(device)', 'verified(host)', 'verified(emulator)', 'verified(simulated)', 'verified(device)',
] as const;

export type Evidence = (typeof EVIDENCE)[number];
