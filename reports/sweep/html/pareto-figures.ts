import { type Markup, markup, type Piece } from '../../render/html/markup.ts';
import { details, numeric, quiet, scrolling, table } from '../../render/html/parts.ts';
import { numberText } from '../format-cell.ts';
import type { ParetoChart, SweepColumn } from '../sweep-schema.ts';
import { paretoChart } from './pareto-chart.ts';

type Panel = ParetoChart['panels'][number];

const PLACES = { front: 'on the front', tied: 'within its interval of the front', beaten: 'beaten' } as const;

const LEGEND = 'Filled marks are on the front: no other variant is at least as good in both and better in one. Bars are 95 % intervals; ' +
  'a hollow mark whose bar reaches a better point may belong to the front.';

/** Each pair of figures as pictures, their points as tables for those who do not see them. */
export function paretoFigures(charts: readonly ParetoChart[]): Markup {
  return markup`${charts.map((chart, i) => markup`<h3>${axisName(chart.x)} against ${axisName(chart.y)}</h3>
<div class="fronts">${chart.panels.map((panel, k) => figureOf(chart, panel, `front-${i}-${k}`))}</div>`)}
<p>${quiet(LEGEND)}</p>`;
}

/** Title and place of a figure. */
function axisName({ title, subtitle }: SweepColumn): string {
  return subtitle ? `${title}, ${subtitle}` : title;
}

function figureOf(chart: ParetoChart, panel: Panel, id: string): Piece {
  const caption = panel.title === '' ? null : markup`<figcaption>${panel.title}</figcaption>`;
  const rows = [...panel.points].sort((a, b) => a.x - b.x).map(({ label, x, y, place }) => [label, numberText(x, chart.x), numberText(y, chart.y), PLACES[place]]);
  const lacking = panel.without.map(({ label, why }) => [label, '–', '–', why]);
  const [xName, yName] = [axisName(chart.x), axisName(chart.y)];
  const list = table(`Points of ${xName} against ${yName} ${panel.title}`, ['Variant', numeric(xName), numeric(yName), 'Place'], [...rows, ...lacking]);
  if (panel.points.length === 0) return markup`<figure>${caption}<p>${quiet('No variant has both figures.')}</p>${details('Variants', list)}</figure>`;
  return markup`<figure>${caption}${scrolling(paretoChart(id, chart, panel))}${details(`${panel.points.length} points as a table`, list)}</figure>`;
}
