export { type Axis, compareMany, type ManyRow, type ManyRuns } from './compare-many.ts';
export { AXIS_WORDS, changeText, renderComparisonHtml } from './render-comparison-html.ts';
