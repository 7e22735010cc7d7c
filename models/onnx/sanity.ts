import { UserError } from '../contracts/errors.ts';
import type { ModelProto } from './proto.ts';

/** What every model must have to be worked on. Also the sign of a file that was cut at a field's border. Throws UserError. */
export function checkModel(proto: ModelProto, source: string): void {
  if (!proto.graph)
    throw new UserError(`${source} holds no graph: it is no ONNX model, or was cut short.`, [
      'Fetch or export the file again.',
      'Check it with `python -m onnx.checker`.',
    ]);
  if (Number(proto.irVersion ?? 0) < 3) return;
  const imported = new Set((proto.opsetImport ?? []).map((entry) => domainName(entry.domain)));
  if (imported.size === 0) {
    throw new UserError(`${source} does not say which operator set it uses: it was cut short, or written by a faulty tool.`, [
      'Fetch or export the file again.',
    ]);
  }
  for (const f of proto.functions ?? []) imported.add(domainName(f.domain));
  for (const node of proto.graph.node ?? []) {
    const domain = domainName(node.domain);
    if (imported.has(domain)) continue;
    throw new UserError(
      `${source} uses ${node.opType} of the domain "${domain}" and imports no operator set of it: cut short, or a faulty tool wrote it.`,
      ['Fetch or export the file again.'],
    );
  }
}

function domainName(domain: string | null | undefined): string {
  return domain && domain !== '' ? domain : 'ai.onnx';
}
