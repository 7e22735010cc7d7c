import { formatBytes } from '../../reports/model/format.ts';
import type { QnnTensor } from '../../converters/qnn/artifact.ts';
import type { SdkResult } from '../../converters/qnn/place-artifact.ts';
import type { Style } from '../ui/style.ts';
import { wrapText } from '../ui/width.ts';

/** What the SDK's tools made of a model, for a person. */
export function qnnText(model: string, folder: string, { artifact, history, bytes }: SdkResult, notes: readonly string[], { style, columns }: { readonly style: Style; readonly columns: number }): string {
  const { form, chip, build, backends, inputs, outputs, madeBy, sha256, path } = artifact;
  const wrapped = (text: string, colour: (line: string) => string): string[] => wrapText(text, columns - 2).map((line) => colour(`  ${line}`));
  const file = path.split(/[/\\]/).at(-1) ?? path;
  return [
    `${style.bold(model)} as ${style.bold(form)} in ${style.bold(history.precision)}${chip === null ? '' : ` for ${style.bold(chip)}`} ${style.dim(`(runs on ${backends.join(', ')})`)}`,
    ...wrapped(`by ${madeBy}${madeBy.startsWith('stand-in') ? ', simulated' : ''}; build ${build ?? 'not stated'}`, style.dim),
    ...inputs.map((tensor) => `  in   ${faceText(tensor)}`), ...outputs.map((tensor) => `  out  ${faceText(tensor)}`),
    ...(history.fallbacks.length > 0 ? wrapped(`! In float although integers were asked for: ${history.fallbacks.join(', ')}`, style.red) : []),
    ...[...notes, ...history.notes].flatMap((note) => wrapped(`! ${note}`, style.yellow)),
    ...(form === 'context-binary' ? wrapped(`On the phone it needs libraries of ${build ?? 'that build'} or later.`, style.dim) : []),
    `  written to ${style.bold(`${folder}/${file}`)} ${style.dim(`(${formatBytes(bytes)}, sha256 ${sha256.slice(0, 12)}…)`)}`,
  ].join('\n');
}

function faceText({ name, onnxName, type, dims, axes, scale, offset }: QnnTensor): string {
  const from = name === onnxName ? '' : ` (${onnxName} in the model)`;
  const order = axes === null ? 'axes as in the model' : `axes ${axes.join(',')} of the model${axes.join() === '0,2,3,1' ? ' (NHWC)' : ''}`;
  return `${name}${from}  ${type} [${dims.join(', ')}]  ${order}${scale === null || offset === null ? '' : `  (q ${offset < 0 ? '-' : '+'} ${Math.abs(offset)}) × ${scale}`}`;
}
