import { type Command, Option } from 'commander';
import { type Bind, examples } from './bind.ts';

/** Commands that measure, report and judge. */
export function addMeasureCommands(program: Command, bind: Bind): void {
  const bench: Command = program
    .command('bench')
    .summary('how fast models are, side by side')
    .description(
      'Times models on a device: fresh launches in interleaved rounds, warm-up until stable, raw samples kept, medians of blocks ' +
        'compared. The first model is what the others are compared with.',
    )
    .argument('<models...>', 'ONNX files or names from the config')
    .option('--on <list>', 'where, all at the same time: host, android[:SERIAL], iphone[:UDID], virtual:SM8550, virtual:A15, farm:NAME, openvino[:GPU|:NPU], mac')
    .option('-u, --unit <list>', 'compute units: cpu:1, cpu:all of the host and of OpenVINO, whose others are gpu and npu; htp, gpu, cpu of a Snapdragon; cpu, gpu, ane, all of an iPhone')
    .addOption(new Option('--profile <p>', 'how long a block takes').choices(['quick', 'default', 'rigorous']))
    .option('--rounds <n>', 'rounds of blocks: 5, or 5-12 for as many as the question needs')
    .option('--size <n>', 'side of the input where the model leaves it open')
    .option('--wait <seconds>', 'how long in all a busy device may take to come to rest')
    .option('--seed <n>', 'of the input and the order')
    .addOption(new Option('--mode <m>', 'blocks one after the other, or each model at a frame rate for a while').choices(['burst', 'sustained']))
    .option('--fps <n>', 'frames a second of the sustained mode')
    .option('--seconds <n>', 'length of the sustained mode');
  addPhoneOptions(bench).addHelpText(
      'after',
      examples(
        'dyno bench model.onnx model.ane.onnx',
        'dyno bench *.onnx --unit cpu:1 --profile default',
        'dyno bench model.onnx --json > times.json',
        'dyno bench model.onnx --on android --unit htp,gpu',
        'dyno bench model.onnx --on virtual:SM8550,virtual:SM8650',
      ),
    );
  bind(bench, async () => (await import('../commands/bench.ts')).bench);

  const quality = program
    .command('quality')
    .summary('how good outputs are, under named metrics')
    .description(
      'Scores models on data sets: pictures against their originals, beside interpolations, or the outputs of any model against those of a ' +
        'reference. A metric’s name fixes all that its value depends on. On an emulated chip the saved context binary runs, in tiles.',
    )
    .argument('[models...]', 'ONNX files, Core ML packages, or names from the config; all of the config where none is given')
    .option('-d, --data <folder>', 'originals, or a folder with HR and LR inside; .npy or .npz files for models of any kind')
    .option('--dataset <list>', 'data sets of the config, by name; all of them unless told')
    .option('--degrade <steps>', 'what makes low-resolution images worse: gaussian:1.2,bicubic,noise:5,jpeg:70')
    .option('--baseline <list>', 'interpolations beside the models: nearest, bilinear, bicubic, lanczos, mitchell')
    .option('--reference <model>', 'model that the others are compared with; the first one unless told')
    .option('--on <list>', 'what computes: host, emulator:SM8550, emulator:v68, openvino, …')
    .option('--tile <n>', 'side of the tiles that models of open size run in on an emulator')
    .option('-m, --metric <list>', 'metrics, e.g. psnr:y:crop2:matlab,ssim:y,sqnr')
    .option('--list-metrics', 'say how every metric is written and what it is')
    .option('--per-image', 'also the value of every picture')
    .option('--crops <folder>', 'write the windows where models differ most, as PNG')
    .option('--crop-size <n>', 'side of those windows', '96')
    .option('--crop-count <n>', 'windows of each pair of models', '3')
    .option('--seed <n>', 'of what degradations draw at random')
    .addHelpText(
      'after',
      examples(
        'dyno quality model.onnx --data Set5',
        'dyno quality model.onnx model.w8a8.onnx --data photos --metric psnr:rgb:crop2:matlab --crops worst',
        'dyno quality model.onnx --data photos --degrade gaussian:1.2,bicubic,noise:5,jpeg:70 --baseline bicubic,lanczos',
        'dyno quality classifier.onnx classifier.w8a8.onnx --data inputs --metric sqnr,agree:top1',
        'dyno quality model.onnx model.w8a8.onnx --data Set5 --on host,emulator:SM8550,emulator:v68',
      ),
    );
  bind(quality, async () => (await import('../commands/quality.ts')).quality);

  const photo = program
    .command('photo')
    .summary('a whole photo through a model, in tiles')
    .description(
      'Cuts a photo into tiles that overlap by what the model sees, runs them, puts them together in bounded memory, and looks for seams. ' +
        'Says before how long it will take, and after how long it took.',
    )
    .argument('<image>', 'PNG, JPEG, WebP, TIFF, AVIF, GIF or BMP')
    .requiredOption('-m, --model <model>', 'ONNX file or name from the config')
    .option('-o, --out <file>', 'where to: .png, .jpg, .tif or .webp; PHOTO.xSCALE beside the command unless told')
    .option('--tile <n>', 'longest side of the tiles; the model’s own, or the fastest of several, unless told')
    .option('--overlap <n>', 'pixels that two neighbours share; auto is what the model sees', 'auto')
    .addOption(new Option('--blend <b>', 'cut tiles at the middle of their overlap, or let them fade into each other').choices(['crop', 'feather']))
    .option('--jobs <n>', 'tiles at a time, in processes that share the cores', '1')
    .option('--max-memory <mb>', 'megabytes that all processes may take; half of the machine’s unless told')
    .option('--on <device>', 'what computes: host, emulator:SM8550, iphone[:UDID], virtual:A15', 'host')
    .addOption(new Option('-u, --unit <unit>', 'units of an iPhone that Core ML may use').choices(['all', 'ane', 'gpu', 'cpu']))
    .addOption(new Option('--form <f>', 'how an iPhone puts pixels into an input').choices(['loop', 'strided', 'metal']).default('strided'))
    .addOption(new Option('--seams <s>', 'where seams are looked for').choices(['off', 'sample', 'all']).default('sample'))
    .option('--seam-map <file>', 'picture of the differences at all borders, as PNG')
    .option('--quality <n>', 'of JPEG and WebP, 1 to 100', '92')
    .option('--dry-run', 'plan, try tiles and predict, but run nothing')
    .addHelpText('after', examples('dyno photo holiday.jpg --model model.onnx', 'dyno photo holiday.jpg -m model.onnx --tile 256 -o large.png --seam-map seams.png', 'dyno photo scan.tif -m model.onnx --dry-run'));
  bind(photo, async () => (await import('../commands/photo.ts')).photo);

  const run = program
    .command('run')
    .summary('check, rewrite, quantize, bench, quality, report: all of it')
    .description(
      'Does what the config says for every model and target, into a run directory that can be resumed: findings, rewritten and ' +
        'quantized models, measurements, pictures, a report and the gate’s verdict.',
    )
    .argument('[models...]', 'names from the config, or ONNX files; all of the config where none is given')
    .option('-t, --target <list>', 'targets, e.g. ane:A15,htp:SM8550')
    .option('-d, --data <folder>', 'pictures for calibration and quality')
    .option('--on <list>', 'devices of the benchmark, all at the same time; none: nothing is timed, and only exact gates are judged')
    .option('-u, --unit <list>', 'compute units of the benchmark')
    .addOption(new Option('--profile <p>', 'how long a block takes').choices(['quick', 'default', 'rigorous']))
    .option('--rounds <n>', 'rounds of blocks')
    .option('--wait <seconds>', 'how long in all a busy device may take to come to rest')
    .option('--scheme <s>', 'bits of weights and activations')
    .option('--method <list>', 'ranges: minmax, percentile, mse')
    .option('-m, --metric <list>', 'quality protocols')
    .option('--skip <ids>', 'rewrites to leave out')
    .option('--allow <classes>', 'border, approximate, layout, dtype, subset, static: rewrites beyond the exact ones')
    .addOption(new Option('--verify <level>', 'how thoroughly rewrites are compared').choices(['off', 'quick', 'full']))
    .option('--base <file>', 'baseline to compare with, or git:REF: models as they were there, measured in turn with these')
    .option('--seed <n>', 'of everything that is drawn at random')
    .option('--runs <folder>', 'folder that holds the runs')
    .option('--resume [dir]', 'go on with a run that was broken off: the last one, or the one named')
    .option('--strict', 'exit 3 where a gate is inconclusive');
  addPhoneOptions(run).addHelpText('after', examples('dyno run', 'dyno run --resume', 'dyno run model.onnx --target ane:A15 --data photos'));
  bind(run, async () => (await import('../commands/run.ts')).run);

  const sweep = program
    .command('sweep')
    .summary('one table of many variants')
    .description(
      'Makes the table that a config describes: precision × rewrite × compression × resolution × scale, timed side by side, scored on pictures, with Pareto ' +
        'fronts. What is finished is kept in the sweep’s folder and taken over by the next one.',
    )
    .argument('[config]', 'JSON, TypeScript or JavaScript file; sweep.* here or "sweep" of the project’s config unless told')
    .option('--only <axis=values>', 'only these values of an axis, e.g. precision=fp32,w8a8; may be repeated', (value: string, all: readonly string[]) => [...all, value], [])
    .option('--dry-run', 'show the matrix and what is still to do')
    .option('--limit <n>', 'variants at most', '100')
    .option('--dir <folder>', 'where the sweep keeps what is finished; .dyno/sweeps/NAME unless told')
    .option('--fresh', 'forget what is finished')
    .option('--watch <folder>', 'score every .onnx file that appears in the folder with the same columns')
    .option('--once', 'with --watch: score what is there, and end')
    .option('--on <list>', 'devices in place of those of the config')
    .option('-u, --unit <list>', 'compute units')
    .addOption(new Option('--profile <p>', 'how long a block takes').choices(['quick', 'default', 'rigorous']))
    .option('--rounds <n>', 'rounds of blocks')
    .option('--wait <seconds>', 'how long in all a busy device may take to come to rest')
    .option('--seed <n>', 'of inputs, order and intervals')
    .option('--runs <folder>', 'folder that holds the runs; sweeps lie beside it');
  addPhoneOptions(sweep).addHelpText(
    'after',
    examples('dyno sweep table.json --dry-run', 'dyno sweep table.json --only precision=fp32,w8a8 --output html=table.html', 'dyno sweep table.json --watch checkpoints'),
  );
  bind(sweep, async () => (await import('../commands/sweep.ts')).sweep);

  const report = program
    .command('report')
    .summary('render a run again')
    .description('Renders the report of a finished run: as a page, Markdown, JUnit, SARIF, CSV, GitHub annotations.')
    .argument('[run]', 'run directory or report.json; the last run unless told')
    .option('--runs <folder>', 'folder that holds the runs')
    .addHelpText('after', examples('dyno report', 'dyno report .dyno/runs/… --output html=report.html --output junit=dyno.xml'));
  bind(report, async () => (await import('../commands/report.ts')).report);

  const compare = program
    .command('compare')
    .summary('two runs or more, value by value')
    .description('Puts finished runs side by side: times with intervals, sizes, traffic, quality; and says in which conditions and tools they differ. Columns are runs, or with --by systems, versions of tools, or classes of devices.')
    .argument('<runs...>', 'run directories, their names, or report.json files; with the last run where only one is named')
    .addOption(new Option('--by <axis>', 'what the columns are').choices(['run', 'system', 'sdk', 'device']))
    .option('--all', 'also what did not change')
    .option('--runs <folder>', 'folder that holds the runs')
    .addHelpText('after', examples('dyno compare .dyno/runs/2026-11-20-… ', 'dyno compare before/report.json after/report.json --all --json', 'dyno compare ios17/report.json ios18/report.json ios19/report.json --by system --output html=systems.html'));
  bind(compare, async () => (await import('../commands/compare.ts')).compare);

  const gate = program
    .command('gate')
    .summary('hold a run against budgets and a baseline')
    .description('Judges a finished run by the gates of the config and a baseline file. Exit 1 where one fails.')
    .argument('[run]', 'run directory or report.json; the last run unless told')
    .option('--budgets <file>', 'budgets in place of the config’s')
    .option('--base <file>', 'baseline to compare with')
    .option('--update', 'write this run’s values to the baseline')
    .option('--margin <percent>', 'latency increase that the baseline allows', '5')
    .option('--strict', 'exit 3 where a gate is inconclusive')
    .option('--exact', 'only what is the same on any machine: findings, sizes, placement, traffic, quality')
    .option('--runs <folder>', 'folder that holds the runs')
    .addHelpText('after', examples('dyno gate --base baseline.json', 'dyno gate --base baseline.json --update'));
  bind(gate, async () => (await import('../commands/gate.ts')).gate);
}

/** How phones are reached and told to work. */
function addPhoneOptions(command: Command): Command {
  return command
    .option('--sdk <folder>', 'Qualcomm’s SDK: runtime and tools for Snapdragon phones')
    .option('--chip <chip>', 'chip in place of what the phone says, e.g. SM8650')
    .addOption(new Option('--perf <p>', 'performance profile of the HTP').choices(['burst', 'sustained', 'balanced']))
    .addOption(new Option('--link <l>', 'how commands reach a phone').choices(['appium', 'adb']))
    .addOption(new Option('--chain <c>', 'what makes the artifact: the compiler here, or the SDK’s tools').choices(['compiler', 'qnn', 'qairt']));
}
