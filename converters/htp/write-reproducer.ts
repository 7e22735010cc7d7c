import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { UserError } from '../../models/contracts/index.ts';
import { writeNpy } from '../../models/run/index.ts';
import type { CompileReport } from './compile-report.ts';
import type { Reproducer } from './reproducer.ts';

/** What a result holds for. */
export type ReproducerAbout = Pick<CompileReport, 'chip' | 'build' | 'packages' | 'options'>;

const ABOUT = 'about.json';

/**
 * Writes reproducers as folders that can be sent: model, inputs, what is right, what came out, versions, a README and a script that shows it
 * with public packages alone. One reproducer is the folder itself, several are folders inside of it. Nothing is left half written; a folder
 * of something else is refused. Returns the folders written.
 */
export async function writeReproducers(reproducers: readonly Reproducer[], folder: string, about: ReproducerAbout): Promise<string[]> {
  const target = resolve(folder);
  if (existsSync(target) && readdirSync(target).length > 0 && !holdsReproducers(target)) throw new UserError(`${target} holds other files.`, ['Name a folder that does not exist, or one that dyno made.']);
  await mkdir(dirname(target), { recursive: true });
  const temporary = await mkdtemp(join(dirname(target), `.${basename(target)}-`));
  try {
    const names = reproducers.map(({ node }, index) => (reproducers.length === 1 ? '' : `${index + 1}-${node.replace(/[^\w.-]+/g, '_').replace(/^_+/, '')}`));
    for (const [index, reproducer] of reproducers.entries()) await writeOne(reproducer, join(temporary, names[index] as string), about);
    await rm(target, { recursive: true, force: true });
    await rename(temporary, target);
    return names.map((name) => join(target, name));
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
}

function holdsReproducers(folder: string): boolean {
  return existsSync(join(folder, ABOUT)) || readdirSync(folder).every((inside) => existsSync(join(folder, inside, ABOUT)));
}

async function writeOne(reproducer: Reproducer, folder: string, about: ReproducerAbout): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'model.onnx'), reproducer.bytes);
  const files: Record<string, string> = {};
  for (const [kind, arrays] of [['input', reproducer.inputs], ['expected', reproducer.expected], ['emulated', reproducer.emulated]] as const) {
    [...arrays].forEach(([name, array], index) => {
      files[`${kind}-${index}.npy`] = name;
      writeNpy(join(folder, `${kind}-${index}.npy`), array);
    });
  }
  const { db, floor, maxAbs } = reproducer.judgement;
  const { node, opType } = reproducer;
  const facts = { node, opType, ...about, db: Number.isFinite(db) ? db : null, explainedDb: floor, maxAbs: Number.isFinite(maxAbs) ? maxAbs : null, files };
  await writeFile(join(folder, ABOUT), `${JSON.stringify(facts, null, 1)}\n`);
  await writeFile(join(folder, 'show.py'), SCRIPT);
  await writeFile(join(folder, 'README.md'), readme(reproducer, about));
}

/** Public packages and public calls only. */
const SCRIPT = `import json, numpy as np, onnxruntime as ort, onnxruntime_qnn as qnn
about = json.load(open("about.json"))
feed = {name: np.load(file) for file, name in about["files"].items() if file.startswith("input")}
ort.register_execution_provider_library("QNNExecutionProvider", qnn.get_library_path())
device = next(d for d in ort.get_ep_devices() if d.ep_name == "QNNExecutionProvider")
options = ort.SessionOptions()
options.add_provider_for_devices([device], {"backend_path": qnn.get_qnn_htp_path(), **about["options"]})
cpu = ort.InferenceSession("model.onnx", providers=["CPUExecutionProvider"])
for output, a, b in zip(cpu.get_outputs(), cpu.run(None, feed), ort.InferenceSession("model.onnx", options).run(None, feed)):
    print(output.name, "largest difference", np.abs(a.astype(float) - b.astype(float)).max(), "of a range of", float(a.max()) - float(a.min()))
`;

function readme({ opType, node, judgement }: Reproducer, { chip, build, packages, options }: ReproducerAbout): string {
  const installs = Object.entries(packages).map(([name, version]) => `${name}==${version}`).join(' ');
  return `# ${opType} on HTP computes something else

The QNN execution provider takes this operator (\`${node}\` of a larger model) for ${chip}, and the emulator in its library computes other values than
ONNX Runtime's CPU provider: ${Number.isFinite(judgement.db) ? `${judgement.db.toFixed(1)} dB` : 'no number in common'}, where its arithmetic explains ${judgement.floor.toFixed(1)} dB or more.

    pip install numpy ${installs}
    python show.py

- \`model.onnx\`: the operator alone; \`input-*.npy\`: what it is fed; \`expected-*.npy\`: ONNX Runtime; \`emulated-*.npy\`: HTP; names in \`${ABOUT}\`
- QAIRT ${build ?? 'of unknown build'}, provider options ${JSON.stringify(options)}
- x86_64 Linux; no phone and no SDK have part in it
`;
}
