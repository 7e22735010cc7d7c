import { existsSync, readdirSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { UserError } from '../../models/contracts/errors.ts';
import { parseTargets } from '../../models/contracts/selectors.ts';
import { CONFIG_NAMES } from '../config/find-file.ts';
import { EXIT } from '../exit-codes.ts';
import type { Handler } from '../program/bind.ts';
import { writeFileSafely } from '../write-file.ts';

interface InitOptions {
  readonly data?: string;
  readonly target?: string;
  readonly type: 'json' | 'ts';
  readonly force?: boolean;
}

/** `dyno init`: a config for the models of this folder. */
export const init: Handler<InitOptions> = async (args, { data, target, type, force }, session) => {
  const cwd = session.io.cwd();
  const name = `dyno.config.${type}`;
  const there = CONFIG_NAMES.find((other) => existsSync(join(cwd, other)));
  if (there !== undefined && !(force && there === name))
    throw new UserError(`${there} is there already.`, [there === name ? 'Write over it with --force.' : `Remove it first, or edit it.`]);
  const models =
    args.length > 0
      ? args
      : readdirSync(cwd)
          .filter((file) => /\.onnx$/i.test(file))
          .sort();
  if (models.length === 0) throw new UserError('There is no .onnx file in this folder.', ['Name the models: dyno init path/to/model.onnx']);
  const missing = models.find((path) => !existsSync(resolve(cwd, path)));
  if (missing !== undefined) throw new UserError(`There is no file ${missing}.`, ['Check the path.']);
  const targets = target === undefined ? ['ane:A15', 'htp:SM8550'] : target.split(',').map((text) => text.trim());
  targets.forEach((text) => void parseTargets(text));
  const config = {
    models: Object.fromEntries(
      models.map((path) => [basename(path).replace(/\.onnx$/i, ''), relative(cwd, resolve(cwd, path)).split('\\').join('/')]),
    ),
    targets,
    ...(data === undefined ? {} : { images: data }),
  };
  writeFileSafely(name, type === 'json' ? jsonConfig(config) : tsConfig(config), cwd);
  await session.present({
    json: { file: name, config },
    text: `${name} written for ${models.length === 1 ? '1 model' : `${models.length} models`}. Next: dyno check`,
  });
  return EXIT.ok;
};

function jsonConfig(config: object): string {
  return `${JSON.stringify({ $schema: './node_modules/npu-dyno/cli/config/schema.json', ...config }, null, 2)}\n`;
}

function tsConfig(config: object): string {
  return `import { defineConfig } from 'npu-dyno/config';\n\nexport default defineConfig(${JSON.stringify(config, null, 2)});\n`;
}
