import type { PlacedOperation } from '../../../../models/contracts/placement.ts';
import { formatCount } from '../../../model/format.ts';
import { percentText, PLACE_WORDS, PLACES, type PlacedVariant, placedRuns, type PlacementGroup, placementGroups, placementSummary, WORK_WORDS } from '../../placement.ts';
import { type Markup, markup, type Piece } from '../markup.ts';
import { code, details, evidence, numeric, quiet, scrolling, type Section, table, variantName } from '../parts.ts';
import { placementStrip, type StripOperation } from '../svg/placement-strip.ts';
import type { View } from '../view.ts';

const SAID_BY: Readonly<Record<PlacementGroup['saidBy'], string>> = {
  compiler: 'As Qualcomm’s compiler placed the nodes.', system: 'As Core ML planned the operations on the device; the system may do otherwise.',
  profile: 'As a profile counted the cycles of each operation, in a run of its own.', rules: 'As the rules expect it; nobody was asked.',
};

/** Strips of one chart, runs of one table. */
const [MOST_ROWS, MOST_RUNS] = [24, 40];

/** Every operation of every variant where it runs: by compilers, by plans, by rules, never mixed. */
export function placementSection(view: View): Section | null {
  const groups = placementGroups(view.report);
  if (groups.length === 0) return null;
  return { id: 'placement', title: 'Placement', body: markup`${groups.map((group, i) => one(view, group, i))}` };
}

function one(view: View, group: PlacementGroup, index: number): Markup {
  const { where, evidence: kind, saidBy, rows } = group;
  const shown = rows.slice(0, MOST_ROWS);
  const by = WORK_WORDS[shown[0]?.placement.by ?? 'macs'];
  return markup`<h3>${where} ${evidence(kind)}</h3><p>${quiet(SAID_BY[saidBy], ` Operations from left to right in execution order, as wide as their share of the ${by}; what has none is a thin line.`)}</p>
<figure class="wide stepped">${scrolling(strip(where, shown, kind, index), `Placement for ${where}, ${kind}: left and right arrow keys go from operation to operation`)}<figcaption>${legend(shown)}<span class="told" role="status"></span></figcaption></figure>
${rows.length > shown.length && markup`<p>${quiet(`${rows.length - shown.length} more variants are in report.json.`)}</p>`}
${details('As a table', table(`Placement for ${where}, ${kind}`, ['Variant', 'Place', numeric('Operations'), numeric('Share of the work'), 'From', 'To'], shown.flatMap((row) => runs(view, row))))}`;
}

function strip(where: string, rows: readonly PlacedVariant[], kind: string, index: number): Markup {
  const lanes = placesOf(rows).map((place) => ({ place, name: PLACE_WORDS[place] }));
  const text = {
    id: `placement-${index}`, title: `Placement for ${where}, ${kind}`, description: rows.map(({ variant, placement }) => `${variant}: ${placementSummary(placement)}`).join('. '),
  };
  return placementStrip(text, rows.map(({ variant, placement }) => ({ label: variant, operations: placement.operations.map((operation) => told(operation, placement)) })), lanes);
}

function told({ name, opType, place, work, count = 1 }: PlacedOperation, { by, operations }: PlacedVariant['placement']): StripOperation {
  const total = operations.reduce((sum, operation) => sum + operation.work, 0);
  const figure = work === 0 || total === 0 ? '' : `, ${by === 'cost' ? '' : `${formatCount(work)} ${WORK_WORDS[by]}, `}${percentText(work / total)}`;
  return { place, work, title: `${name} (${count > 1 ? `${count} operations` : opType}): ${PLACE_WORDS[place]}${figure}` };
}

function legend(rows: readonly PlacedVariant[]): Piece {
  return placesOf(rows).map((place) => markup`<span class="key at ${place}"><span class="swatch" aria-hidden="true"></span>${PLACE_WORDS[place]}</span>`);
}

function placesOf(rows: readonly PlacedVariant[]) {
  const present = new Set(rows.flatMap(({ placement }) => placement.operations.map(({ place }) => place)));
  return PLACES.filter((place) => present.has(place));
}

function runs(view: View, { variant, placement }: PlacedVariant): Piece[][] {
  const all = placedRuns(placement);
  const rows = all.slice(0, MOST_RUNS).map(({ place, operations, share, first, last }): Piece[] => [
    variantName(variant, view.series(variant)), PLACE_WORDS[place], operations, share === null ? '–' : percentText(share), code(first.name), code(last.name),
  ]);
  return all.length > MOST_RUNS ? [...rows, [variantName(variant, view.series(variant)), `${all.length - MOST_RUNS} more pieces`, '', '', '', '']] : rows;
}
