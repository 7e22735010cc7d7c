import Foundation

public typealias OSType = UInt32
public typealias CFDictionary = [String: Any]
public typealias CFString = String
public typealias CFAllocator = Int
public typealias CVReturn = Int32
public final class CVBuffer {}
public typealias CVPixelBuffer = CVBuffer

public struct CVPixelBufferLockFlags: OptionSet {
  public let rawValue: UInt64
  public init(rawValue: UInt64) { self.rawValue = rawValue }
  public static let readOnly = CVPixelBufferLockFlags(rawValue: 1)
}

public let kCFAllocatorDefault: CFAllocator? = nil
public let kCVReturnSuccess: CVReturn = 0
public let kCVPixelBufferIOSurfacePropertiesKey: CFString = "IOSurfaceProperties"
public var kCVPixelFormatType_32BGRA: OSType { return 1 }
public var kCVPixelFormatType_OneComponent8: OSType { return 2 }
public var kCVPixelFormatType_OneComponent16Half: OSType { return 3 }

@discardableResult
public func CVPixelBufferCreate(_: CFAllocator?, _: Int, _: Int, _: OSType, _: CFDictionary?, _: UnsafeMutablePointer<CVPixelBuffer?>) -> CVReturn { fatalError() }
@discardableResult
public func CVPixelBufferLockBaseAddress(_: CVPixelBuffer, _: CVPixelBufferLockFlags) -> CVReturn { fatalError() }
@discardableResult
public func CVPixelBufferUnlockBaseAddress(_: CVPixelBuffer, _: CVPixelBufferLockFlags) -> CVReturn { fatalError() }
public func CVPixelBufferGetBaseAddress(_: CVPixelBuffer) -> UnsafeMutableRawPointer? { fatalError() }
public func CVPixelBufferGetBytesPerRow(_: CVPixelBuffer) -> Int { fatalError() }
public func CVPixelBufferGetWidth(_: CVPixelBuffer) -> Int { fatalError() }
public func CVPixelBufferGetHeight(_: CVPixelBuffer) -> Int { fatalError() }
public func CVPixelBufferGetPixelFormatType(_: CVPixelBuffer) -> OSType { fatalError() }
