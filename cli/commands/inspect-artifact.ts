import { readArtifact } from '../../converters/htp/inspect/read-artifact.ts';
import { EXIT } from '../exit-codes.ts';
import type { Session } from '../session.ts';
import { artifactText } from '../text/artifact-text.ts';
import { shownPath } from '../work/model-refs.ts';

/** `dyno inspect` of what Qualcomm's compiler wrote: compiled.json, QNN graph, DLC, context binary. Exit 1 where a file is not what was written. */
export async function inspectArtifact(path: string, session: Session): Promise<number> {
  const shown = shownPath(path, session.io.cwd());
  const read = await readArtifact(path);
  await session.present({ json: { path: shown, ...read }, text: artifactText(shown, read, session.style) });
  const broken = read.content.kind === 'compiled' && read.content.artifacts.some(({ state }) => state !== 'as written');
  return broken ? EXIT.failed : EXIT.ok;
}
