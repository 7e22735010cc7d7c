import type { Node } from '../../../models/graph/index.ts';
import { misencoded, movesUnscaled } from '../../rewrites/form/quantized-forms.ts';
import type { Rule } from '../rule.ts';

const EMULATED = 'emulated with QAIRT 2.51: one operator between bytes (test/full/htp-calibration)';

/** Quantized operators that HTP takes and computes otherwise. */
export const htpQuantizedRules: readonly Rule[] = [
  {
    id: 'htp/shuffle-rescaled', scope: 'node', opTypes: ['DepthToSpace', 'SpaceToDepth'], title: 'Shuffle between two scales', severity: 'wrong-result', confidence: 'very high',
    message: '{op} between a DequantizeLinear and a QuantizeLinear of other parameters is accepted, and the levels are moved as they are.',
    remedy: 'Quantize its output with the parameters of its input (dyno quantize does), and convert behind it.', rewrites: ['form/shuffle-scale'], sources: [EMULATED],
    when: (node) => (movesUnscaled(node) ? { value: node.output() } : null),
  },
  {
    id: 'htp/wide-activation', scope: 'node', opTypes: ['Sigmoid', 'HardSigmoid', 'Tanh'], title: '16-bit Sigmoid or Tanh at another scale', severity: 'wrong-result', confidence: 'very high',
    message: '{op} in 16 bits gives steps of 1/65536 from 0 (Tanh: 2/65536 around 32768), whatever the QuantizeLinear behind it says: {detail}.',
    remedy: 'Quantize its output in those steps, and convert behind it.', rewrites: ['form/wide-activation'], sources: [EMULATED],
    when: (node: Node) => {
      const found = misencoded(node);
      return found ? { value: node.output(), detail: `scale ${found.scale}, zero point ${found.zeroPoint}` } : null;
    },
  },
];
