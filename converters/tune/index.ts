export { type Candidate, complexity, parseCandidate } from './candidate.ts';
export { type FormFigures, type EvidenceRequest, type GatheredEvidence, gatherEvidence, type RewriteEvidence } from './evidence.ts';
export { logWithEvidence } from './evidence-log.ts';
export { movedBytes, type Objective, type Row } from './figures.ts';
export { refuseForeign, type TunedFolder, writeTuned } from './package.ts';
export type { Proof } from './prove.ts';
export { tuneForHtp, type TuneResult } from './tune.ts';
export type { TuneRequest } from './tune-request.ts';
export type { TuneSource, Variant } from './variant-builder.ts';
