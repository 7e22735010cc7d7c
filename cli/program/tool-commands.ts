import { Argument, type Command, Option } from 'commander';
import { SHELLS } from '../text/completion-scripts.ts';
import { type Bind, examples } from './bind.ts';

/** Commands about dyno itself. */
export function addToolCommands(program: Command, bind: Bind): void {
  const explain = program
    .command('explain')
    .summary('what a rule or a rewrite says')
    .description('Explains a rule or a rewrite: what it looks at, why, what helps, how that is known. Without an id, lists them all.')
    .argument('[id]', 'rule or rewrite, in full or without its folder')
    .addHelpText('after', examples('dyno explain', 'dyno explain ane/rank-over-5', 'dyno explain permute/crd-to-dcr'));
  bind(explain, async () => (await import('../commands/explain.ts')).explain);

  const doctor = program
    .command('doctor')
    .summary('whether everything is in place')
    .description('Looks at what dyno needs here and says how to mend what is missing: on the host, for Android phones, for iPhones, of OpenVINO, or of the QNN SDK. Exit 2 where something needed is.')
    .addArgument(new Argument('[what]', 'the host unless told').choices(['android', 'iphone', 'openvino', 'qnn']))
    .option('--deep', 'also compile a model for HTP')
    .option('--sdk <folder>', 'qnn: the SDK to look at')
    .option('--python <file>', 'qnn: interpreter for its scripts');
  bind(doctor, async () => (await import('../commands/doctor.ts')).doctor);

  const setup = program
    .command('setup')
    .summary('install what some commands need')
    .description('python: an environment with Qualcomm\'s HTP compiler and emulator and coremltools. openvino: an environment with OpenVINO. phones: Appium and its drivers for Android and iOS. All in the cache folder; nothing else is touched.')
    .addArgument(new Argument('<what>', 'what to install').choices(['python', 'openvino', 'phones']))
    .option('--again', 'make it anew')
    .option('--clean', 'instead remove environments of other versions, and what broken-off set-ups left');
  bind(setup, async () => (await import('../commands/setup.ts')).setup);

  const devices = program
    .command('devices')
    .summary('attached Android phones and iPhones')
    .description('Lists attached phones: chip, system, heat, charge, space, what of dyno is on them, and what keeps an iPhone from being measured. With --virtual, starts phones below the real adb and usbmuxd\'s protocol that stay until Ctrl-C: what is measured on them is simulated.')
    .option('--virtual <names>', 'start a virtual phone for each chip or iPhone, e.g. SM8550,A15,"iPhone 13 Pro"')
    .option('--clean <serial>', 'remove everything of dyno from a phone')
    .addHelpText('after', examples('dyno devices', 'dyno devices --virtual SM8550,A15', 'dyno devices --clean R5CX30ABCDE', 'dyno devices --json'));
  bind(devices, async () => (await import('../commands/devices.ts')).devices);

  const pack = program
    .command('pack')
    .summary('measure on a phone elsewhere: one archive for it')
    .description('Packs models, inputs, the SDK\'s Android programs and a shell script into one archive. Whoever has the phone unpacks it and runs run.sh, which needs adb and nothing of dyno. For ane:CHIP, packs Core ML packages and inputs for the runner app of an iPhone, which opens the archive. What they write comes back with dyno ingest.')
    .argument('[models...]', 'ONNX files, names from the config, what dyno compile -o wrote, or Core ML packages')
    .option('-o, --out <file>', 'archive to write: bundle.tar.gz, or bundle.dynobundle, unless told')
    .option('-t, --target <chip>', 'chip of the phone, e.g. htp:SM8650 or ane:A15')
    .option('-u, --unit <list>', 'htp, gpu, cpu; of an iPhone cpu, gpu, ane, all; all of them unless told')
    .option('--sdk <folder>', 'Qualcomm’s SDK, whose programs go into the archive')
    .addOption(new Option('--profile <p>', 'how long a block takes').choices(['quick', 'default', 'rigorous']))
    .option('--rounds <n>', 'rounds of blocks; the least of a range')
    .option('--size <n>', 'side of the input where the model leaves it open')
    .option('--wait <seconds>', 'how long in all a warm phone may rest; a sixth of it before one launch')
    .addOption(new Option('--perf <p>', 'performance profile of the HTP').choices(['burst', 'sustained', 'balanced']))
    .addOption(new Option('--chain <c>', 'what makes the artifact').choices(['compiler', 'qnn', 'qairt']))
    .option('--seed <n>', 'of the input and the order')
    .addHelpText('after', examples('dyno pack model.onnx --target htp:SM8650', 'dyno pack a.onnx b.onnx --target htp:SM8550 --unit htp,cpu --rounds 6 -o for-lab.tar.gz', 'dyno pack model.onnx --target ane:A15 -o bundle.dynobundle'));
  bind(pack, async () => (await import('../commands/pack.ts')).pack);

  const ingest = program
    .command('ingest')
    .summary('what a phone elsewhere measured')
    .description('Reads the results of a bundle: checks that they are whole, reads times (of a Snapdragon with the SDK\'s viewer), compares outputs with ONNX Runtime and the emulator, writes a report.')
    .argument('<results>', 'results.tar.gz that run.sh wrote, or ID-results.tar.gz of the runner app')
    .option('--sdk <folder>', 'Qualcomm’s SDK, at least as new as the one that was packed')
    .option('--runs <folder>', 'folder that holds the runs')
    .addHelpText('after', examples('dyno ingest results.tar.gz', 'dyno report .dyno/runs/…'));
  bind(ingest, async () => (await import('../commands/ingest.ts')).ingest);

  const selftest = program
    .command('selftest')
    .summary('ask an iPhone whether the rules are right')
    .description('For each rule of the Neural Engine a tiny Core ML package that breaks it, and one that just does not; and small packages whose outputs PyTorch computed. Runs them on an iPhone with the runner app and says what its plans, times and outputs confirm, refute or leave open. Exit 1 where an output is wrong.')
    .option('--device <selector>', 'UDID of an attached iPhone, iphone, or virtual:A15')
    .option('--units <list>', 'cpu, gpu, ane, all', 'cpu,gpu,ane')
    .option('--only <list>', 'rules and golden cases, by name')
    .option('--list', 'the probes, and what shows the answer')
    .option('--write <folder>', 'write packages, inputs and expected outputs into a new folder')
    .addHelpText('after', examples('dyno selftest --list', 'dyno selftest --device 00008110-001A2B3C4D5E801E', 'dyno selftest --device virtual:A15 --only ane/kernel-width,silu', 'dyno selftest --write probes'));
  bind(selftest, async () => (await import('../commands/selftest.ts')).selftest);

  const init = program
    .command('init')
    .summary('write a config')
    .description('Writes a config for the models of this folder: at a terminal it asks, with what it found as the answer that Enter gives. Writes over nothing.')
    .argument('[models...]', 'ONNX files; those found here, or else below, unless told')
    .option('-d, --data <folder>', 'pictures for calibration and quality, or none; the folder with the most of them unless told')
    .option('-t, --target <list>', 'targets')
    .addOption(new Option('--type <type>', 'kind of file').choices(['json', 'ts']).default('json'))
    .addOption(new Option('--ci <system>', 'also a workflow that runs dyno on every pull request').choices(['github']))
    .option('--force', 'write over what is there')
    .addHelpText('after', examples('dyno init', 'dyno init model.onnx --target ane:A15 --data photos --ci github', 'dyno init --type ts --no-input'));
  bind(init, async () => (await import('../commands/init.ts')).init);

  const config = program
    .command('config')
    .summary('the settings in force')
    .description('Prints the settings in force and where each comes from: flag, environment, file or default.')
    .option('--print', 'the same; for scripts that say what they mean')
    .addHelpText('after', examples('dyno config', 'DYNO_TARGETS=ane:A17 dyno config --json'));
  bind(config, async () => (await import('../commands/config.ts')).config);

  const completion = program
    .command('completion')
    .summary('complete words in a shell')
    .description('Prints what a shell evaluates to complete commands, options, targets and devices.')
    .addArgument(new Argument('<shell>', 'which').choices(SHELLS))
    .addHelpText('after', '\nIn ~/.bashrc:                    eval "$(dyno completion bash)"\nIn ~/.zshrc, after compinit:     eval "$(dyno completion zsh)"\nfish:                            dyno completion fish > ~/.config/fish/completions/dyno.fish');
  bind(completion, async () => (await import('../commands/completion.ts')).completion);
  const complete = program.command('complete', { hidden: true }).argument('[words...]').allowUnknownOption();
  bind(complete, async () => (await import('../commands/completion.ts')).completeFor(program));
}
