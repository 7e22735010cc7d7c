export { buildReport, type ReportParts } from './build-report.ts';
export * from './format.ts';
export { parseReport } from './parse-report.ts';
export type * from './report.ts';
export { type StaleResult, staleResults } from './stale.ts';
export { type BaseOf, changesFrom, latencyOf } from './summaries.ts';
