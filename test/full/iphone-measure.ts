import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { openIphones } from '../../device-harness/devices/iphone/open-iphones.ts';
import { type FinishedBlock, runSchedule } from '../../device-harness/index.ts';
import { PLAN_DEFAULTS } from '../../device-harness/method/plan.ts';
import { QUICK, witnessVariant } from '../device-harness/devices/iphone/phone-lab.ts';

/** Eight rounds of one package on one phone; what is finished is written down, and is not asked for again. The test kills this process. */
const [udid = '', folder = '', written = ''] = process.argv.slice(2);
const finished = existsSync(written) ? readFileSync(written, 'utf8').trim().split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as FinishedBlock) : [];
const [phone] = await openIphones([{ kind: 'iphone', id: udid }], { environment: process.env, folder, patienceMs: 20_000, blocksPerBatch: 8 });
if (!phone) throw new Error('no phone');
await runSchedule(phone.device, {
  ...PLAN_DEFAULTS, ...QUICK, id: 'bench', variants: [await witnessVariant('conv_depthwise', 'slow')], units: ['ane'], minRounds: 8, maxRounds: 8,
}, { emit: () => undefined, finished, onBlock: (report) => appendFileSync(written, `${JSON.stringify(report)}\n`) });
await phone.close();
process.disconnect();
