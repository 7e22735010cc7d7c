import type { GraphFigures, StageTime } from './compile-report.ts';

/** An operator as the provider handed it to QNN: names of its tensors are value names of the model, as far as they come from there. */
export interface LoggedOperator {
  readonly name: string;
  readonly opType: string;
  readonly inputs: string[];
  readonly outputs: string[];
}

/** A group of nodes that the provider looked at together. */
export interface LoggedVerdict {
  readonly accepted: boolean;
  readonly nodes: readonly { readonly name: string; readonly opType: string }[];
  /** The vendor's reason; the validator's own words where the provider's say nothing. Null for accepted ones. */
  readonly reason: string | null;
}

/** What the verbose log of a compilation says. */
export interface CompileLog {
  readonly build: string | null;
  /** Last verdict per node name. */
  readonly verdicts: readonly LoggedVerdict[];
  readonly operators: readonly LoggedOperator[];
  readonly graphs: readonly GraphFigures[];
  readonly stages: readonly StageTime[];
  /** Errors of ONNX Runtime and of QNN outside of validation, in order, each once. */
  readonly errors: readonly string[];
}

/** Reads the text of a log. */
export function readCompileLog(text: string): CompileLog {
  const reader = new CompileLogReader();
  for (const line of text.split(/\r?\n/)) reader.line(line);
  return reader.finish();
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const VERDICT = /LogNodeSupport\] Validation (PASSED|FAILED) for \d+ nodes/;
const VERDICT_NODE = /^\s*Operator type: (\S*) Node name: (.*) Node index: \d+/;
const REASON = /^\s*REASON : ?(.*)$/;
const OPERATOR = /Qnn_OpConfig node name: (.*) package_name: \S+ QNN_op_type: (\S+)/;
const TENSOR = /^ name=(.*) id=\d+ version=/;
const GRAPH_OPTION = /with init graph option: (\w+) = (\S+)/;
const BANDWIDTH = /\b(spill_bytes|fill_bytes|write_total_bytes|read_total_bytes)=(\d+)/;
const STAGE = /Completed stage: (.+) \((\d+) us\)/;
const ERROR = /\[E:[^\]]*\] ?(.*)$/;
const QNN_ERROR = /<E> (.*)$/;
/** Said by the validator around its reason, or by every compilation that goes well. */
const NO_REASON = /^QnnBackend_validateOpConfig failed|^validateNativeOps |^Failed to validate op |^op config validation failed$|^unexpected GraphHtpSettings option/;
const GENERIC_REASON = /^Failed to add node\.?$/;

