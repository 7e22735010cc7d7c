import type { ReportCrop } from '../../../model/report.ts';
import { CROP_WORDS } from '../../words.ts';
import { type Markup, markup, type Piece } from '../markup.ts';
import { quiet } from '../parts.ts';
import type { View } from '../view.ts';

type CropView = ReportCrop['views'][number];
type Url = string | null;

/** Bytes of pictures that a page may carry; crops beyond are left to their files. */
const MOST_BYTES = 4_500_000;

/** Pieces of images: without script all views and difference maps side by side; the script builds slider, blink and zoom from them. */
export function imageCompare(view: View): Markup | null {
  let room = MOST_BYTES;
  const shown: Markup[] = [];
  for (const crop of view.report.crops) {
    const views = merged(crop);
    const pictures = views.map(({ cropView }) => view.picture(cropView.picture.path));
    const maps = views.map(({ cropView }) => cropView.difference && view.picture(cropView.difference.path));
    room -= [...pictures, ...maps].reduce((sum, url) => sum + (url?.length ?? 0), 0);
    if (room < 0 || pictures.every((url) => url === null)) continue;
    shown.push(cropFigure(crop, views, pictures, maps));
  }
  if (shown.length === 0) return null;
  const left = view.report.crops.length - shown.length;
  return markup`<h3>Pieces to look at</h3>${shown}${left > 0 ? markup`<p class="quiet">${left} more in the run’s folder.</p>` : null}`;
}

interface MergedView {
  readonly cropView: CropView;
  /** All variants with these very pixels. */
  readonly names: readonly string[];
}

function merged(crop: ReportCrop): MergedView[] {
  const byPixels = new Map<string, { cropView: CropView; names: string[] }>();
  for (const cropView of crop.views) {
    const known = byPixels.get(cropView.picture.sha256);
    if (known) known.names.push(cropView.variant);
    else byPixels.set(cropView.picture.sha256, { cropView, names: [cropView.variant] });
  }
  return [...byPixels.values()];
}

function cropFigure(crop: ReportCrop, views: readonly MergedView[], pictures: readonly Url[], maps: readonly Url[]): Markup {
  const { image, x, y, width, height, reason, of, against, differenceScale: levels } = crop;
  const scaleName = `Colour scale from dark, no difference, to bright, ${levels} levels or more`;
  return markup`<figure class="crop"><figcaption><strong>${image}</strong> <span class="tag">${CROP_WORDS[reason]}${of !== undefined && ` of ${of}`}${against !== undefined && ` against ${against}`}</span>
${quiet(`${width} × ${height} pixels at (${x}, ${y})`)}</figcaption>
<div class="compare" data-width="${width}" data-height="${height}" hidden></div>
<div class="views">${views.map((merge, i) => cell(crop, merge, pictures[i] ?? null, maps[i] ?? null))}</div>
<div class="scale"><span>0</span><span class="ramp" role="img" aria-label="${scaleName}"></span>
<span>${levels} of 255 levels and more</span></div></figure>`;
}

function cell(crop: ReportCrop, { cropView, names }: MergedView, picture: Url, map: Url): Markup | null {
  if (picture === null) return null;
  const label = names.join(' = ');
  const size = markup`width="${crop.width}" height="${crop.height}"`;
  const difference = map === null
    ? markup`<div class="no-map">the original</div>`
    : markup`<img class="difference" src="${map}" alt="difference of ${label} to the original" ${size}>`;
  return markup`<div class="view" data-label="${label}"><img class="picture" src="${picture}" alt="${label}" ${size}>
${difference}<p>${names.map((name, i) => [i > 0 && quiet(' = '), name])}${figures(cropView)}</p></div>`;
}

function figures({ psnr, difference }: CropView): Piece {
  if (psnr === null) return null;
  return [markup`<br>`, quiet(`${psnr.toFixed(2)} dB here${difference ? `, at most ${difference.maxLevels} levels off` : ''}`)];
}
