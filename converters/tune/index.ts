export { type Candidate, type CompilerChoice, type Face, htpOptions, nameOf, parseCandidate, type Place } from './candidate.ts';
export { compareRows, type Figures, movedBytes, type Objective, type Row } from './figures.ts';
export { refuseForeign, type TunedFolder, writeTuned } from './package.ts';
export type { Proof } from './prove.ts';
export { tuneForHtp, type TuneResult } from './tune.ts';
export type { TuneRequest } from './tune-request.ts';
export type { TuneSource, Variant } from './variant-builder.ts';