/** What the provider adds to its reason: the operator's type and the name it goes by here. */
const NOT_ASSIGNED = /\w+ node `[^`]*` will not be assigned to QNN EP\.$/;

/** Makes a log of its lines, given one after the other. */
export class CompileLogReader {
  #build: string | null = null;
  readonly #verdicts = new Map<string, LoggedVerdict>();
  readonly #operators = new Map<string, LoggedOperator>();
  readonly #graphs: Mutable<GraphFigures>[] = [];
  readonly #stages = new Map<string, number>();
  readonly #errors = new Set<string>();
  #verdict: { accepted: boolean; nodes: { name: string; opType: string }[] } | null = null;
  #complaints: string[] = [];
  #operator: LoggedOperator | null = null;
  #section: 'inputs' | 'outputs' | null = null;

  line(raw: string): void {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colour codes are what is looked for
    const line = raw.includes('\x1b') ? raw.replace(/\x1b\[[0-9;]*m/g, '') : raw;
    if (this.#readOperator(line) || this.#readVerdict(line) || this.#readFigures(line)) return;
    const build = /Backend build version: (\S+)/.exec(line);
    if (build) this.#build = build[1] as string;
    const complaint = QNN_ERROR.exec(line)?.[1]?.trim();
    if (complaint && !NO_REASON.test(complaint)) this.#complaints.push(complaint);
    const error = ERROR.exec(line)?.[1];
    if (error) this.#errors.add(error.replace(/^\S+\.cc:\d+ \S+\] /, '').trim());
  }

  finish(): CompileLog {
    this.#closeVerdict(null);
    for (const complaint of this.#complaints) this.#errors.add(complaint);
    return {
      build: this.#build, verdicts: [...new Set(this.#verdicts.values())], operators: [...this.#operators.values()],
      graphs: this.#graphs.filter(({ readBytes }) => readBytes >= 0), errors: [...this.#errors],
      stages: [...this.#stages].map(([stage, microseconds]) => ({ stage, microseconds })),
    };
  }

  /** An operator's line is followed by its tensors, each on a line. */
  #readOperator(line: string): boolean {
    const start = OPERATOR.exec(line);
    if (start) {
      this.#operator = { name: start[1] as string, opType: start[2] as string, inputs: [], outputs: [] };
      this.#operators.set(this.#operator.name, this.#operator);
      this.#section = null;
      return true;
    }
    if (!this.#operator) return false;
    if (/^ ?node_inputs:/.test(line)) this.#section = 'inputs';
    else if (/^ ?node_outputs:/.test(line)) this.#section = 'outputs';
    else if (/^ ?node_params:/.test(line) || line.startsWith('2')) this.#section = null;
    const tensor = this.#section && TENSOR.exec(line)?.[1];
    if (tensor && this.#section) this.#operator[this.#section].push(tensor);
    return Boolean(tensor);
  }

  #readVerdict(line: string): boolean {
    const start = VERDICT.exec(line);
    if (start) {
      this.#closeVerdict(null);
      this.#verdict = { accepted: start[1] === 'PASSED', nodes: [] };
      return true;
    }
    if (!this.#verdict) return false;
    const node = VERDICT_NODE.exec(line);
    if (node) {
      this.#verdict.nodes.push({ opType: node[1] as string, name: node[2] as string });
      return true;
    }
    const reason = REASON.exec(line)?.[1];
    this.#closeVerdict(reason ?? null);
    return reason !== undefined;
  }

  /** The validator's complaints since the last verdict belong to this one. */
  #closeVerdict(reason: string | null): void {
    if (!this.#verdict) return;
    const { accepted, nodes } = this.#verdict;
    const verdict = { accepted, nodes, reason: accepted ? null : wording(reason, this.#complaints) };
    for (const { name } of nodes) this.#verdicts.set(name, verdict);
    this.#verdict = null;
    this.#complaints = [];
  }

  #readFigures(line: string): boolean {
    const option = GRAPH_OPTION.exec(line);
    const bytes = option ? null : BANDWIDTH.exec(line);
    const stage = option || bytes ? null : STAGE.exec(line);
    const tiles = /\bnum_supertiles = (\d+)/.exec(line);
    if (option) this.#option(option[1] as string, option[2] as string);
    else if (bytes) this.#graph()[FIGURES[bytes[1] as keyof typeof FIGURES]] = Number(bytes[2]);
    else if (stage) this.#stages.set(stage[1] as string, (this.#stages.get(stage[1] as string) ?? 0) + Number(stage[2]));
    else if (tiles) this.#graph().supertiles = Number(tiles[1]);
    return Boolean(option ?? bytes ?? stage ?? tiles);
  }

  /** The first option of a graph begins it. */
  #option(name: string, value: string): void {
    if (name === 'enable_dlbc') this.#graphs.push({ ...UNMEASURED });
    if (name === 'vtcm_size') this.#graph().vtcmBytes = Number(value);
    if (name === 'hvx_threads' && Number(value) > 0) this.#graph().hvxThreads = Number(value);
    if (name === 'soc_type') this.#graph().socType = value;
  }

  #graph(): Mutable<GraphFigures> {
    const last = this.#graphs.at(-1);
    if (last) return last;
    const first = { ...UNMEASURED };
    this.#graphs.push(first);
    return first;
  }
}

const FIGURES = { spill_bytes: 'spillBytes', fill_bytes: 'fillBytes', write_total_bytes: 'writeBytes', read_total_bytes: 'readBytes' } as const;

const UNMEASURED: GraphFigures = { readBytes: -1, writeBytes: 0, spillBytes: 0, fillBytes: 0, supertiles: 0, vtcmBytes: null, hvxThreads: null, socType: null };

/** The provider's reason; the validator's complaints, without the tensor ids, where it is the one that says nothing. */
function wording(reason: string | null, complaints: readonly string[]): string | null {
  const said = [...new Set(complaints.map((text) => text.replace(/^\[\d+\] /, 'A tensor ')))];
  const own = (reason ?? '').replace(NOT_ASSIGNED, '').trim();
  if (said.length > 0 && (own === '' || GENERIC_REASON.test(own))) return said.join(' ');
  return own === '' ? null : own;
}
