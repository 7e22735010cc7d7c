import { readPackage } from '../../converters/coreml/package/read-package.ts';
import { EXIT } from '../exit-codes.ts';
import type { Session } from '../session.ts';
import { packageText } from '../text/package-text.ts';
import { describeOperations, describePackage } from '../work/describe-package.ts';
import { shownPath } from '../work/model-refs.ts';

/** `dyno inspect` of a Core ML package or model file. */
export async function inspectPackage(path: string, options: { readonly nodes?: boolean }, session: Session): Promise<number> {
  const model = readPackage(path);
  const summary = describePackage(model);
  const operations = options.nodes ? describeOperations(model) : null;
  const shown = shownPath(path, session.io.cwd());
  await session.present({
    json: { path: shown, ...summary, ...(operations ? { operations } : {}) },
    text: packageText(shown, summary, operations, { style: session.style, columns: session.columns }),
  });
  return EXIT.ok;
}
