import { join } from 'node:path';
import { writeFileSafely } from '../../write-file.ts';
import type { GateOutput } from '../outputs.ts';
import { REPORT_FILES, renderings } from '../render-report.ts';
import type { Step } from '../step.ts';

/** Writes the report in every form into the run directory, and copies where the config wants them. */
export function reportStep(directory: string, copies: Readonly<Partial<Record<string, string>>>): Step {
  return {
    id: 'report',
    kind: 'report',
    title: 'Write the report',
    needs: ['gate'],
    essential: true,
    key: { copies },
    async run({ input }) {
      const { report } = input<GateOutput>('gate');
      const forms = renderings(report, directory);
      for (const [kind, name] of Object.entries(REPORT_FILES)) writeFileSafely(join(directory, name), forms[kind]?.() ?? '');
      for (const [kind, path] of Object.entries(copies)) if (path !== undefined) writeFileSafely(path, forms[kind]?.() ?? '');
      return { output: { files: [...Object.values(REPORT_FILES)] }, summary: Object.values(REPORT_FILES).join(', ') };
    },
  };
}
