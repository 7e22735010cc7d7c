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
    .argument('[models...]', 'ONNX files, Core ML packages, or names from the config')
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

  const estimate = program
    .command('estimate')
    .summary('how long a model may take on a phone that is not here')
    .description(
      'Estimates the latency on a Snapdragon chip from multiply-accumulates and the traffic of the compiled graph, by a model fitted to latencies measured on phones. Always with its band; refused outside of what was measured. Exit 2 where refused.',
    )
    .argument('<model>', 'ONNX file or name from the config')
    .option('-t, --target <list>', 'chips, e.g. htp:SM8650')
    .addOption(new Option('--precision <p>', 'what it will run in').choices(['w8a8', 'fp16']).default('w8a8'))
    .option('--static <name=shape...>', 'shapes for inputs that are open, e.g. input=1x3x128x128')
    .option('--calibrate <run>', 'fit to the measurements of a run of yours instead: its directory, name or report.json')
    .option('--runs <folder>', 'folder that holds the runs')
    .addHelpText('after', examples('dyno estimate model.onnx -t htp:SM8650', 'dyno estimate model.onnx -t htp:SM8750 --precision fp16', 'dyno estimate model.onnx -t htp:SM8550 --calibrate last-week'));
  bind(estimate, async () => (await import('../commands/estimate.ts')).estimate);

  const convert = program
    .command('convert')
    .summary('a Core ML package, or a QNN artifact, of a model')
    .description(
      'Converts a model to a Core ML package with coremltools, on any machine: rewritten for the Neural Engine, native shuffles, and compared with ' +
        'ONNX Runtime as it was saved. Exit 1 where fp16 cannot hold something, or the package computes something else. With --to qnn: a context binary, DLC or model library by the tools of your own QNN or QAIRT SDK. ' +
        'Exit 1 where operators stayed in float.',
    )
    .argument('[models...]', 'ONNX files or names from the config')
    .addOption(new Option('--to <format>', 'what to make').choices(['coreml', 'qnn']).default('coreml'))
    .option('-o, --out <path>', 'the package, or a folder for several; MODEL.mlpackage beside the model unless told; qnn: a folder, MODEL.qnn')
    .option('--min-ios <n>', 'least system that it runs on: 15, 16, 17, 18, 26', '16')
    .addOption(new Option('--precision <p>', 'what it computes in; integers for qnn').choices(['fp16', 'fp32', 'w8a8', 'w8a16', 'w4a8']).default('fp16'))
    .option('--keep-fp32 <layer...>', 'nodes, or operators like Softmax, that stay float32 in fp16')
    .option('--weights <scheme>', 'how weights are stored: int8, int4, int4-block32, palette4 (8, 6, 3, 2, 1), palette4-group16, prune50, prune50+int8')
    .option('--weights-above <n>', 'leave weights of so many elements or fewer as they are (2048)')
    .addOption(new Option('--io-dtype <type>', 'type of float inputs and outputs (fp32; fp16 beside images)').choices(['fp16', 'fp32']))
    .option('--static <name=shape...>', 'fix the shape of open inputs, e.g. input=1x3x128x128')
    .option('--shapes <name=shapes...>', 'sizes that open inputs may take: "input=1x3x(64..2048)x(64..2048)" or listed "input=1x3x256x256|1x3x512x512"')
    .option('--functions <name=shape...>', 'one package, a function for each size, weights stored once (iOS 18): 540p=1x3x540x960 720p=1x3x720x1280')
    .addOption(new Option('--input <kind>', 'image: pixels that Core ML scales as the input contract says').choices(['image', 'tensor']).default('tensor'))
    .option('--image-output', 'outputs of three channels or one are images of 0 to 255')
    .option('--output-range <low..high>', 'what 0 and 255 stand for in image outputs; the range of the input unless told')
    .option('--rename <old=new...>', 'names of inputs and outputs in the package')
    .addOption(new Option('--linear-as <form>', 'products with constant matrices: linear, or convolutions of 1×1').choices(['linear', 'conv']))
    .option('--allow <classes>', 'dtype: float or int32 where Core ML has no bytes, booleans or int64; border, approximate: more rewrites')
    .option('--no-rewrite', 'lower the model as it is')
    .option('--only <ids>', 'only these rewrites')
    .option('--skip <ids>', 'not these rewrites')
    .option('--inputs <file...>', 'compare on these too: FILE.npy, or NAME=FILE.npy,NAME=FILE.npy for each run')
    .option('-d, --data <folder>', 'compare on what lies here too: .npy files, or pictures under the input contract')
    .option('--no-verify', 'compare nothing with ONNX Runtime')
    .option('--hoist-input [name]', 'face: an input unshuffle or normalisation moves out of the graph')
    .option('--embed-norm <mean/std>', 'face: a normalisation moves in')
    .option('--cut-at <tensor...>', 'face: this becomes an output, what is behind it goes')
    .option('--cut-from <tensor...>', 'face: this becomes an input, what is before it goes; TENSOR=1x1x64x64 where its shape is not known')
    .option('--face <list>', 'face: nhwc')
    .option('--adapter <files>', 'what callers do from now on, e.g. swift=Prepare.swift,json=F')
    .option('--author <text>', 'metadata of the package')
    .option('--license <text>', 'metadata of the package')
    .option('--model-version <text>', 'metadata of the package')
    .option('--description <text>', 'metadata of the package')
    .option('--seed <n>', 'of the inputs that are compared')
    .option('--details', 'every rewrite')
    .option('-t, --target <chip>', 'qnn: chip of the context binary, e.g. htp:SM8650')
    .option('--sdk <folder>', 'qnn: the SDK; QAIRT_SDK_ROOT, QNN_SDK_ROOT or the usual folders unless told')
    .addOption(new Option('--chain <chain>', 'qnn: the older tools (qnn-onnx-converter) or the newer (qairt-converter)').choices(['qnn', 'qairt']))
    .addOption(new Option('--form <form>', 'qnn: what to make').choices(['context-binary', 'dlc', 'model-library']).default('context-binary'))
    .option('--encodings <file>', 'qnn: encodings that the quantizer has to take')
    .option('--preserve-io', 'qnn: inputs and outputs keep layout and type')
    .option('--print-commands', 'qnn: print the calls as a shell script instead of running them; what they read is written into --keep-workdir or -o')
    .option('--keep-workdir <folder>', 'qnn: work there, and leave everything')
    .option('--python <file>', 'qnn: interpreter for the SDK\'s scripts; DYNO_QNN_PYTHON or the path unless told')
    .option('--time-limit <minutes>', 'qnn: for each call of a tool', '60')
    .addHelpText(
      'after',
      examples(
        'dyno convert model.onnx --to qnn --target htp:SM8650 --precision w8a8 -d photos',
        'dyno convert model.onnx --to qnn --chain qnn --print-commands --keep-workdir work > convert.sh',
        'dyno convert model.onnx --min-ios 17 -o model.mlpackage',
        'dyno convert model.onnx --static input=1x3x256x256 --io-dtype fp16',
        'dyno convert model.onnx --keep-fp32 Softmax /head/Conv',
        'dyno convert model.onnx --input image --image-output --weights palette4',
      ),
    );
  bind(convert, async () => (await import('../commands/convert.ts')).convert);

  const tune = program
    .command('tune')
    .summary('the variant of a model that a chip likes best, by what Qualcomm\'s compiler says')
    .description(
      'Tries rewrites, the place of quantization, the face (8-bit, NHWC), compiler options and strips; compiles them, and takes the one that moves least ' +
        'and is proved to be the same function. With -o: model, adapter code, encodings, context binary and the table why.',
    )
    .argument('<model>', 'ONNX file or name from the config')
    .option('-t, --target <list>', 'chips, e.g. htp:SM8550 or htp:SM8550,htp:SM8650')
    .option('-o, --out <folder>', 'where the chosen variant goes; a folder for each chip where there are several')
    .addOption(new Option('--precision <p>', 'what it is computed in').choices(['fp16', 'w8a8', 'w8a16', 'w4a8']).default('w8a8'))
    .option('--static <name=shape...>', 'shapes that it is compiled for, e.g. input=1x3x540x960')
    .option('-d, --data <folder>', 'pictures to calibrate with')
    .option('--allow <classes>', 'layout, dtype: faces that callers can adapt to; border, approximate: rewrites that are not equal everywhere')
    .addOption(new Option('--objective <o>', 'what is made small').choices(['traffic', 'spill', 'size', 'quality']).default('traffic'))
    .option('--floor <score>', 'least score for --objective quality, which then takes the one that moves least')
    .option('--metric <protocol>', 'what is scored, e.g. psnr:y:crop2:matlab')
    .option('--on <executor>', 'who computes what is scored: host, emulator:SM8550')
    .option('--candidate <name...>', 'only these variants, no search; names as the table has them')
    .option('--rows <list>', 'heights of strips to try, e.g. 270,180')
    .option('--output-range <low..high>', 'what 0 and 255 stand for in 8-bit outputs; the range of the input unless told')
    .option('--vtcm <megabytes>', 'fast memory to use; all of the chip\'s unless told')
    .option('--method <m>', 'how ranges are chosen: minmax, percentile or mse')
    .option('--size <n>', 'side of the pictures that calibrate, where the model leaves it open')
    .option('--most <n>', 'compilations at most')
    .option('--seed <n>', 'of the inputs that are compared')
    .option('--no-verify', 'do not prove that the chosen variant computes the same')
    .option('--details', 'every candidate')
    .addHelpText(
      'after',
      examples(
        'dyno tune model.onnx -t htp:SM8550 --static input=1x3x540x960 -d photos --allow layout,dtype -o tuned',
        'dyno tune model.onnx -t htp:SM8550 --precision fp16 --objective spill',
        'dyno tune model.onnx -t htp:SM8550 -d photos --candidate recipe,everywhere,uint8,nhwc',
      ),
    );
  bind(tune, async () => (await import('../commands/tune.ts')).tune);

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
    .option('--no-verify', 'do not compare what HTP computes with ONNX Runtime')
    .option('--no-compile', 'the recipe decides: do not ask Qualcomm\'s compiler for htp targets')
    .option('--sdk-version <v>', 'QAIRT SDK that will compile it, e.g. 2.28; the one here unless told')
    .option('--opset <n>', 'version of ai.onnx that the result may use')
    .option('--static <name=shape...>', 'fix the shape of open inputs, e.g. input=1x3x128x128')
    .option('--hoist-input [name]', 'face: an input unshuffle or normalisation moves out of the graph')
    .option('--embed-norm <mean/std>', 'face: a normalisation moves in, e.g. 0.5/0.5 or 0.485,0.456,0.406/0.229,0.224,0.225')
    .option('--cut-at <tensor...>', 'face: this becomes an output, what is behind it goes')
    .option('--cut-from <tensor...>', 'face: this becomes an input, what is before it goes; TENSOR=1x1x64x64 where its shape is not known')
    .option('--face <list>', 'face: uint8, nhwc or both; uint8=0..1 says what 0 and 255 stand for in outputs')
    .option('--adapter <files>', 'what callers do from now on, e.g. ts=prepare.ts,swift=Prepare.swift,metal=F,c=F,json=F')
    .option('--encodings <file>', 'AIMET encodings of the model, which follow every rewrite and are written beside the result')
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
        'dyno rewrite model.onnx -t htp:SM8550 --precision w8a8 --encodings model.encodings',
      ),
    );
  bind(rewrite, async () => (await import('../commands/rewrite.ts')).rewrite);

  const quantize = program
    .command('quantize')
    .summary('make a QDQ model from pictures')
    .description('Quantizes to a QDQ model: symmetric weights per channel, asymmetric activations per tensor, ranges from pictures.')
    .argument('<model...>', 'ONNX file or name from the config; several with --ablation')
    .option('-o, --out <file>', 'where the quantized model goes; MODEL.SCHEME.onnx beside it unless told')
    .option('-d, --data <folder>', 'pictures to calibrate with')
    .addOption(new Option('--scheme <s>', 'bits of weights and activations; w8: weights alone').choices(['w8a8', 'w8a16', 'w4a8', 'w4a16', 'w8']))
    .option('--method <m>', 'how ranges are chosen: minmax, percentile, mse; auto tries recipes on pictures kept apart')
    .option('--percentile <p>', 'share of values inside of the percentile range')
    .option('--budget <db>', 'dB that may be lost: layers get 16-bit activations until it holds')
    .option('--sensitivity', 'say what each layer costs')
    .option('--encodings <file>', 'write the ranges as an AIMET encodings file too')
    .option('--size <n>', 'side of the input where the model leaves it open')
    .option('--ablation', 'quantize in many ways and say what each loses, instead of writing a model')
    .option('--test <folders>', 'with --ablation: pictures that judge, commas between; none of those that calibrate')
    .option('--on <executors>', 'with --ablation: host, emulator:CHIP, commas between')
    .option('--rows <names>', 'with --ablation: parts of the names of rows, commas between')
    .option('--markdown <file>', 'with --ablation: write the tables there too')
    .addHelpText(
      'after',
      examples(
        'dyno quantize model.onnx --data photos -o model.w8a8.onnx',
        'dyno quantize model.onnx --data photos --method auto --budget "0.05 dB"',
        'dyno quantize model.onnx --data photos --ablation --test Set5 --on host,emulator:SM8550',
      ),
    );
  bind(quantize, async () => (await import('../commands/quantize.ts')).quantize);

  const compress = program
    .command('compress')
    .summary('a smaller form of a model, and what it costs')
    .description(
      'Makes a model smaller without training: half precision, dynamic quantization, pruning of weights, hidden channels and attention heads. Says what that does to size, ' +
        'sparsity, memory and outputs; with pictures, to quality.',
    )
    .argument('<model>', 'ONNX file or name from the config')
    .option('--as <spec>', 'fp16, fp16-storage, bf16-storage, dynamic, magnitude:SHARE, neurons:SHARE, heads:SHARE; several joined by +')
    .option('-o, --out <file>', 'where the compressed model goes; MODEL.SPEC.onnx beside it unless told')
    .option('-d, --data <folder>', 'pictures that calibrate, and others of the same folder that judge')
    .option('--static <name=shape...>', 'fix the shape of open inputs, e.g. input=1x3x128x128')
    .option('--size <n>', 'side of the input where the model leaves it open')
    .option('--seed <n>', 'of the inputs that are compared')
    .option('--sensitivity', 'say what each change alone costs')
    .option('--details', 'every layer that changed or did not')
    .addHelpText(
      'after',
      examples(
        'dyno compress model.onnx --as fp16-storage',
        'dyno compress model.onnx --as magnitude:0.3+fp16-storage -o small.onnx',
        'dyno compress swinir.onnx --as heads:0.25+neurons:0.25:compensated --data photos',
      ),
    );
  bind(compress, async () => (await import('../commands/compress.ts')).compress);

  const inspect = program
    .command('inspect')
    .summary('what is in a model')
    .description(
      'Inputs, outputs, operators, parameters, multiply-accumulates, ranks, types, where the weights lie, which dimensions are open.',
    )
    .argument('<model>', 'ONNX file, Core ML package (.mlpackage, .mlmodel), or name from the config')
    .option('--nodes', 'every node with its shapes')
    .addHelpText('after', examples('dyno inspect model.onnx', 'dyno inspect model.onnx --nodes', 'dyno inspect model.mlpackage', 'dyno inspect model.onnx --json'));
  bind(inspect, async () => (await import('../commands/inspect.ts')).inspect);

  const diff = program
    .command('diff')
    .summary('what differs between two models')
    .description('Nodes and initializers added, removed and changed, inputs and outputs, opsets, metadata. Exit 1 where something differs.')
    .argument('<a>', 'ONNX file or Core ML package')
    .argument('<b>', 'ONNX file or Core ML package')
    .addHelpText('after', examples('dyno diff model.onnx model.ane.onnx'));
  bind(diff, async () => (await import('../commands/diff.ts')).diff);
}
