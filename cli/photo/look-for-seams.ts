import { SeamMap } from '../../reports/photo/seam-map.ts';
import { measureSeams, type SeamReport, type SeamRequest, seamPlaces, someOf } from '../../reports/photo/seams.ts';
import type { PhotoRequest } from './photo-request.ts';

/** Places that are looked at where nobody asks for more. */
const SAMPLE = 16;

/** Runs tiles across borders between tiles, compares, and draws the map that was asked for. Null where nobody wants to know. */
export async function lookForSeams({ seams, seamMap }: PhotoRequest, request: Omit<SeamRequest, 'places' | 'onPixel'>): Promise<SeamReport | null> {
  if (seams === 'off' && seamMap === null) return null;
  const all = seamPlaces(request.plan);
  const places = seams === 'all' || seamMap !== null ? all : someOf(all, SAMPLE);
  if (seamMap === null) return measureSeams({ ...request, places });
  const map = new SeamMap(request.target.header);
  const report = await measureSeams({ ...request, places, onPixel: (x, y, levels) => map.add(x, y, levels) });
  await map.write(seamMap);
  return report;
}
