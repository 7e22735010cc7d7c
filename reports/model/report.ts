import type { z } from 'zod';
import type { reportSchema } from './report-schema.ts';

/**
 * What one run learned: the one model that every rendering is a pure function of. Types only, so that readers of reports do not load zod.
 */
export type Report = z.infer<typeof reportSchema>;

export type ReportModel = Report['models'][number];
export type ReportVariant = Report['variants'][number];
export type ReportCheck = Report['checks'][number];
export type ReportRootCause = ReportCheck['causes'][number];
export type ReportFinding = ReportRootCause['findings'][number];
export type ReportRewrite = Report['rewrites'][number];
export type ReportRewriteRecord = ReportRewrite['log']['records'][number];
export type ReportCompiled = NonNullable<Report['compiled']>[number];
export type ReportPackage = NonNullable<Report['packages']>[number];
export type ReportDevice = NonNullable<Report['devices']>[number];
export type ReportOperations = NonNullable<Report['operations']>[number];
export type ReportSustained = NonNullable<Report['sustained']>[number];
export type ReportQuantization = Report['quantizations'][number];
export type ReportMeasurement = Report['measurements'][number];
export type ReportBlock = ReportMeasurement['blocks'][number];
export type ReportLatency = Report['latencies'][number];
export type ReportChange = Report['changes'][number];
export type ReportQualityChange = Report['qualityChanges'][number];
export type ReportInterval = ReportLatency['ms'];
export type ReportQuality = Report['quality'][number];
export type ReportCrop = Report['crops'][number];
export type GateVerdict = Report['gates'][number];
export type GateStatus = GateVerdict['status'];
