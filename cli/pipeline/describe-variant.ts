import { statSync } from 'node:fs';
import { maxRank, modelCost } from '../../models/graph/index.ts';
import type { ReportVariant } from '../../reports/model/report.ts';
import { openModel } from '../work/open-model.ts';

type Told = Pick<ReportVariant, 'id' | 'title' | 'model' | 'target' | 'precision' | 'file' | 'sha256'>;

/** A variant as reports hold it: what is told of it, and what its file shows. */
export function describeVariant(path: string, told: Told): ReportVariant {
  const { model, close } = openModel(path);
  const { macs, parameters, nodes } = modelCost(model);
  const highest = maxRank(model);
  close();
  return { ...told, bytes: statSync(path).size, nodes, parameters, macs, maxRank: highest };
}
