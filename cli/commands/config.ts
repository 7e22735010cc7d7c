import { EXIT } from '../exit-codes.ts';
import type { Resolved } from '../config/resolve.ts';
import type { Handler } from '../program/bind.ts';
import { formatTable } from '../ui/table.ts';
import { fitWidth } from '../ui/width.ts';
import { shownPath } from '../work/model-refs.ts';

const VALUE_COLUMNS = 56;

/** `dyno config`: the settings in force and where each comes from. */
export const config: Handler<object> = async (_args, options, session) => {
  const resolved = await session.resolve();
  const { style } = session;
  const cwd = session.io.cwd();
  const rows = entries(resolved).map(({ path, value, origin }) => {
    const from = origin === resolved.file ? shownPath(origin, cwd) : origin;
    return [
      `  ${path}`,
      fitWidth(JSON.stringify(value), options.verbose ? Number.POSITIVE_INFINITY : VALUE_COLUMNS),
      origin === 'default' ? style.dim(from) : style.cyan(from),
    ];
  });
  await session.present({
    json: {
      file: resolved.file,
      settings: Object.fromEntries(entries(resolved).map(({ path, value, origin }) => [path, { value, origin }])),
    },
    text: [
      resolved.file === null ? 'No config file here or above.' : `Config file ${style.bold(shownPath(resolved.file, cwd))}`,
      formatTable([{ title: '  setting' }, { title: 'value' }, { title: 'from' }], rows, style.dim),
    ].join('\n'),
  });
  return EXIT.ok;
};

function entries({ config: settings, origins }: Resolved): { path: string; value: unknown; origin: string }[] {
  return [...origins].map(([path, origin]) => ({
    path,
    origin,
    value: path.split('.').reduce<unknown>((tree, key) => (tree as Record<string, unknown>)[key], settings),
  }));
}
