import { type Command, Option } from 'commander';
import { type Bind, examples } from './bind.ts';

/** `dyno zoo …`: architectures as their papers have them. */
export function addZooCommands(program: Command, bind: Bind): void {
  const zoo = program
    .command('zoo')
    .summary('networks of super resolution, generated')
    .description('Writes published architectures layer by layer as PyTorch would export them, with seeded random weights: for latency, traffic and operators, not for pictures.')
    .addHelpText('after', examples('dyno zoo list', 'dyno zoo make quicksrnet-small --size 540x960'));

  const list = zoo
    .command('list')
    .summary('what can be made')
    .description('Every network with its scales, forms and parameters, and where its layers are published.')
    .argument('[name]', 'only names that contain this')
    .addHelpText('after', examples('dyno zoo list', 'dyno zoo list sesr --json'));
  bind(list, async () => (await import('../commands/zoo.ts')).list);

  const make = zoo
    .command('make')
    .summary('write a network as an ONNX file')
    .description('Writes a network. The same name and options give the same bytes on every machine; the file’s metadata say what its weights are.')
    .argument('<name>', 'network, as dyno zoo list names it')
    .option('-o, --out <file>', 'where it goes; NAME-xSCALE.onnx here unless told')
    .option('--scale <n>', 'how many times larger the output is; the network’s usual scale unless told')
    .option('--size <HEIGHTxWIDTH>', 'of the input', '128x128')
    .option('--batch <n>', 'pictures at once', '1')
    .option('--dynamic', 'height and width stay open')
    .option('--seed <n>', 'of the weights', '1')
    .option('--trained', 'trained weights, where this package has them')
    .option('--opset <n>', 'version of ai.onnx, 10 to 20', '17')
    .addOption(new Option('--form <form>', 'as trained, or collapsed to what ships').choices(['export', 'deploy']))
    .addHelpText(
      'after',
      examples('dyno zoo make sesr-m5 --form deploy --size 512x512', 'dyno zoo make quicksrnet-medium --scale 1.5 --dynamic -o medium.onnx', 'dyno zoo make ultramini --trained'),
    );
  bind(make, async () => (await import('../commands/zoo.ts')).make);
}
