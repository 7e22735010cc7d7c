import { type Command, Option } from 'commander';
import { type Bind, examples } from './bind.ts';

const VERSIONS = ['0.6.1', '1.0.0', '2.0.0'];
const ALLOW_LOSS = ['--allow-loss', 'leave out what cannot be said, and list it, instead of refusing'] as const;

/** `dyno encodings …`: AIMET's files of quantization parameters. */
export function addEncodingsCommands(program: Command, bind: Bind): void {
  const encodings = program
    .command('encodings')
    .summary('convert, permute and apply AIMET encodings')
    .description("Quantization parameters in AIMET's files (0.6.1, 1.0.0, 2.0.0), which QNN's converters take as --quantization_overrides.")
    .addHelpText(
      'after',
      examples(
        'dyno encodings convert old.encodings --to 2.0.0 --model model.onnx -o new.encodings',
        'dyno encodings coverage model.onnx model.encodings',
      ),
    );

  const convert = encodings
    .command('convert')
    .summary('the same encodings in another version')
    .description(
      'Writes encodings in another version. What that version cannot say is an error. Axes and blocks depend on the layers: --model names them.',
    )
    .argument('<file>', 'encodings file')
    .requiredOption('-o, --out <file>', 'where the converted file goes')
    .addOption(new Option('--to <version>', 'version to write').choices(VERSIONS).makeOptionMandatory())
    .option('--model <file>', 'ONNX file that the encodings belong to')
    .option(...ALLOW_LOSS)
    .addHelpText('after', examples('dyno encodings convert aimet.encodings --to 0.6.1 --model model.onnx -o qnn.encodings'));
  bind(convert, async () => (await import('../commands/encodings.ts')).convert);

  const permute = encodings
    .command('permute')
    .summary('follow a change of channel order')
    .description(
      'Puts scales and offsets in another order, as the channels of their weights were: entry k becomes what was entry ORDER[k].',
    )
    .argument('<file>', 'encodings file')
    .requiredOption('-o, --out <file>', 'where the permuted file goes')
    .requiredOption('--tensor <name...>', 'tensors whose scales are permuted')
    .option('--order <list>', 'the order, e.g. 0,4,8,1,5,9,2,6,10,3,7,11')
    .option('--crd-to-dcr <C,r>', 'the order that a DepthToSpace of C colours and block size r needs')
    .option('--axis <n>', 'axis that was permuted, where the file says which one scales lie along')
    .addHelpText('after', examples('dyno encodings permute crd.encodings --tensor last.weight --crd-to-dcr 3,2 -o dcr.encodings'));
  bind(permute, async () => (await import('../commands/encodings.ts')).permute);

  const coverage = encodings
    .command('coverage')
    .summary('which tensors have encodings')
    .description(
      'Which activations and parameters of a model have encodings, which have not and why, which encodings fit nothing. Exit 1 for the last.',
    )
    .argument('<model>', 'ONNX file or name from the config')
    .argument('<file>', 'encodings file')
    .addHelpText('after', examples('dyno encodings coverage model.onnx model.encodings --json'));
  bind(coverage, async () => (await import('../commands/encodings.ts')).coverage);

  const apply = encodings
    .command('apply')
    .summary('a QDQ model from a float model and encodings')
    .description(
      'Puts QuantizeLinear and DequantizeLinear where encodings say; biases without one get int32 at input scale × weight scale.',
    )
    .argument('<model>', 'float ONNX file or name from the config')
    .argument('<file>', 'encodings file')
    .requiredOption('-o, --out <file>', 'where the QDQ model goes')
    .option(...ALLOW_LOSS)
    .addHelpText('after', examples('dyno encodings apply model.onnx model.encodings -o model.qdq.onnx'));
  bind(apply, async () => (await import('../commands/encodings.ts')).apply);

  const extract = encodings
    .command('extract')
    .summary('encodings and a float model from a QDQ model')
    .description('The reverse of apply, exact: applying what comes out makes the same integers.')
    .argument('<model>', 'QDQ model, ONNX file or name from the config')
    .requiredOption('-o, --out <file>', 'where the encodings go')
    .option('--float <file>', 'where the float model goes')
    .addOption(new Option('--to <version>', 'version to write').choices(VERSIONS).default('1.0.0'))
    .option(...ALLOW_LOSS)
    .addHelpText('after', examples('dyno encodings extract model.qdq.onnx -o model.encodings --float model.float.onnx'));
  bind(extract, async () => (await import('../commands/encodings.ts')).extract);
}
