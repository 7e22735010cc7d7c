import CoreGraphics
import Foundation
import ImageIO
import RunnerCore

/// The pixels of a picture file as RGBA, in the picture's own colour space where it is RGB, so that bytes are not converted.
func decodePicture(_ file: URL, width: Int, height: Int) throws -> Pixels {
  guard let source = CGImageSourceCreateWithURL(file as CFURL, nil), let image = CGImageSourceCreateImageAtIndex(source, 0, nil) else {
    throw StepError(.picture, "The picture cannot be decoded.")
  }
  guard image.width == width && image.height == height else {
    throw StepError(.picture, "The picture has \(image.width)×\(image.height) pixels, and the batch says \(width)×\(height).")
  }
  let pixels = Pixels(width: width, height: height)
  var space = CGColorSpaceCreateDeviceRGB()
  if let own = image.colorSpace, own.model == .rgb { space = own }
  guard let context = CGContext(
    data: pixels.start, width: width, height: height, bitsPerComponent: 8, bytesPerRow: 4 * width, space: space,
    bitmapInfo: CGImageAlphaInfo.noneSkipLast.rawValue
  ) else { throw StepError(.picture, "No memory to decode the picture into.") }
  context.draw(image, in: CGRect(x: 0, y: 0, width: width, height: height))
  return pixels
}
