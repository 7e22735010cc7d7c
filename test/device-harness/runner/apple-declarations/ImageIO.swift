import CoreGraphics
import Foundation

public typealias CFURL = URL
public typealias CFDictionary = [String: Any]
public final class CGImageSource {}
public func CGImageSourceCreateWithURL(_: CFURL, _: CFDictionary?) -> CGImageSource? { fatalError() }
public func CGImageSourceCreateImageAtIndex(_: CGImageSource, _: Int, _: CFDictionary?) -> CGImage? { fatalError() }
