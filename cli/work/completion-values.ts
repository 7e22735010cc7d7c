import { COMPRESSIONS } from '../../converters/compress/spec.ts';
import { ANE_CHIPS } from '../../converters/rules/ane-chips.ts';
import { OPENVINO_DEVICES } from '../../converters/openvino/unit-settings.ts';
import { HTP_SOCS } from '../../converters/rules/htp-socs.ts';
import { INTERPOLATIONS } from '../../reports/quality/interpolate.ts';
import { METRIC_GRAMMARS } from '../../reports/quality/metric.ts';

const HTP_CHIPS = HTP_SOCS.filter(({ hexagon, compilesW8a8 }) => hexagon >= 68 && compilesW8a8).map(({ chip }) => chip);

/** Targets by the names that people use most. */
export const TARGETS: readonly string[] = ['host', 'ane', ...new Set(ANE_CHIPS.map(({ chip }) => `ane:${chip.split(' ')[0]}`)), 'htp', ...HTP_CHIPS.map((chip) => `htp:${chip}`)];

/** Devices and executors. */
export const BENCH_DEVICES: readonly string[] = ['host', 'openvino', ...OPENVINO_DEVICES.map((device) => `openvino:${device}`), 'mac', 'android', ...HTP_CHIPS.flatMap((chip) => [`virtual:${chip}`, `emulator:${chip}`])];

/** Ways to compress, with a quarter where a share is asked for. */
export const COMPRESSION_SPECS: readonly string[] = COMPRESSIONS.map(({ form }) => form.replace('SHARE', '0.25'));

/** Metrics of quality that need no file. */
export const METRICS: readonly string[] = [...METRIC_GRAMMARS.map(({ example }) => example).filter((example) => !example.includes('.')), 'psnr:y:crop2:matlab', 'psnr:rgb', 'agree:top1', 'accuracy:top1'];

/** Interpolations beside models. */
export const BASELINES: readonly string[] = INTERPOLATIONS;

/** Steps of a degradation with their usual numbers. */
export const DEGRADATIONS: readonly string[] = ['bicubic', 'gaussian:1.2', 'noise:5', 'jpeg:75', 'chain'];
