import Foundation

/// What runs models: Core ML in the app, something scripted in tests. Called from one thread.
public protocol ModelRuntime: AnyObject {
  /// Compiles a package or `.mlmodel` to the folder `target`, which is not there yet.
  func compile(_ source: URL, to target: URL) throws
  func load(_ compiled: URL, function: String?, unit: ComputeUnit) throws -> LoadedModel
  func plan(_ compiled: URL, function: String?, unit: ComputeUnit) throws -> [PlanOperation]
  /// The pixels of a picture file as RGBA, in its own colours.
  func decode(_ file: URL, width: Int, height: Int) throws -> Pixels
}

public protocol LoadedModel: AnyObject {
  /// Takes the inputs over, so that `predict` does nothing else. How each lies in memory.
  func prepare(_ feeds: [NamedFeed]) throws -> [MemoryForm]
  func predict() throws
  /// Of the last prediction.
  func outputs() throws -> [OutputValue]
  /// After a first prediction: makes room for outputs of its sizes, so that later ones need none.
  func reserveOutputs() throws
  /// How the outputs of the last prediction lie in memory.
  func outputForms() throws -> [MemoryForm]
  func tilePipeline(_ step: PhotoStep, photo: Pixels) throws -> TilePipeline
}

/// One tile at a time: pixels to the model's input, prediction, output to pixels.
public protocol TilePipeline: AnyObject {
  func prepare(_ tile: Tile) throws
  func predict() throws
  func read(_ tile: Tile, into canvas: Pixels) throws
}

public protocol Phone: AnyObject {
  var thermal: Thermal { get }
  var lowPowerMode: Bool { get }
  var battery: Battery { get }
  /// `phys_footprint` of this process.
  var footprintBytes: Int { get }
  /// Processor time of this process, all threads.
  var cpuSeconds: Double { get }
  /// Space left for files; nil where the system does not tell.
  var freeBytes: Int? { get }
}

public protocol RunnerClock: AnyObject {
  /// Milliseconds of a clock that only goes forward.
  func nowMs() -> Double
  func date() -> Date
  func sleep(ms: Double)
}

public struct NamedFeed {
  public let input: String
  public let value: FeedValue

  public init(input: String, value: FeedValue) {
    self.input = input
    self.value = value
  }
}

/// Bytes without gaps, rows last.
public enum FeedValue {
  case array(dtype: ArrayDtype, dims: [Int], memory: ArrayFeedMemory, bytes: Data)
  case pixels(format: PixelsFeedFormat, width: Int, height: Int, bytes: Data)
}

public struct OutputValue {
  public let name: String
  public let dtype: ArrayDtype
  public let dims: [Int]
  public let bytes: Data

  public init(name: String, dtype: ArrayDtype, dims: [Int], bytes: Data) {
    self.name = name
    self.dtype = dtype
    self.dims = dims
    self.bytes = bytes
  }
}

extension ArrayDtype {
  public var bytesPerElement: Int {
    switch self {
    case .float64: return 8
    case .float32, .int32: return 4
    case .float16: return 2
    case .int8, .uint8: return 1
    }
  }
}

extension PixelsFeedFormat {
  public var bytesPerPixel: Int {
    switch self {
    case .bgra8: return 4
    case .gray16f: return 2
    case .gray8: return 1
    }
  }
}

extension Thermal {
  /// Whether it is known to be `limit` or cooler.
  public func isAtMost(_ limit: Thermal) -> Bool {
    guard let own = heat, let most = limit.heat else { return false }
    return own <= most
  }

  /// The hotter of two; what is unknown counts for nothing.
  public func hotter(_ other: Thermal) -> Thermal {
    return (other.heat ?? -1) > (heat ?? -1) ? other : self
  }

  private var heat: Int? {
    switch self {
    case .nominal: return 0
    case .fair: return 1
    case .serious: return 2
    case .critical: return 3
    case .unknown: return nil
    }
  }
}

/// Objects that Core ML leaves to a pool are let go at the end of `body`.
func pooled<Result>(_ body: () throws -> Result) rethrows -> Result {
#if canImport(ObjectiveC)
  return try autoreleasepool(invoking: body)
#else
  return try body()
#endif
}
