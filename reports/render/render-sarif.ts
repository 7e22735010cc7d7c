import { createHash } from 'node:crypto';
import type { Severity } from '../../models/contracts/index.ts';
import type { Report, ReportFinding } from '../model/report.ts';
import { cleanText } from './clean-text.ts';
import { SEVERITY_WORDS } from './words.ts';

/** GitHub takes at most 5,000 results a run. */
const MOST_RESULTS = 5000;

/** Findings of one model for one target, with the file they are about. */
export interface SarifCheck {
  readonly path: string;
  readonly causes: readonly { readonly findings: readonly ReportFinding[] }[];
}

export interface SarifRun {
  readonly dyno: string;
  readonly succeeded: boolean;
  /** ISO times. */
  readonly startedAt: string;
  readonly finishedAt: string;
}

/** The findings of a report. */
export function renderSarif(report: Report): string {
  const { run, environment, verdict } = report;
  const checks = report.checks.map(({ subject, causes }) => ({ path: pathOf(report, subject), causes }));
  return sarifOf(checks, { dyno: environment.dyno, succeeded: verdict.exitCode !== 2, startedAt: run.startedAt, finishedAt: run.finishedAt });
}

/**
 * Findings as SARIF 2.1.0. A model has no lines, so the place is the model file with the node as logical location, and alerts are followed
 * from run to run by a fingerprint of rule, node, target and model path.
 */
export function sarifOf(checks: readonly SarifCheck[], run: SarifRun): string {
  const places = checks
    .flatMap(({ path, causes }) => causes.flatMap((cause) => cause.findings.map((finding) => ({ finding, path }))))
    .slice(0, MOST_RESULTS);
  const rules = [...new Map(places.map(({ finding }) => [finding.rule, finding])).values()];
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'npu-dyno',
            version: run.dyno,
            informationUri: 'https://www.npmjs.com/package/npu-dyno',
            rules: rules.map(ruleOf),
          },
        },
        invocations: [
          { executionSuccessful: run.succeeded, startTimeUtc: run.startedAt, endTimeUtc: run.finishedAt },
        ],
        results: places.map(({ finding, path }) =>
          resultOf(
            finding,
            path,
            rules.findIndex((rule) => rule.rule === finding.rule),
          ),
        ),
      },
    ],
  };
  return `${JSON.stringify(log, null, 1)}\n`;
}

function ruleOf(finding: ReportFinding): object {
  const sources = finding.sources.map((source) => cleanText(source));
  const [link] = sources.filter((source) => /^https:\/\/\S+$/.test(source));
  const help = [
    `Remedy: ${finding.remedy}`,
    ...(finding.rewrites.length > 0 ? [`Rewrites: ${finding.rewrites.join(', ')}`] : []),
    `Sources: ${sources.join('; ') || 'none'}`,
  ]
    .map(cleanText)
    .join('\n');
  return {
    id: finding.rule,
    shortDescription: { text: cleanText(`${finding.target.split(':')[0]}: ${SEVERITY_WORDS[finding.severity]}`) },
    fullDescription: { text: cleanText(finding.reason) },
    help: { text: help },
    defaultConfiguration: { level: LEVELS[finding.severity] },
    properties: { confidence: finding.confidence, evidence: finding.evidence, tags: [finding.severity] },
    ...(link === undefined ? {} : { helpUri: link }),
  };
}

function resultOf(finding: ReportFinding, path: string, ruleIndex: number): object {
  const place = `${finding.scope === null ? '' : `${finding.scope} `}${finding.node}${finding.shape === null ? '' : ` ${finding.shape}`}`;
  const fingerprint = createHash('sha256').update([finding.rule, finding.node, finding.target, path].join('\n')).digest('hex');
  return {
    ruleId: finding.rule,
    ruleIndex,
    level: LEVELS[finding.severity],
    message: { text: cleanText(`${finding.target}: ${finding.reason} (${place}) ${finding.remedy}`) },
    locations: [
      {
        physicalLocation: { artifactLocation: { uri: toUri(path) }, region: { startLine: 1 } },
        logicalLocations: [
          { name: cleanText(finding.node), fullyQualifiedName: cleanText(finding.scope ?? finding.node), kind: 'function' },
        ],
      },
    ],
    partialFingerprints: { 'npuDynoFinding/v1': fingerprint },
    properties: { cause: finding.cause, severity: finding.severity, evidence: finding.evidence, target: finding.target },
  };
}

const LEVELS: Readonly<Record<Severity, 'error' | 'warning' | 'note'>> = {
  'wrong-result': 'error', 'blocks-conversion': 'error', 'blocks-unit': 'error', overflow: 'error', 'splits-graph': 'warning', slow: 'note',
};

function pathOf(report: Report, subject: string): string {
  const variant = report.variants.find((v) => v.id === subject);
  return report.models.find((m) => m.id === (variant?.model ?? subject))?.path ?? variant?.file ?? subject;
}

/** A relative reference as RFC 3986 wants it. */
function toUri(path: string): string {
  return path.replaceAll('\\', '/').split('/').map(encodeURIComponent).join('/');
}
