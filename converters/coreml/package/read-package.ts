import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { UserError } from '../../../models/contracts/index.ts';
import type { WeightFiles } from './constant.ts';
import { type Feature, readFeature } from './features.ts';
import { OTHER_MODEL_KINDS } from './kinds.ts';
import { inside, rootModel } from './manifest.ts';
import type { DescriptionMessage, FeatureMessage, MetadataMessage, ModelMessage, NetworkMessage } from './messages.ts';
import type { MilProgram } from './mil.ts';
import { type NetworkSummary, summariseNetwork } from './neural-network.ts';
import { readProgram } from './program.ts';
import { CORE_ML } from './schema.ts';
import { WeightFile } from './weight-file.ts';
import { decodeByTable } from './wire.ts';

/** A Core ML model: an .mlpackage, or an .mlmodel file. Large weights stay in their file and are read when somebody asks. */
export interface CoreMlModel {
  readonly path: string;
  readonly specification: number;
  /** Least system that loads it, e.g. `iOS 16`. */
  readonly system: string;
  /** As Core ML's format names it: `mlProgram`, `neuralNetwork`, `pipeline`, … */
  readonly kind: string;
  /** Of an ML program. */
  readonly program: MilProgram | null;
  /** Of a neural network: the format before ML programs. */
  readonly network: NetworkSummary | null;
  readonly functions: readonly FunctionFace[];
  /** The function that is used where nobody names one. */
  readonly defaultFunction: string;
  readonly metadata: Metadata;
  /** Bytes of the model file. */
  readonly modelBytes: number;
  /** Bytes of the weight files that the program refers to, by their path in the package. */
  readonly weightFiles: ReadonlyMap<string, number>;
}

export interface FunctionFace {
  readonly name: string;
  readonly inputs: readonly Feature[];
  readonly outputs: readonly Feature[];
  readonly states: readonly Feature[];
}

interface Metadata {
  readonly description: string;
  readonly author: string;
  readonly license: string;
  readonly version: string;
  readonly custom: ReadonlyMap<string, string>;
}

/**
 * Reads an .mlpackage folder or an .mlmodel file. Throws UserError for what is no such thing: a zip archive, a compiled .mlmodelc, files that
 * are missing, damaged, cut short, or outside of the package.
 */
export function readPackage(path: string): CoreMlModel {
  const file = modelFile(path);
  const root = file === path ? dirname(file) : path;
  try {
    return readModelFile(path, root, file);
  } catch (error) {
    throw error instanceof UserError && !error.message.startsWith(path) ? new UserError(`${path}: ${error.message}`, error.nextSteps, { cause: error }) : error;
  }
}

function modelFile(path: string): string {
  if (!existsSync(path)) throw new UserError(`There is no ${path}.`, ['Check the path.']);
  if (!statSync(path).isDirectory()) return path;
  if (existsSync(join(path, 'coremldata.bin'))) {
    throw new UserError(`${path} is a compiled model.`, ['Give the .mlpackage or .mlmodel that it was compiled from.']);
  }
  return rootModel(path);
}

function readModelFile(path: string, root: string, file: string): CoreMlModel {
  const bytes = readWhole(file);
  if (bytes.subarray(0, 4).equals(ZIP)) throw new UserError(`${path} is a zip archive.`, ['Unpack it and give the .mlpackage folder inside.']);
  const message = decodeByTable(CORE_ML, 'Model', bytes) as ModelMessage;
  if (!message.specificationVersion || !message.description) throw new UserError('it is no Core ML model', ['Give an .mlpackage folder or an .mlmodel file.']);
  const files = weightFiles(root, dirname(file));
  const network = message.neuralNetwork ?? message.neuralNetworkClassifier ?? message.neuralNetworkRegressor;
  const { description, specificationVersion } = message;
  const functions = faces(description);
  return {
    path, specification: specificationVersion, system: systemOf(specificationVersion), kind: kindOf(message),
    program: message.mlProgram ? inOrder(readProgram(message.mlProgram, files.open), functions) : null,
    network: network ? summariseNetwork(network as NetworkMessage) : null,
    functions, defaultFunction: description.defaultFunctionName ?? description.functions?.[0]?.name ?? 'main',
    metadata: readMetadata(description.metadata ?? {}),
    modelBytes: bytes.length, weightFiles: files.sizes,
  };
}

const ZIP = Buffer.from('PK\x03\x04', 'latin1');

function readWhole(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new UserError(`${file} cannot be read (${(error as Error).message}).`, ['Check the file and its permissions.'], { cause: error });
  }
}

/** Files that values name, relative to the model file, each looked up once. */
function weightFiles(root: string, folder: string): { readonly open: WeightFiles; readonly sizes: Map<string, number> } {
  const opened = new Map<string, WeightFile>();
  const sizes = new Map<string, number>();
  const open = (name: string): WeightFile => {
    const known = opened.get(name);
    if (known) return known;
    const path = relative(root, join(folder, name.replace(/^@model_path\//, '')));
    const file = new WeightFile(inside(root, path), join(root, path));
    sizes.set(path, statSync(file.path).size);
    opened.set(name, file);
    return file;
  };
  return { open, sizes };
}

/** Specification versions by the system that introduced them (coremltools `__init__.py`). */
const SYSTEMS: Readonly<Record<number, string>> = {
  1: 'iOS 11', 2: 'iOS 11.2', 3: 'iOS 12', 4: 'iOS 13', 5: 'iOS 14', 6: 'iOS 15', 7: 'iOS 16', 8: 'iOS 17', 9: 'iOS 18', 10: 'iOS 26',
};

function systemOf(specification: number): string {
  return SYSTEMS[specification] ?? `of specification ${specification}, which this version does not know`;
}

function kindOf(message: ModelMessage): string {
  const kinds = ['mlProgram', 'neuralNetwork', 'neuralNetworkClassifier', 'neuralNetworkRegressor', 'pipeline', 'pipelineClassifier', 'pipelineRegressor'];
  return [...kinds, ...Object.values(OTHER_MODEL_KINDS)].find((kind) => Object.hasOwn(message, kind)) ?? 'empty';
}

/** Functions of a multifunction model, else the one that the model's own face is of. */
function faces(description: DescriptionMessage): FunctionFace[] {
  const face = (name: string, { input, output, state }: Pick<DescriptionMessage, 'input' | 'output' | 'state'>): FunctionFace => {
    const features = (list: readonly FeatureMessage[] | undefined): Feature[] => (list ?? []).map(readFeature);
    return { name, inputs: features(input), outputs: features(output), states: features(state) };
  };
  const { functions } = description;
  return functions?.length ? functions.map((each) => face(each.name ?? '', each)) : [face('main', description)];
}

/** Functions as the description lists them: the program has them in no order. */
function inOrder(program: MilProgram, faces: readonly FunctionFace[]): MilProgram {
  const listed = faces.map(({ name }) => name);
  const place = (name: string): number => (listed.includes(name) ? listed.indexOf(name) : listed.length);
  return { ...program, functions: new Map([...program.functions].sort(([a], [b]) => place(a) - place(b))) };
}

function readMetadata({ shortDescription, author, license, versionString, userDefined }: MetadataMessage): Metadata {
  return { description: shortDescription ?? '', author: author ?? '', license: license ?? '', version: versionString ?? '', custom: userDefined ?? new Map() };
}
