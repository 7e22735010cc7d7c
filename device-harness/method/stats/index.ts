export type { Interval } from './interval.ts';
export { logMeanInterval, pairedRatio, variance } from './log-mean.ts';
export { median, medianAbsoluteDeviation, quantile, quantileOfSorted } from './order.ts';
export { studentCdf, studentQuantile } from './student-t.ts';
export { direction, limitVerdict, twoSided, type Verdict } from './verdict.ts';
