import { EXIT } from '../exit-codes.ts';
import type { Handler } from '../program/bind.ts';
import { plural } from '../ui/numbers.ts';
import type { Style } from '../ui/style.ts';
import { fitWidth } from '../ui/width.ts';
import { type Changes, diffModels, isEmpty } from '../work/diff-models.ts';
import { executableModels } from '../work/executable-models.ts';
import { modelRef, shownPath } from '../work/model-refs.ts';
import { type OpenedModel, openModel } from '../work/open-model.ts';

const SHOWN = 12;

/** `dyno diff`: what differs between two models; exit 1 where something does. */
export const diff: Handler<object> = async (args, options, session) => {
  const { config } = await session.resolve();
  const cwd = session.io.cwd();
  const [a, b] = [modelRef(args[0] as string, config, cwd), modelRef(args[1] as string, config, cwd)];
  const { models, close } = await executableModels([a, b]);
  const [before, after] = models.map(({ path }) => openModel(path)) as [OpenedModel, OpenedModel];
  const found = diffModels(before.model, after.model);
  before.close();
  after.close();
  close();
  const most = options.verbose ? Number.POSITIVE_INFINITY : SHOWN;
  const sections = Object.entries(found as unknown as Record<string, Changes>).flatMap(([kind, changes]) =>
    sectionLines(kind, changes, session.style, session.columns, most),
  );
  await session.present({
    json: { a: shownPath(a.path, cwd), b: shownPath(b.path, cwd), same: isEmpty(found), ...found },
    text: isEmpty(found) ? 'No difference in nodes, initializers, inputs, outputs, opsets or metadata.' : sections.join('\n'),
  });
  return isEmpty(found) ? EXIT.ok : EXIT.failed;
};

function sectionLines(kind: string, { added, removed, changed }: Changes, style: Style, columns: number, most: number): string[] {
  const all = [
    ...removed.map((change) => ({ ...change, mark: style.red('−') })),
    ...added.map((change) => ({ ...change, mark: style.green('+') })),
    ...changed.map((change) => ({ ...change, mark: style.yellow('~') })),
  ];
  if (all.length === 0) return [];
  const counts = [
    removed.length > 0 ? `${removed.length} removed` : '',
    added.length > 0 ? `${added.length} added` : '',
    changed.length > 0 ? `${changed.length} changed` : '',
  ].filter((text) => text !== '');
  return [
    `${style.bold(kind)}  ${style.dim(counts.join(', '))}`,
    ...all.slice(0, most).map(({ mark, name, what }) => `  ${mark} ${fitWidth(`${name}  ${what}`, Math.max(40, columns - 4))}`),
    ...(all.length > most ? [style.dim(`  … and ${plural(all.length - most, 'difference')} more (-v)`)] : []),
  ];
}
