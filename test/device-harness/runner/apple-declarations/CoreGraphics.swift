import Foundation

public enum CGColorSpaceModel: Int32 { case unknown = -1, monochrome, rgb, cmyk }
public final class CGColorSpace { public var model: CGColorSpaceModel { fatalError() } }
public func CGColorSpaceCreateDeviceRGB() -> CGColorSpace { fatalError() }
public enum CGImageAlphaInfo: UInt32 { case none, premultipliedLast, premultipliedFirst, last, first, noneSkipLast, noneSkipFirst }

public final class CGImage {
  public var width: Int { fatalError() }
  public var height: Int { fatalError() }
  public var colorSpace: CGColorSpace? { fatalError() }
}

public final class CGContext {
  public init?(data: UnsafeMutableRawPointer?, width: Int, height: Int, bitsPerComponent: Int, bytesPerRow: Int, space: CGColorSpace, bitmapInfo: UInt32) { fatalError() }
  public func draw(_: CGImage, in: CGRect) {}
}
