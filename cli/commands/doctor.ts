import { iphoneChecks } from '../../device-harness/index.ts';
import { EXIT } from '../exit-codes.ts';
import type { Handler } from '../program/bind.ts';
import type { Session } from '../session.ts';
import { formatTable } from '../ui/table.ts';
import { CHECKS, type Diagnosis, type Surroundings } from '../work/diagnose.ts';
import { diagnosePython } from '../work/diagnose-python.ts';
import { oneStep } from '../work/one-step.ts';

interface DoctorOptions {
  /** Also compiles a model. */
  readonly deep?: boolean;
  /** Of the QNN SDK's scripts. */
  readonly python?: string;
}

type Row = Diagnosis & { readonly title: string };

/** What each word after `dyno doctor` looks at besides the host. */
const PARTS: Readonly<Record<string, (surroundings: Surroundings, options: DoctorOptions, session: Session) => Promise<readonly Row[]>>> = {
  android: async (surroundings) => (await import('../work/diagnose-android.ts')).diagnoseAndroid(surroundings),
  iphone: async ({ env }) => (await iphoneChecks(env)).map(({ what, ok, text, fix }) => ({ title: what, state: ok === null ? 'optional' : ok ? 'ok' : 'missing', found: text, fix })),
  openvino: async (surroundings) => (await import('../work/diagnose-openvino.ts')).diagnoseOpenVino(surroundings),
  qnn: async (surroundings, { python }, session) => (await import('../work/diagnose-qnn.ts')).diagnoseQnn(surroundings, (await session.resolve()).config.phone.sdk, python ?? null),
};

/** `dyno doctor [android|iphone|openvino|qnn]`: whether everything is in place. Exit 2 where something that is needed is not. */
export const doctor: Handler<DoctorOptions> = async ([what], options, session) => {
  const { style } = session;
  const part = what === undefined ? null : PARTS[what];
  const results = await oneStep(session, 'doctor', 'Look around', async ({ progress }) => {
    const surroundings = { cwd: session.io.cwd(), env: session.io.env, signal: session.signal };
    const value = part ? await part(surroundings, options, session) : await lookAtHost(surroundings, options.deep === true, progress);
    return { value, summary: `${value.length} things looked at` };
  });
  const mark = { ok: style.green('ok'), missing: style.red('missing'), optional: style.yellow('optional') };
  const rows = results.map(({ title, state, found }) => [`  ${mark[state]}`, title, found]);
  const fixes = results.filter(({ fix }) => fix !== null).map(({ title, fix }) => `  ${style.cyan('→')} ${title}: ${fix as string}`);
  const broken = results.filter(({ state }) => state === 'missing').length;
  await session.present({
    json: { ok: broken === 0, checks: results },
    text: [
      formatTable([{ title: '' }, { title: '' }, { title: '' }], rows),
      ...(fixes.length > 0 ? ['', ...fixes] : []),
      '',
      broken === 0
        ? `Everything that ${what ?? 'the host'} needs is in place.`
        : style.red(`${broken} of ${results.length} checks found something missing.`),
    ].join('\n'),
  });
  return broken === 0 ? EXIT.ok : EXIT.couldNotRun;
};

async function lookAtHost(surroundings: Surroundings, deep: boolean, progress: (note: string) => void): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const { title, run } of CHECKS) {
    progress(title);
    const diagnosis = await run(surroundings).catch(
      (error: Error): Diagnosis => ({ state: 'missing', found: error.message, fix: 'Run dyno doctor -v and report what it prints.' }),
    );
    rows.push({ title, ...diagnosis });
  }
  progress('Python and what it brings');
  return [...rows, ...(await diagnosePython(surroundings, deep))];
}
