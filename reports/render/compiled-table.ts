import { formatBytes } from '../model/format.ts';
import type { Report, ReportCompiled, ReportQuality } from '../model/report.ts';
import { count } from './words.ts';

/** What a vendor's compiler made of all variants for one chip. */
export interface CompiledTable {
  readonly target: string;
  readonly generation: string;
  /** Versions of the compiler, in words. */
  readonly tools: string;
  /** Protocol of the quality shown, null where none was emulated. */
  readonly protocol: string | null;
  readonly rows: readonly CompiledRow[];
}

export interface CompiledRow {
  readonly record: ReportCompiled;
  readonly whole: boolean;
  /** DDR bytes of one inference. */
  readonly traffic: number | null;
  /** The first variant of the same model that was compiled for the chip, and traffic over its traffic; null for that one, and where either has none. */
  readonly against: { readonly variant: string; readonly ratio: number } | null;
  /** On the emulated chip, and in ONNX Runtime. */
  readonly emulated: ReportQuality | null;
  readonly computed: ReportQuality | null;
}

/** A table for each chip, in the order compiled. */
export function compiledTables({ compiled = [], quality, variants }: Report): CompiledTable[] {
  return [...new Set(compiled.map(({ target }) => target))].map((target) => {
    const records = compiled.filter((record) => record.target === target);
    const executor = target.replace(/^htp:/, 'emulator:');
    const scores = quality.filter((q) => q.executor === executor);
    const protocol = (scores.find(({ unit }) => unit === 'dB') ?? scores[0])?.protocol ?? null;
    const score = (variant: string, on: string): ReportQuality | null => quality.find((q) => q.variant === variant && q.executor === on && q.protocol === protocol) ?? null;
    const modelOf = (id: string): string | null => variants.find((variant) => variant.id === id)?.model ?? null;
    const [first] = records as [ReportCompiled, ...ReportCompiled[]];
    return {
      target, generation: first.generation, tools: toolsText(first), protocol,
      rows: records.map((record) => ({
        record, whole: record.failure === null && record.segments === 1 && record.cpuNodes === 0,
        traffic: trafficOf(record), against: againstBase(record, records.find(({ variant }) => modelOf(variant) === modelOf(record.variant))),
        emulated: score(record.variant, executor), computed: score(record.variant, 'host'),
      })),
    };
  });
}

function trafficOf({ traffic }: ReportCompiled): number | null {
  return traffic && traffic.readBytes + traffic.writeBytes;
}

function againstBase(record: ReportCompiled, base: ReportCompiled | undefined): CompiledRow['against'] {
  const [own, before] = [trafficOf(record), base ? trafficOf(base) : null];
  return !base || base === record || own === null || !before ? null : { variant: base.variant, ratio: own / before };
}

/** `one graph`, `2 graphs, 3 nodes on the CPU`, or that there is none. */
export function placementText({ record: { segments, cpuNodes, onCpu, failure }, whole }: CompiledRow): string {
  if (failure !== null) return 'no graph came out';
  if (whole) return 'one graph';
  const onlyFaces = onCpu.length > 0 && onCpu.every(({ opType }) => opType === 'QuantizeLinear' || opType === 'DequantizeLinear');
  if (segments === 1 && onlyFaces) return 'one graph, face on the CPU';
  return segments === 0 ? 'all on the CPU' : `${count(segments, 'graph')}, ${count(cpuNodes, 'node')} on the CPU`;
}

/** Traffic over what must cross the bus at least: `3.8×`. */
export function timesText(traffic: number | null, least: number | undefined): string {
  return traffic === null || !least ? '–' : `${(traffic / least).toFixed(2)}×`;
}

export function bytesText(bytes: number | null | undefined): string {
  return bytes === null || bytes === undefined ? '–' : formatBytes(bytes);
}

/** `72.9 dB`, `equal`, `–` where nothing was compared. */
export function verifiedText({ record: { verified } }: CompiledRow): string {
  if (!verified) return '–';
  return verified.db === null ? 'equal' : `${verified.db.toFixed(1)} dB`;
}

function toolsText({ tools }: ReportCompiled): string {
  const { qairt, ...packages } = tools;
  return [...(qairt === undefined ? [] : [`QAIRT ${qairt}`]), ...Object.entries(packages).map(([name, version]) => `${name} ${version}`)].join(', ');
}
