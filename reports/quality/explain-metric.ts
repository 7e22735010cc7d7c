import { LR_GENERATIONS, type Protocol } from './protocol.ts';
import { isTensorMetric, type Metric } from './metric.ts';
import type { TensorMetric } from './tensors/tensor-metric.ts';

/** What a metric's name fixes, in words. */
export function explainMetric(metric: Metric): string {
  return isTensorMetric(metric) ? explainTensorMetric(metric) : explainProtocol(metric);
}

/** What a protocol fixes, in words. */
export function explainProtocol(protocol: Protocol): string {
  return [
    explainPictureMetric(protocol),
    `${protocol.crop === 'scale' ? 'as many pixels as the scale' : `${protocol.crop} pixels`} cut from each side`,
    protocol.output === '8bit' ? 'outputs rounded and clamped to 8 bits' : 'outputs neither rounded nor clamped',
    LR_GENERATIONS[protocol.lr],
    `originals cut to a multiple of the scale ${protocol.modCrop === 'center' ? 'around the centre' : 'from the top left'}`,
    ...(protocol.channel === 'y' ? [protocol.gray === 'raw' ? 'grey files keep their level as luma' : 'grey files converted like RGB'] : []),
  ].join('; ');
}

function explainPictureMetric({ metric, channel, luma, of, file, range, better }: Protocol): string {
  const plane = `on BT.601 studio-swing luma, ${luma === 'round' ? 'rounded to whole levels' : 'unrounded'}`;
  switch (metric) {
    case 'psnr':
      return `PSNR with peak 255, mean of the images’ values, equal images count as 100 dB; ${channel === 'rgb' ? 'over red, green and blue together' : plane}`;
    case 'ssim':
      return `SSIM with an 11×11 Gaussian window of σ 1.5, valid region, mean of the images’ values; ${channel === 'rgb' ? 'mean of red, green and blue' : plane}`;
    case 'color':
      return `colour difference CIEDE2000 (Sharma, Wu, Dalal 2005) of sRGB under D65, ${of === 'mean' ? 'between the mean colours of output and original, taken in linear light' : 'mean over the pixels'}; 0 is equal, lower is better`;
    case 'texture':
      return `energy of the 4-neighbour Laplacian of the output over that of the original, each mean square plus one squared level; ${plane}; 1 is as much fine texture, below it is smoothed, above it noise or ringing`;
    case 'onnx':
      return `value of the network ${file} for output and original, RGB in ${range ? `${range[0]} to ${range[1]}` : 'the range that its metadata names, else 0 to 1'}; ${better} is better`;
    case 'module':
      return `value of the function that ${file} exports, for output and original; ${better} is better`;
  }
}

function explainTensorMetric({ metric, top, output }: TensorMetric): string {
  const of = output === null ? 'over all outputs, the one that agrees least' : `of the output ${output}`;
  const classes = top === 1 ? 'class of the highest score' : `${top} classes of the highest scores`;
  const scores = output === null ? 'the first output' : `the output ${output}`;
  switch (metric) {
    case 'sqnr': return `signal to quantization noise, 10 log₁₀(Σ reference² ∕ Σ (reference − output)²), against the outputs of the reference model, ${of}; equal outputs count as 200 dB, outputs that are not finite as 0 dB`;
    case 'cosine': return `cosine of the angle between the outputs and those of the reference model, ${of}; outputs that are not finite count as 0`;
    case 'max': return `largest absolute difference from the outputs of the reference model, ${of}; lower is better`;
    case 'agree': return `share of inputs for which the ${classes} ${top === 1 ? 'is' : 'are'} the reference model’s${top === 1 ? '' : ', in any order'}, by ${scores}; of equal scores the lower class goes first`;
    case 'accuracy': return `share of inputs whose label is ${top === 1 ? 'the' : 'among the'} ${classes}, by ${scores}; of equal scores the lower class goes first`;
  }
}
