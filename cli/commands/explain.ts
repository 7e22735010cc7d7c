import { faceRewrites } from '../../converters/faces/face-rewrites.ts';
import type { Rewrite } from '../../converters/rewrites/rewrite.ts';
import { REWRITES } from '../../converters/rewrites/catalog.ts';
import { RULES } from '../../converters/rules/catalog.ts';
import type { Rule } from '../../converters/rules/rule.ts';
import { UserError } from '../../models/contracts/errors.ts';
import { type Metric, METRIC_GRAMMARS, parseMetric } from '../../reports/quality/metric.ts';
import { EXIT } from '../exit-codes.ts';
import type { Handler } from '../program/bind.ts';
import { metricJson, metricText } from '../text/metrics-text.ts';
import type { Style } from '../ui/style.ts';
import { formatTable } from '../ui/table.ts';
import { padEnd, wrapText } from '../ui/width.ts';

/** What is said of a rewrite; changes of the face look at flags, not at operators. */
type Explained = Pick<Rewrite, 'id' | 'title' | 'doc' | 'exactness' | 'face'> & { readonly opTypes?: Rewrite['opTypes']; readonly flag?: string };

const explained: readonly Explained[] = [...REWRITES.values(), ...faceRewrites];

/** `dyno explain`: a rule, a rewrite or a metric, or the list of rules and rewrites. */
export const explain: Handler<object> = async (args, _options, session) => {
  const { style, columns } = session;
  const [id] = args;
  if (id === undefined) {
    await session.present({
      json: { rules: RULES.map(ruleJson), rewrites: explained.map(rewriteJson) },
      text: listText(style),
    });
    return EXIT.ok;
  }
  const metric = metricOf(id);
  if (metric) {
    await session.present({ json: metricJson(metric), text: metricText(metric, style, columns) });
    return EXIT.ok;
  }
  const rule = byId(RULES, id);
  const rewrite = byId(explained, id);
  if (rule.length + rewrite.length !== 1)
    throw unknown(
      id,
      [...rule, ...rewrite].map((item) => item.id),
    );
  if (rule[0]) await session.present({ json: ruleJson(rule[0]), text: ruleText(rule[0], style, columns) });
  else await session.present({ json: rewriteJson(rewrite[0] as Explained), text: rewriteText(rewrite[0] as Explained, style, columns) });
  return EXIT.ok;
};

/** `psnr:y:crop2:matlab` and its like; null for what is no metric at all. Throws UserError for a metric that is misspelt behind its name. */
function metricOf(id: string): Metric | null {
  const name = id.split(':')[0]?.toLowerCase();
  return METRIC_GRAMMARS.some(({ grammar }) => /^\w+/.exec(grammar)?.[0] === name) ? parseMetric(id) : null;
}

/** Full ids first; without its folder an id may be several. */
function byId<T extends { readonly id: string }>(items: readonly T[], id: string): T[] {
  const exact = items.filter((item) => item.id === id);
  return exact.length > 0 ? exact : items.filter((item) => item.id.endsWith(`/${id}`));
}

function unknown(id: string, matches: readonly string[]): UserError {
  if (matches.length > 1) return new UserError(`"${id}" may be ${matches.join(' or ')}.`, ['Give the full id.']);
  return new UserError(`There is no rule, rewrite or metric "${id}".`, ['dyno explain lists rules and rewrites, dyno quality --list-metrics the metrics.']);
}

function listText(style: Style): string {
  const rules = RULES.map(({ id, severity, title }) => [`  ${id}`, style.dim(severity), title]);
  const rewrites = explained.map(({ id, exactness, face, title }) => [
    `  ${id}`,
    style.dim(face === 'same' ? exactness : `${exactness}, ${face}`),
    title,
  ]);
  return [
    formatTable([{ title: 'rules' }, { title: '' }, { title: '' }], rules, style.bold),
    '',
    formatTable([{ title: 'rewrites' }, { title: '' }, { title: '' }], rewrites, style.bold),
  ].join('\n');
}

function ruleText(rule: Rule, style: Style, columns: number): string {
  const [first, last] = rule.generations ?? [null, null];
  const generations = first === null && last === null ? 'all' : `${first ?? '…'} to ${last ?? 'the newest'}`;
  return [
    `${style.bold(rule.id)}  ${rule.title}`,
    '',
    field('severity', rule.severity, style),
    field('generations', generations, style),
    field('confidence', rule.confidence, style),
    field(
      'looks at',
      rule.scope === 'graph' ? 'the model as a whole' : rule.opTypes === '*' ? 'every node' : rule.opTypes.join(', '),
      style,
    ),
    '',
    ...wrapText(
      rule.message.replace(/\{(\w+)\}/g, (_, word: string) => PLACEHOLDERS[word] ?? ''),
      columns,
    ),
    '',
    ...wrapText(`→ ${rule.remedy}`, columns).map(style.cyan),
    ...(rule.rewrites?.length ? ['', field('rewrites', rule.rewrites.join(', '), style)] : []),
    ...rule.sources.map((source) => field('source', source, style)),
  ].join('\n');
}

const PLACEHOLDERS: Readonly<Record<string, string>> = { op: 'The operator', node: 'the node', shape: 'SHAPE', detail: '…' };

function rewriteText({ id, title, doc, exactness, face, opTypes, flag }: Explained, style: Style, columns: number): string {
  return [
    `${style.bold(id)}  ${title}`,
    '',
    field('exactness', exactness, style),
    field('face', face === 'same' ? 'stays the same' : `changes: ${face}`, style),
    opTypes ? field('looks at', opTypes.join(', '), style) : field('flag', flag ?? '', style),
    '',
    ...doc.split(/\n\s*\n/).flatMap((paragraph, i) => [...(i > 0 ? [''] : []), ...wrapText(paragraph.trim(), columns)]),
  ].join('\n');
}

function field(name: string, value: string, style: Style): string {
  return `  ${style.dim(padEnd(name, 12))} ${value}`;
}

function ruleJson({ id, title, severity, confidence, message, remedy, rewrites, sources }: Rule): object {
  return { kind: 'rule', id, title, severity, confidence, message, remedy, rewrites: rewrites ?? [], sources };
}

function rewriteJson({ id, title, doc, exactness, face, opTypes, flag }: Explained): object {
  return { kind: 'rewrite', id, title, doc, exactness, face, opTypes, flag };
}
