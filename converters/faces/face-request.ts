import { UserError } from '../../models/contracts/index.ts';
import { parseStaticShape } from '../../models/graph/static.ts';

/** A change of a model's face, as asked for. */
export type FaceRequest =
  | { readonly kind: 'static'; readonly shapes: ReadonlyMap<string, readonly (number | null)[]> }
  /** `shape`: of the tensor, where the model does not tell. */
  | { readonly kind: 'cut-from'; readonly tensor: string; readonly shape?: readonly number[] }
  | { readonly kind: 'cut-at'; readonly tensor: string }
  /** `input`: which one; left out, every input that has something to hoist. */
  | { readonly kind: 'hoist-input'; readonly input?: string }
  /** model input = (new input − mean) / std, one number or one per channel. */
  | { readonly kind: 'embed-norm'; readonly input?: string; readonly mean: readonly number[]; readonly std: readonly number[] }
  | { readonly kind: 'nhwc' }
  /** `outputRange`: what 0 and 255 stand for in the outputs; left out, the range of the first image input. */
  | { readonly kind: 'uint8'; readonly outputRange?: readonly [number, number] };

export type FaceRequestOf<K extends FaceRequest['kind']> = Extract<FaceRequest, { kind: K }>;

/** The flags of `dyno rewrite` and `dyno convert` that change a face, as typed. */
export interface FaceFlags {
  readonly static?: readonly string[] | undefined;
  readonly cutFrom?: readonly string[] | undefined;
  readonly cutAt?: readonly string[] | undefined;
  /** True, or the name of the input. */
  readonly hoistInput?: boolean | string | undefined;
  /** `MEAN/STD`, with commas between channels: `0.485,0.456,0.406/0.229,0.224,0.225`; `NAME=MEAN/STD` for one of several inputs. */
  readonly embedNorm?: string | undefined;
  /** `uint8`, `nhwc` or both; `uint8=LOW..HIGH` says what 0 and 255 stand for in the outputs. */
  readonly face?: string | undefined;
}

/** Reads flags, in the order in which requests are carried out. Throws UserError naming the form of a flag. */
export function parseFaceRequests(flags: FaceFlags): FaceRequest[] {
  const shapes = new Map((flags.static ?? []).map(parseStaticShape));
  return [
    ...(shapes.size > 0 ? [{ kind: 'static', shapes } as const] : []),
    ...(flags.cutFrom ?? []).map(parseCutFrom),
    ...(flags.cutAt ?? []).map((tensor) => ({ kind: 'cut-at', tensor }) as const),
    ...parseHoist(flags.hoistInput),
    ...(flags.embedNorm === undefined ? [] : [parseNorm(flags.embedNorm)]),
    ...parseFace(flags.face),
  ];
}

/** `TENSOR`, or `TENSOR=1x3x64x64`. */
function parseCutFrom(text: string): FaceRequest {
  const [, tensor, sizes] = /^(.+)=([1-9]\d*(?:x[1-9]\d*)*)$/.exec(text) ?? [];
  return tensor === undefined || sizes === undefined ? { kind: 'cut-from', tensor: text } : { kind: 'cut-from', tensor, shape: sizes.split('x').map(Number) };
}

function parseHoist(flag: FaceFlags['hoistInput']): FaceRequest[] {
  if (flag === undefined || flag === false) return [];
  return [flag === true ? { kind: 'hoist-input' } : { kind: 'hoist-input', input: flag }];
}

function parseNorm(text: string): FaceRequest {
  const at = text.lastIndexOf('=');
  const [mean, std, ...more] = text
    .slice(at + 1)
    .split('/')
    .map((part) => part.split(',').map(toNumber));
  const sound = mean && std && more.length === 0 && [...mean, ...std].every(Number.isFinite) && std.every((value) => value !== 0);
  if (!sound || at === 0) {
    throw new UserError(`"${text}" is not a normalisation.`, [
      'Write --embed-norm MEAN/STD, e.g. 0.5/0.5 or 0.485,0.456,0.406/0.229,0.224,0.225; no STD may be 0.',
    ]);
  }
  return { kind: 'embed-norm', mean, std, ...(at > 0 ? { input: text.slice(0, at) } : {}) };
}

function parseFace(text: string | undefined): FaceRequest[] {
  const parts = new Set(
    (text ?? '')
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  );
  const requests = [...parts].map(parseFacePart);
  return requests.sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
}

const ORDER: readonly FaceRequest['kind'][] = ['nhwc', 'uint8'];

function parseFacePart(part: string): FaceRequest {
  const [, name, low, high] = /^(uint8|nhwc)(?:=([-\d.]+)\.\.([-\d.]+))?$/.exec(part) ?? [];
  if (name === 'nhwc' && low === undefined) return { kind: 'nhwc' };
  if (name === 'uint8' && low === undefined) return { kind: 'uint8' };
  const range = [toNumber(low ?? ''), toNumber(high ?? '')] as const;
  if (name === 'uint8' && range[0] < range[1]) return { kind: 'uint8', outputRange: range };
  throw new UserError(`"${part}" is not a face.`, [
    'Write --face uint8, --face nhwc or --face uint8,nhwc; uint8=0..1 says what 0 and 255 stand for in the outputs.',
  ]);
}

function toNumber(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text);
}
