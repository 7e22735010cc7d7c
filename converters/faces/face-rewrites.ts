import type { Exactness, FaceChange } from '../../models/contracts/index.ts';

/** What `dyno explain` says about a change of the model's face. */
export interface FaceRewrite {
  readonly id: string;
  readonly title: string;
  readonly flag: string;
  readonly face: Exclude<FaceChange, 'same'>;
  readonly exactness: Exactness;
  readonly doc: string;
}

/** Changes of a model's face. They run only when asked for, in this order, and each adds to the adapter. */
export const faceRewrites: readonly FaceRewrite[] = [
  {
    id: 'face/static',
    title: 'Fixed input sizes',
    flag: '--static INPUT=1x3x256x256',
    face: 'static',
    exactness: 'bit',
    doc: `Open dimensions of the inputs become numbers, and so does every shape that follows. What callers pass stays the same, but for
its size. Phone compilers want static shapes. Sizes that the layers cannot take, such as an odd height before an unshuffle,
are refused.`,
  },
  {
    id: 'face/cut-from',
    title: 'Layers before a tensor removed',
    flag: '--cut-from TENSOR',
    face: 'subset',
    exactness: 'exact',
    doc: `The tensor becomes an input, in the place of the inputs that nothing needs then. Layers that are data movement of images,
per-channel arithmetic, clipping, rounding or casts are listed in the adapter as steps, and code can be generated for them;
others are named.`,
  },
  {
    id: 'face/cut-at',
    title: 'Layers behind a tensor removed',
    flag: '--cut-at TENSOR',
    face: 'subset',
    exactness: 'exact',
    doc: `The tensor becomes an output, in the place of the outputs that depend on it: rendering such as DepthToSpace, a scale to 255,
Clip and Cast leaves the model. Removed layers are adapter steps or are named, as with --cut-from.`,
  },
  {
    id: 'face/hoist-input',
    title: 'Unshuffle and normalisation moved out of the graph',
    flag: '--hoist-input',
    face: 'layout',
    exactness: 'exact',
    doc: `From each input, a chain of unshuffle (in any spelling: six-dimensional, SpaceToDepth with a Gather, dynamic sizes), layout
change, channel selection, casts and x·s + t moves out, as far as it goes; the input takes its result under the same name.
Conditions: nothing else uses the input or what lies between. Data movement is the same bit by bit.`,
  },
  {
    id: 'face/embed-norm',
    title: 'Normalisation moved into the graph',
    flag: '--embed-norm MEAN/STD',
    face: 'layout',
    exactness: 'exact',
    doc: `model input = (new input − mean) / std, per channel. 1/std goes into the weights of a first convolution: W′[:, i] = W[:, i] /
std_i, exact everywhere. The mean goes into its bias, b′ = b − Σ W′·mean, only where the convolution pads nothing: padding
would put zeros where (0 − mean) / std belongs otherwise, so that a Sub stays in front. Where the input feeds anything else,
Sub and Div stay.`,
  },
  {
    id: 'face/nhwc',
    title: 'Images in the order of pixels',
    flag: '--face nhwc',
    face: 'layout',
    exactness: 'bit',
    doc: `Inputs and outputs of four axes become [N, H, W, C], with a Transpose inside; one that undoes a Transpose of the model takes
its place. What cameras and screens hold is in this order, and HTP compilers move less memory with it.`,
  },
  {
    id: 'face/uint8',
    title: 'Images in 8 bits',
    flag: '--face uint8',
    face: 'dtype',
    exactness: 'approximate',
    doc: `An input k of 0 to 255 becomes k·s + t with s = (high − low) / (255·std), t = (low − mean) / std of its contract, by
DequantizeLinear; an output y becomes saturate(round((y − low) · 255 / (high − low))), ties to even, by QuantizeLinear. Equal
to the original on inputs that hold such levels; outputs within half a level. Needs opset 10 and the input's contract.`,
  },
];

export const faceRewriteIds: readonly string[] = faceRewrites.map(({ id }) => id);
