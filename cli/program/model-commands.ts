import { type Command, Option } from 'commander';
import { type Bind, examples } from './bind.ts';

const TARGET = ['-t, --target <list>', 'targets, e.g. ane:A15,htp:SM8550 or ane:"iPhone 13 Pro"'] as const;

/** Commands that look at a model or make another one of it. */
export function addModelCommands(program: Command, bind: Bind): void {
  const check = program
    .command('check')
    .summary('what keeps a model off an NPU')
    .description(
      'Says what keeps a model off an NPU: node, shape, rule, reason and remedy, grouped by root cause. A file, or a name from the ' +
        'config; all of the config where none is given.',
    )
    .argument('[models...]', 'ONNX files or names from the config')
    .option(...TARGET)
    .addOption(
      new Option('--precision <p>', 'what the model will be converted to')
        .choices(['fp32', 'fp16', 'w8a8', 'w8a16', 'w4a8', 'w4a16'])
        .default('fp16'),
    )
    .addOption(
      new Option('--fail-on <what>', 'exit 1 for findings of this kind or worse')
        .choices(['none', 'blocks', 'splits', 'slow'])
        .default('blocks'),
    )
    .option('--static <name=shape...>', 'shapes for inputs that are open, e.g. input=1x3x128x128')
    .option('--details', 'every finding, with sources')
    .option('--no-compile', 'rules only: do not ask Qualcomm\'s compiler for htp targets')
    .option('--no-verify', 'do not compare what HTP computes with ONNX Runtime')
    .option('--inputs <file...>', 'compare on these too: FILE.npy, or NAME=FILE.npy,NAME=FILE.npy for each run')
    .option('-d, --data <folder>', 'compare on what lies here too: .npy files, or pictures under the input contract')
    .option('--reproducer <folder>', 'write models of one operator that show wrong results, to send')
    .addHelpText(
      'after',
      examples(
        'dyno check model.onnx --target ane:A15',
        'dyno check model.onnx -t htp:v75 --json | jq .',
        'dyno check model.onnx --output sarif=findings.sarif',
      ),
    );
  bind(check, async () => (await import('../commands/check.ts')).check);

  const compile = program
    .command('compile')
    .summary('what Qualcomm\'s compiler makes of a model')
    .description(
      'Compiles a model for a Snapdragon chip with Qualcomm\'s own compiler, here, without SDK or phone: placement with the vendor\'s reasons, DDR traffic against its limit, spills; compares what the chip\'s arithmetic computes with ONNX Runtime. With -o: context binary, DLC and QNN graph. Exit 1 where no graph comes out or it computes something else.',
    )
    .argument('<model>', 'ONNX file or name from the config')
    .option('-t, --target <list>', 'chips, e.g. htp:SM8550 or htp:"Snapdragon 8 Gen 3"')
    .option('-o, --out <folder>', 'where context binary, DLC, QNN graph and compiled.json go')
    .option('--static <name=shape...>', 'shapes for inputs that are open, e.g. input=1x3x128x128')
    .addOption(new Option('-O, --optimization <level>', 'how hard the compiler tries').choices(['0', '1', '2', '3']))
    .option('--vtcm <megabytes>', 'fast memory to use; all of the chip\'s unless told')
    .option('--no-verify', 'do not compare what HTP computes with ONNX Runtime')
    .option('--inputs <file...>', 'compare on these too: FILE.npy, or NAME=FILE.npy,NAME=FILE.npy for each run')
    .option('-d, --data <folder>', 'compare on what lies here too: .npy files, or pictures under the input contract')
    .option('--reproducer <folder>', 'write models of one operator that show wrong results, to send')
    .addHelpText(
      'after',
      examples('dyno compile model.onnx -t htp:SM8550', 'dyno compile model.onnx -t htp:SM8550,htp:SM8650', 'dyno compile model.onnx -t htp:SM8550 -o model-sm8550'),
    );
  bind(compile, async () => (await import('../commands/compile.ts')).compile);

  const rewrite = program
    .command('rewrite')
    .summary('make a model fit, and prove that it still computes the same')
    .description(
      'Rewrites a model for a target: ranks reduced, shuffles and skips as the target likes them. Each patch and the whole model ' +
        'are run before and after; the log says why each fired or refused.',
    )
    .argument('<model>', 'ONNX file or name from the config')
    .option('-o, --out <file>', 'where the rewritten model goes; MODEL.TARGET.onnx beside it unless told')
    .option(...TARGET)
    .addOption(
      new Option('--precision <p>', 'what the model will be converted to')
        .choices(['fp32', 'fp16', 'w8a8', 'w8a16', 'w4a8', 'w4a16'])
        .default('fp32'),
    )
    .option('--only <ids>', 'only these rewrites (dyno explain lists them)')
    .option('--skip <ids>', 'not these rewrites')
    .option('--allow <classes>', 'border, approximate: rewrites that are not equal everywhere')
    .addOption(new Option('--verify <level>', 'how thoroughly it is compared').choices(['off', 'quick', 'full']))
    .option('--opset <n>', 'version of ai.onnx that the result may use')
    .option('--static <name=shape...>', 'fix the shape of open inputs, e.g. input=1x3x128x128')
    .option('--hoist-input [name]', 'face: an input unshuffle or normalisation moves out of the graph')
    .option('--embed-norm <mean/std>', 'face: a normalisation moves in, e.g. 0.5/0.5 or 0.485,0.456,0.406/0.229,0.224,0.225')
    .option('--cut-at <tensor...>', 'face: this becomes an output, what is behind it goes')
    .option('--cut-from <tensor...>', 'face: this becomes an input, what is before it goes')
    .option('--face <list>', 'face: uint8, nhwc or both; uint8=0..1 says what 0 and 255 stand for in outputs')
    .option('--adapter <files>', 'what callers do from now on, e.g. ts=prepare.ts,swift=Prepare.swift,metal=F,c=F,json=F')
    .option('--keep-external', 'leave external data files where they are')
    .option('--dry-run', 'only say what would happen')
    .option('--seed <n>', 'of the inputs that are compared')
    .option('--details', 'every place that was looked at, also refusals')
    .addHelpText(
      'after',
      examples(
        'dyno rewrite model.onnx --target ane:A15 -o fit.onnx',
        'dyno rewrite model.onnx -t htp:v75 --dry-run --details',
        'dyno rewrite model.onnx -t htp:v75 --only crd-to-dcr',
        'dyno rewrite model.onnx -t ane --hoist-input --adapter swift=Prepare.swift',
      ),
    );
  bind(rewrite, async () => (await import('../commands/rewrite.ts')).rewrite);

  const quantize = program
    .command('quantize')
    .summary('make a QDQ model from pictures')
    .description('Quantizes to a QDQ model: symmetric weights per channel, asymmetric activations per tensor, ranges from pictures.')
    .argument('<model>', 'ONNX file or name from the config')
    .option('-o, --out <file>', 'where the quantized model goes; MODEL.SCHEME.onnx beside it unless told')
    .option('-d, --data <folder>', 'pictures to calibrate with')
    .addOption(new Option('--scheme <s>', 'bits of weights and activations').choices(['w8a8', 'w8a16', 'w4a8', 'w4a16']))
    .option('--method <m>', 'how ranges are chosen: minmax, percentile or mse')
    .option('--percentile <p>', 'share of values inside of the percentile range')
    .option('--encodings <file>', 'write the ranges as an AIMET encodings file too')
    .option('--size <n>', 'side of the input where the model leaves it open')
    .addHelpText(
      'after',
      examples(
        'dyno quantize model.onnx --data photos -o model.w8a8.onnx',
        'dyno quantize model.onnx --data photos --method percentile --percentile 99.9',
      ),
    );
  bind(quantize, async () => (await import('../commands/quantize.ts')).quantize);

  const inspect = program
    .command('inspect')
    .summary('what is in a model')
    .description(
      'Inputs, outputs, operators, parameters, multiply-accumulates, ranks, types, where the weights lie, which dimensions are open.',
    )
    .argument('<model>', 'ONNX file or name from the config')
    .option('--nodes', 'every node with its shapes')
    .addHelpText('after', examples('dyno inspect model.onnx', 'dyno inspect model.onnx --nodes', 'dyno inspect model.onnx --json'));
  bind(inspect, async () => (await import('../commands/inspect.ts')).inspect);

  const diff = program
    .command('diff')
    .summary('what differs between two models')
    .description('Nodes and initializers added, removed and changed, inputs and outputs, opsets, metadata. Exit 1 where something differs.')
    .argument('<a>', 'ONNX file')
    .argument('<b>', 'ONNX file')
    .addHelpText('after', examples('dyno diff model.onnx model.ane.onnx'));
  bind(diff, async () => (await import('../commands/diff.ts')).diff);
}
