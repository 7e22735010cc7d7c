import { UserError } from '../../models/contracts/index.ts';
import { cloneMessage, type ModelProto } from '../../models/onnx/index.ts';

/** The model in a newer version of ai.onnx. Throws UserError for a lower version, and for operators whose meaning changed on the way. */
export function withOpset(model: ModelProto, version: number): ModelProto {
  const imports = model.opsetImport ?? [];
  const current = Number(imports.find(({ domain }) => (domain ?? '') === '' || domain === 'ai.onnx')?.version ?? 0);
  if (version === current) return model;
  if (version < current) throw new UserError(`The model uses opset ${current}; it cannot go down to ${version}.`, [`Leave --opset out, or use --opset ${current} or above.`]);
  return cloneMessage(model, { opsetImport: imports.map((o) => (isOnnx(o.domain) ? cloneMessage(o, { version }) : o)) });
}

function isOnnx(domain: string | null | undefined): boolean {
  return (domain ?? '') === '' || domain === 'ai.onnx';
}
