import type { Node } from '../../models/graph/index.ts';

/** The exporter's scope path of a node: dynamo's metadata, or the path that TorchScript writes into names (`/body/0/conv/Conv` → `/body/0/conv`); null where neither is there. */
export function scopeName(node: Node): string | null {
  const namespace = node.proto.metadataProps?.find((p) => p.key === 'namespace' || p.key === 'pkg.torch.onnx.name_scopes')?.value;
  if (namespace) return dynamoScope(namespace);
  if (!node.name.startsWith('/')) return null;
  const cut = node.name.lastIndexOf('/');
  return cut > 0 ? node.name.slice(0, cut) : null;
}

/** `: Net/body: Sequential/body.0: Conv2d/conv2d: aten.conv2d` or `['', 'body', 'body.0', 'conv2d']` → `body.0`. */
function dynamoScope(text: string): string | null {
  const parts = text.startsWith('[') ? [...text.matchAll(/'([^']*)'/g)].map((m) => m[1] ?? '') : text.split('/').map((p) => p.split(':')[0]?.trim() ?? '');
  return parts.slice(0, -1).filter((p) => p !== '').at(-1) ?? null;
}
