import { UserError } from '../../models/contracts/errors.ts';
import type { SweepAxes, SweepColumn } from '../../reports/sweep/sweep-schema.ts';
import { formatProtocol, parseProtocol, protocolBetter, protocolUnit } from '../../reports/quality/protocol.ts';
import { axisText } from './axes.ts';
import { type Figure, figureNamed } from './catalogue.ts';
import { AXES, type SweepFile } from './sweep-file.ts';

/** A column as the config asks for it: what its selectors leave open makes several. */
export interface ColumnRequest {
  readonly figure: Figure | null;
  /** Name of published values; null for own ones. */
  readonly published: string | null;
  readonly selectors: readonly string[];
  readonly title: string | null;
  readonly unit: string | null;
  readonly digits: number | null;
  /** Values of the axes that lie side by side. */
  readonly at: Partial<SweepAxes>;
}

/** Where a time was taken. */
export interface Place {
  readonly device: string;
  readonly unit: string;
}

/** What a score was taken with. */
export interface Score {
  readonly dataset: string;
  /** As the config writes it. */
  readonly protocol: string;
  readonly executor: string;
}

/** One column of the table, with what its cells are looked up by. */
export interface TableColumn {
  readonly column: SweepColumn;
  readonly request: ColumnRequest;
  readonly target: string | null;
  readonly place: Place | null;
  readonly score: Score | null;
}

const USUAL_COLUMNS = ['parameters', 'macs', 'size', 'deflated', 'sparsity', 'moved', 'latency', 'memory', 'quality', 'drop'];

/** The columns of a config. Throws UserError for figures that are none and selectors that do not belong to theirs. */
export function columnRequests({ columns = USUAL_COLUMNS, bench, quality }: SweepFile): ColumnRequest[] {
  const isMeasured = (name: string): boolean => (figureNamed(name).need === 'bench' ? bench !== false : figureNamed(name).need !== 'quality' || quality?.datasets !== undefined);
  const wanted = columns === USUAL_COLUMNS ? USUAL_COLUMNS.filter(isMeasured) : columns;
  return wanted.map((one) => {
    if (typeof one === 'string') return ownColumn(one, null, {});
    if ('column' in one) return ownColumn(one.column, one.title ?? null, one.at ?? {});
    const { published, title = published, unit = '', digits = null } = one;
    return { figure: null, published, selectors: [], title, unit, digits, at: {} };
  });
}

/** `latency/host/cpu:1`, `quality/Set5`, `moved/htp:SM8550`. Throws UserError. */
export function ownColumn(text: string, title: string | null, at: Readonly<Record<string, unknown>>): ColumnRequest {
  const [name = '', ...selectors] = text.split('/');
  const figure = figureNamed(name);
  const most = { none: 0, target: 1, place: 2, score: 3 }[figure.selectors];
  if (selectors.length > most || selectors.includes('')) throw new UserError(`"${text}" has selectors that ${name} does not take.`, [FORMS[figure.selectors](name)]);
  if (selectors.length === 0 && (figure.need === 'place' || figure.need === 'estimate')) throw new UserError(`"${name}" needs a target.`, [`Write ${name}/htp:SM8550.`]);
  const fixed = Object.fromEntries(Object.entries(at).filter(([, value]) => value !== undefined)) as Partial<SweepAxes>;
  return { figure, published: null, selectors, title, unit: null, digits: null, at: fixed };
}

const FORMS: Readonly<Record<Figure['selectors'], (name: string) => string>> = {
  none: (name) => `Write ${name}.`, target: (name) => `Write ${name}/TARGET.`,
  place: (name) => `Write ${name}/DEVICE/UNIT.`, score: (name) => `Write ${name}/DATASET/PROTOCOL/EXECUTOR.`,
};

/** One column for each place and score that a request leaves open. */
export function tableColumns(requests: readonly ColumnRequest[], places: readonly Place[], scores: readonly Score[]): TableColumn[] {
  const columns = requests.flatMap((request): TableColumn[] => {
    const { figure, selectors } = request;
    if (!figure) return [tableColumn(request, {})];
    if (figure.selectors === 'place') return fittingPlaces(selectors, places).map((place) => tableColumn(request, { place }));
    if (figure.selectors === 'score') return fittingScores(selectors, scores).map((score) => tableColumn(request, { score }));
    return [tableColumn(request, { target: selectors[0] ?? null })];
  });
  return [...new Map(columns.map((one) => [one.column.id, one])).values()];
}

function fittingPlaces([device, unit]: readonly string[], places: readonly Place[]): Place[] {
  const found = places.filter((place) => (device === undefined || place.device === device || place.device.startsWith(`${device}:`)) && (unit === undefined || place.unit === unit));
  return found.length > 0 || device === undefined ? found : [{ device, unit: unit ?? '' }];
}

function fittingScores([dataset, protocol, executor]: readonly string[], scores: readonly Score[]): Score[] {
  const same = (a: string): boolean => protocol === undefined || formatProtocol(parseProtocol(a)) === formatProtocol(parseProtocol(protocol));
  return scores.filter((score) => (dataset === undefined || score.dataset === dataset) && same(score.protocol) && (executor === undefined || score.executor === executor));
}

function tableColumn(request: ColumnRequest, { target = null, place = null, score = null }: Partial<Pick<TableColumn, 'target' | 'place' | 'score'>>): TableColumn {
  const { figure, published, at } = request;
  const fixed = AXES.flatMap((axis) => (at[axis] === undefined ? [] : [axisText(axis, at[axis])]));
  const parts = [target, place?.device, place?.unit, score?.dataset, score?.protocol, score?.executor].filter(Boolean);
  const where = place && `${place.device} ${place.unit}`.trim();
  const shown = [target, where, score?.dataset, score && score.executor !== 'host' ? score.executor : null].filter(Boolean);
  const name = figure?.name ?? `published/${published}`;
  const unit = score ? protocolUnit(parseProtocol(score.protocol)) : (figure?.unit ?? request.unit ?? '');
  return {
    request, target, place, score,
    column: {
      id: `${[name, ...parts].join('/')}${fixed.length > 0 ? ` [${fixed.join(', ')}]` : ''}`, source: figure ? 'own' : 'published', figure: figure?.name ?? (published as string),
      title: request.title ?? (figure && score ? `${figure.name === 'quality' ? '' : `${figure.title} `}${score.protocol}` : (figure?.title as string)),
      subtitle: [...shown, ...(request.title === null ? fixed : [])].join(', ') || null, unit, digits: request.digits,
      better: figure && score ? betterOf(figure, score) : (figure?.better ?? null),
    },
  };
}

/** Null where neither more nor less is better, e.g. a ratio that should be 1. */
function betterOf({ name, better }: Figure, { protocol }: Score): 'lower' | 'higher' | null {
  const own = protocolBetter(parseProtocol(protocol));
  if (own === 'one') return null;
  return name === 'quality' ? own : better;
}
