export { cellText } from './format-cell.ts';
export { renderSweepHtml } from './html/render-sweep-html.ts';
export { type Candidate, type Direction, paretoPlaces } from './pareto.ts';
export { renderSweepCsv } from './render-csv.ts';
export { renderSweepMarkdown } from './render-markdown.ts';
export { renderSweepText, type SweepTextOptions } from './render-text.ts';
export {
  type ParetoChart, type ParetoPoint, SWEEP_VERSION, type SweepAxes, type SweepCell, type SweepColumn,
  sweepJsonSchema, type SweepReport, sweepReportSchema, type SweepRow, type SweepVariant,
} from './sweep-schema.ts';
