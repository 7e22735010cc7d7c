import { expect, test } from 'vitest';
import { UserError } from '../../../models/contracts/index.ts';
import { explainProtocol, formatProtocol, parseProtocol, protocolUnit } from '../../../reports/quality/index.ts';

test.each([
  ['psnr', 'psnr:y:crop:matlab'],
  ['psnr:y:crop2:matlab', 'psnr:y:crop2:matlab'],
  ['PSNR:RGB:crop4:pil', 'psnr:rgb:crop4:pil'],
  ['ssim:crop2:y', 'ssim:y:crop2:matlab'],
  ['psnr:matlab-clamp:yround', 'psnr:y:crop:matlab-clamp:yround'],
  ['psnr:yfloat:round8:topleft:grayconvert', 'psnr:y:crop:matlab'],
  ['psnr:y:srcnn', 'psnr:y:crop:srcnn:yround'],
  ['quicksrnet', 'psnr:y:crop0:matlab-trunc:float:center'],
  ['psnr:y:crop0:grayraw:center:float', 'psnr:y:crop0:matlab:float:center:grayraw'],
])('%s is %s', (text, canonical) => {
  const protocol = parseProtocol(text);
  expect(formatProtocol(protocol)).toBe(canonical);
  expect(parseProtocol(canonical)).toEqual(protocol);
});

test.each([
  ['', /"" is not a metric/],
  ['lpips:y', /"lpips" is not a metric/],
  ['psnr:z', /"z" is not known/],
  ['psnr:crop-2', /"crop-2"/],
  ['psnr:y:rgb', /"rgb" sets channel a second time/],
  ['psnr:crop2:crop4', /"crop4" sets crop/],
  ['psnr:rgb:srcnn', /luma protocol/],
  ['ssim:rgb:yround', /needs the luma channel/],
  ['psnr:toString', /"tostring" is not known/],
  ['psnr:constructor', /not known/],
  ['psnr:', /"" is not known/],
])('%s is refused', (text, message) => {
  expect(() => parseProtocol(text)).toThrow(message);
  expect(() => parseProtocol(text)).toThrow(UserError);
});

test('the explanation names everything the value depends on', () => {
  const text = explainProtocol(parseProtocol('psnr:y:crop2:matlab:yround:center:grayraw'));
  for (const part of [
    /peak 255/,
    /luma, rounded/,
    /2 pixels cut/,
    /rounded and clamped to 8 bits/,
    /MATLAB imresize/,
    /mirrored/,
    /centre/,
    /grey files keep/,
  ])
    expect(text).toMatch(part);
  expect(explainProtocol(parseProtocol('ssim:rgb:pil:float'))).toMatch(/11×11.*mean of red.*as the scale.*neither rounded.*Pillow/);
  expect(protocolUnit(parseProtocol('psnr'))).toBe('dB');
  expect(protocolUnit(parseProtocol('ssim'))).toBe('');
});
