// Made by device-harness/runner/generate-swift.ts from the schemas in device-harness/runner/contract, which say what each field means.
import Foundation

public let runnerVersion = "0.1.0"
public let runnerBundleId = "com.npu-dyno.runner"
public let mostPartBytes = 8388608

public enum ComputeUnit: String, Codable, CaseIterable, Sendable {
  case all
  case cpu
  case gpu
  case ane
}

public enum Processor: String, Codable, CaseIterable, Sendable {
  case cpu
  case gpu
  case ane
}

public enum Thermal: String, Codable, CaseIterable, Sendable {
  case nominal
  case fair
  case serious
  case critical
  case unknown
}

public enum ArrayDtype: String, Codable, CaseIterable, Sendable {
  case float16
  case float32
  case float64
  case int32
  case int8
  case uint8
}

public enum OutputsWanted: String, Codable, CaseIterable, Sendable {
  case none
  case hashes
  case files
}

public struct Part: Codable, Equatable, Sendable {
  public var name: String
  public var bytes: Int

  public init(name: String, bytes: Int) {
    self.name = name
    self.bytes = bytes
  }
}

public struct BlobFile: Codable, Equatable, Sendable {
  public var path: String
  public var bytes: Int
  public var sha256: String
  public var parts: [Part]

  public init(path: String, bytes: Int, sha256: String, parts: [Part]) {
    self.path = path
    self.bytes = bytes
    self.sha256 = sha256
    self.parts = parts
  }
}

public enum PartManifestKind: String, Codable, CaseIterable, Sendable {
  case file
  case package
}

public struct PartManifest: Codable, Equatable, Sendable {
  public let schema = 1
  public var sha256: String
  public var kind: PartManifestKind
  public var name: String
  public var files: [BlobFile]

  public init(sha256: String, kind: PartManifestKind, name: String, files: [BlobFile]) {
    self.sha256 = sha256
    self.kind = kind
    self.name = name
    self.files = files
  }

  private enum CodingKeys: String, CodingKey {
    case schema, sha256, kind, name, files
  }

  public init(from decoder: Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    guard try container.decode(Int.self, forKey: .schema) == 1 else {
      throw DecodingError.dataCorruptedError(forKey: .schema, in: container, debugDescription: "schema is not 1")
    }
    sha256 = try container.decode(String.self, forKey: .sha256)
    kind = try container.decode(PartManifestKind.self, forKey: .kind)
    name = try container.decode(String.self, forKey: .name)
    files = try container.decode([BlobFile].self, forKey: .files)
  }

  public func encode(to encoder: Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(schema, forKey: .schema)
    try container.encode(sha256, forKey: .sha256)
    try container.encode(kind, forKey: .kind)
    try container.encode(name, forKey: .name)
    try container.encode(files, forKey: .files)
  }
}

public enum ArrayFeedMemory: String, Codable, CaseIterable, Sendable {
  case packed
  case aligned
}

public struct ArrayFeed: Codable, Equatable, Sendable {
  public let type = "array"
  public var input: String
  public var blob: String
  public var dtype: ArrayDtype
  public var dims: [Int]
  public var memory: ArrayFeedMemory

  public init(input: String, blob: String, dtype: ArrayDtype, dims: [Int], memory: ArrayFeedMemory) {
    self.input = input
    self.blob = blob
    self.dtype = dtype
    self.dims = dims
    self.memory = memory
  }

  private enum CodingKeys: String, CodingKey {
    case type, input, blob, dtype, dims, memory
  }

  public init(from decoder: Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    guard try container.decode(String.self, forKey: .type) == "array" else {
      throw DecodingError.dataCorruptedError(forKey: .type, in: container, debugDescription: "type is not array")
    }
    input = try container.decode(String.self, forKey: .input)
    blob = try container.decode(String.self, forKey: .blob)
    dtype = try container.decode(ArrayDtype.self, forKey: .dtype)
    dims = try container.decode([Int].self, forKey: .dims)
    memory = try container.decode(ArrayFeedMemory.self, forKey: .memory)
  }

  public func encode(to encoder: Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(type, forKey: .type)
    try container.encode(input, forKey: .input)
    try container.encode(blob, forKey: .blob)
    try container.encode(dtype, forKey: .dtype)
    try container.encode(dims, forKey: .dims)
    try container.encode(memory, forKey: .memory)
  }
}

public enum PixelsFeedFormat: String, Codable, CaseIterable, Sendable {
  case bgra8
  case gray8
  case gray16f
}

public struct PixelsFeed: Codable, Equatable, Sendable {
  public let type = "pixels"
  public var input: String
  public var blob: String
  public var format: PixelsFeedFormat
  public var width: Int
  public var height: Int

  public init(input: String, blob: String, format: PixelsFeedFormat, width: Int, height: Int) {
    self.input = input
    self.blob = blob
    self.format = format
    self.width = width
    self.height = height
  }

  private enum CodingKeys: String, CodingKey {
    case type, input, blob, format, width, height
  }

  public init(from decoder: Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    guard try container.decode(String.self, forKey: .type) == "pixels" else {
      throw DecodingError.dataCorruptedError(forKey: .type, in: container, debugDescription: "type is not pixels")
    }
    input = try container.decode(String.self, forKey: .input)
    blob = try container.decode(String.self, forKey: .blob)
    format = try container.decode(PixelsFeedFormat.self, forKey: .format)
    width = try container.decode(Int.self, forKey: .width)
    height = try container.decode(Int.self, forKey: .height)
  }

  public func encode(to encoder: Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(type, forKey: .type)
    try container.encode(input, forKey: .input)
    try container.encode(blob, forKey: .blob)
    try container.encode(format, forKey: .format)
    try container.encode(width, forKey: .width)
    try container.encode(height, forKey: .height)
  }
}

public enum PixelFaceLayout: String, Codable, CaseIterable, Sendable {
  case NCHW
  case NHWC
}

public enum PixelFaceDtype: String, Codable, CaseIterable, Sendable {
  case float16
  case float32
}

public enum PixelFaceOrder: String, Codable, CaseIterable, Sendable {
  case CRD
  case DCR
}

public struct PixelFace: Codable, Equatable, Sendable {
  public var channels: [Int]
  public var scale: [Double]
  public var bias: [Double]
  public var layout: PixelFaceLayout
  public var dtype: PixelFaceDtype
  public var block: Int
  public var order: PixelFaceOrder

  public init(channels: [Int], scale: [Double], bias: [Double], layout: PixelFaceLayout, dtype: PixelFaceDtype, block: Int, order: PixelFaceOrder) {
    self.channels = channels
    self.scale = scale
    self.bias = bias
    self.layout = layout
    self.dtype = dtype
    self.block = block
    self.order = order
  }
}

public enum PictureEncoding: String, Codable, CaseIterable, Sendable {
  case encoded
  case rgba8
}

public struct Picture: Codable, Equatable, Sendable {
  public var blob: String
  public var encoding: PictureEncoding
  public var width: Int
  public var height: Int

  public init(blob: String, encoding: PictureEncoding, width: Int, height: Int) {
    self.blob = blob
    self.encoding = encoding
    self.width = width
    self.height = height
  }
}

public struct PictureFeed: Codable, Equatable, Sendable {
  public let type = "picture"
  public var input: String
  public var picture: Picture
  public var face: PixelFace

  public init(input: String, picture: Picture, face: PixelFace) {
    self.input = input
    self.picture = picture
    self.face = face
  }

  private enum CodingKeys: String, CodingKey {
    case type, input, picture, face
  }

  public init(from decoder: Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    guard try container.decode(String.self, forKey: .type) == "picture" else {
      throw DecodingError.dataCorruptedError(forKey: .type, in: container, debugDescription: "type is not picture")
    }
    input = try container.decode(String.self, forKey: .input)
    picture = try container.decode(Picture.self, forKey: .picture)
    face = try container.decode(PixelFace.self, forKey: .face)
  }

  public func encode(to encoder: Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(type, forKey: .type)
    try container.encode(input, forKey: .input)
    try container.encode(picture, forKey: .picture)
    try container.encode(face, forKey: .face)
  }
}

public enum Feed: Codable, Equatable, Sendable {
  case array(ArrayFeed)
  case pixels(PixelsFeed)
  case picture(PictureFeed)

  private enum CodingKeys: String, CodingKey {
    case type
  }

  public init(from decoder: Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let type = try container.decode(String.self, forKey: .type)
    switch type {
    case "array": self = .array(try ArrayFeed(from: decoder))
    case "pixels": self = .pixels(try PixelsFeed(from: decoder))
    case "picture": self = .picture(try PictureFeed(from: decoder))
    default: throw DecodingError.dataCorruptedError(forKey: .type, in: container, debugDescription: "no Feed of type \(type)")
    }
  }

  public func encode(to encoder: Encoder) throws {
    switch self {
    case .array(let value): try value.encode(to: encoder)
    case .pixels(let value): try value.encode(to: encoder)
    case .picture(let value): try value.encode(to: encoder)
    }
  }
}

public struct PhotoArea: Codable, Equatable, Sendable {
  public var x: Int
  public var y: Int
  public var width: Int
  public var height: Int

  public init(x: Int, y: Int, width: Int, height: Int) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
  }
}

public struct Tile: Codable, Equatable, Sendable {
  public var x: Int
  public var y: Int
  public var keep: PhotoArea

  public init(x: Int, y: Int, keep: PhotoArea) {
    self.x = x
    self.y = y
    self.keep = keep
  }
}

public struct WarmUpRule: Codable, Equatable, Sendable {
  public var minRuns: Int
  public var minMs: Double
  public var maxMs: Double
  public var tolerance: Double

  public init(minRuns: Int, minMs: Double, maxMs: Double, tolerance: Double) {
    self.minRuns = minRuns
    self.minMs = minMs
    self.maxMs = maxMs
    self.tolerance = tolerance
  }
}

public struct TimedPart: Codable, Equatable, Sendable {
  public var minRuns: Int
  public var minMs: Double
  public var maxRuns: Int
  public var maxMs: Double

  public init(minRuns: Int, minMs: Double, maxRuns: Int, maxMs: Double) {
    self.minRuns = minRuns
    self.minMs = minMs
    self.maxRuns = maxRuns
    self.maxMs = maxMs
  }
}

public enum CoolDownRuleGate: String, Codable, CaseIterable, Sendable {
  case nominal
  case fair
  case serious
  case critical
}

public struct CoolDownRule: Codable, Equatable, Sendable {
  public var gate: CoolDownRuleGate
  public var maxWaitMs: Double
  public var totalWaitMs: Double
  public var pollMs: Double

  public init(gate: CoolDownRuleGate, maxWaitMs: Double, totalWaitMs: Double, pollMs: Double) {
    self.gate = gate
    self.maxWaitMs = maxWaitMs
    self.totalWaitMs = totalWaitMs
    self.pollMs = pollMs
  }
}

public struct RunnerModel: Codable, Equatable, Sendable {
  public var id: String
  public var blob: String
  public var function: String?
  public var feeds: [Feed]

  public init(id: String, blob: String, function: String?, feeds: [Feed]) {
    self.id = id
    self.blob = blob
    self.function = function
    self.feeds = feeds
  }

  private enum CodingKeys: String, CodingKey {
    case id, blob, function, feeds
  }

  public init(from decoder: Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    id = try container.decode(String.self, forKey: .id)
    blob = try container.decode(String.self, forKey: .blob)
    function = try container.decodeIfPresent(String.self, forKey: .function)
    feeds = try container.decode([Feed].self, forKey: .feeds)
  }

  public func encode(to encoder: Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(id, forKey: .id)
    try container.encode(blob, forKey: .blob)
    try container.encode(function, forKey: .function)
    try container.encode(feeds, forKey: .feeds)
  }
}

public struct BlockStep: Codable, Equatable, Sendable {
  public let type = "block"
  public var id: String
  public var model: String
  public var unit: ComputeUnit
  public var round: Int
  public var order: Int
  public var outputs: OutputsWanted

  public init(id: String, model: String, unit: ComputeUnit, round: Int, order: Int, outputs: OutputsWanted) {
    self.id = id
    self.model = model
    self.unit = unit
    self.round = round
    self.order = order
    self.outputs = outputs
  }

  private enum CodingKeys: String, CodingKey {
    case type, id, model, unit, round, order, outputs
  }

  public init(from decoder: Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    guard try container.decode(String.self, forKey: .type) == "block" else {
      throw DecodingError.dataCorruptedError(forKey: .type, in: container, debugDescription: "type is not block")
    }
    id = try container.decode(String.self, forKey: .id)
    model = try container.decode(String.self, forKey: .model)
    unit = try container.decode(ComputeUnit.self, forKey: .unit)
    round = try container.decode(Int.self, forKey: .round)
    order = try container.decode(Int.self, forKey: .order)
    outputs = try container.decode(OutputsWanted.self, forKey: .outputs)
  }

  public func encode(to encoder: Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(type, forKey: .type)
    try container.encode(id, forKey: .id)
    try container.encode(model, forKey: .model)
    try container.encode(unit, forKey: .unit)
    try container.encode(round, forKey: .round)
    try container.encode(order, forKey: .order)
    try container.encode(outputs, forKey: .outputs)
  }
}

public struct PlanStep: Codable, Equatable, Sendable {
  public let type = "plan"
  public var id: String
  public var model: String
  public var unit: ComputeUnit

  public init(id: String, model: String, unit: ComputeUnit) {
    self.id = id
    self.model = model
    self.unit = unit
  }

  private enum CodingKeys: String, CodingKey {
    case type, id, model, unit
  }

  public init(from decoder: Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    guard try container.decode(String.self, forKey: .type) == "plan" else {
      throw DecodingError.dataCorruptedError(forKey: .type, in: container, debugDescription: "type is not plan")
    }
    id = try container.decode(String.self, forKey: .id)
    model = try container.decode(String.self, forKey: .model)
    unit = try container.decode(ComputeUnit.self, forKey: .unit)
  }

  public func encode(to encoder: Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(type, forKey: .type)
    try container.encode(id, forKey: .id)
    try container.encode(model, forKey: .model)
    try container.encode(unit, forKey: .unit)
  }
}

public struct SustainedStep: Codable, Equatable, Sendable {
  public let type = "sustained"
  public var id: String
  public var model: String
  public var unit: ComputeUnit
  public var framesPerSecond: Double
  public var seconds: Double
  public var healthEveryMs: Int

  public init(id: String, model: String, unit: ComputeUnit, framesPerSecond: Double, seconds: Double, healthEveryMs: Int) {
    self.id = id
    self.model = model
    self.unit = unit
    self.framesPerSecond = framesPerSecond
    self.seconds = seconds
    self.healthEveryMs = healthEveryMs
  }

  private enum CodingKeys: String, CodingKey {
    case type, id, model, unit, framesPerSecond, seconds, healthEveryMs
  }

  public init(from decoder: Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    guard try container.decode(String.self, forKey: .type) == "sustained" else {
      throw DecodingError.dataCorruptedError(forKey: .type, in: container, debugDescription: "type is not sustained")
    }
    id = try container.decode(String.self, forKey: .id)
    model = try container.decode(String.self, forKey: .model)
    unit = try container.decode(ComputeUnit.self, forKey: .unit)
    framesPerSecond = try container.decode(Double.self, forKey: .framesPerSecond)
    seconds = try container.decode(Double.self, forKey: .seconds)
    healthEveryMs = try container.decode(Int.self, forKey: .healthEveryMs)
  }

  public func encode(to encoder: Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(type, forKey: .type)
    try container.encode(id, forKey: .id)
    try container.encode(model, forKey: .model)
    try container.encode(unit, forKey: .unit)
    try container.encode(framesPerSecond, forKey: .framesPerSecond)
    try container.encode(seconds, forKey: .seconds)
    try container.encode(healthEveryMs, forKey: .healthEveryMs)
  }
}

public enum PhotoInputForm: String, Codable, CaseIterable, Sendable {
  case image
  case loop
  case strided
  case metal
}

public struct PhotoInput: Codable, Equatable, Sendable {
  public var name: String
  public var form: PhotoInputForm
  public var face: PixelFace?

  public init(name: String, form: PhotoInputForm, face: PixelFace?) {
    self.name = name
    self.form = form
    self.face = face
  }

  private enum CodingKeys: String, CodingKey {
    case name, form, face
  }

  public init(from decoder: Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    name = try container.decode(String.self, forKey: .name)
    form = try container.decode(PhotoInputForm.self, forKey: .form)
    face = try container.decodeIfPresent(PixelFace.self, forKey: .face)
  }

  public func encode(to encoder: Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name, forKey: .name)
    try container.encode(form, forKey: .form)
    try container.encode(face, forKey: .face)
  }
}

public enum PhotoOutputForm: String, Codable, CaseIterable, Sendable {
  case image
  case loop
  case strided
}

public struct PhotoOutput: Codable, Equatable, Sendable {
  public var name: String
  public var form: PhotoOutputForm
  public var face: PixelFace?

  public init(name: String, form: PhotoOutputForm, face: PixelFace?) {
    self.name = name
    self.form = form
    self.face = face
  }

  private enum CodingKeys: String, CodingKey {
    case name, form, face
  }

  public init(from decoder: Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    name = try container.decode(String.self, forKey: .name)
    form = try container.decode(PhotoOutputForm.self, forKey: .form)
    face = try container.decodeIfPresent(PixelFace.self, forKey: .face)
  }

  public func encode(to encoder: Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name, forKey: .name)
    try container.encode(form, forKey: .form)
    try container.encode(face, forKey: .face)
  }
}

public struct PhotoStep: Codable, Equatable, Sendable {
  public let type = "photo"
  public var id: String
  public var model: String
  public var unit: ComputeUnit
  public var round: Int
  public var order: Int
  public var picture: Picture
  public var tileWidth: Int
  public var tileHeight: Int
  public var scale: Int
  public var input: PhotoInput
  public var output: PhotoOutput
  public var tiles: [Tile]
  public var outputs: OutputsWanted

  public init(id: String, model: String, unit: ComputeUnit, round: Int, order: Int, picture: Picture, tileWidth: Int, tileHeight: Int, scale: Int, input: PhotoInput, output: PhotoOutput, tiles: [Tile], outputs: OutputsWanted) {
    self.id = id
    self.model = model
    self.unit = unit
    self.round = round
    self.order = order
    self.picture = picture
    self.tileWidth = tileWidth
    self.tileHeight = tileHeight
    self.scale = scale
    self.input = input
    self.output = output
    self.tiles = tiles
    self.outputs = outputs
  }

  private enum CodingKeys: String, CodingKey {
    case type, id, model, unit, round, order, picture, tileWidth, tileHeight, scale, input, output, tiles, outputs
  }

  public init(from decoder: Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    guard try container.decode(String.self, forKey: .type) == "photo" else {
      throw DecodingError.dataCorruptedError(forKey: .type, in: container, debugDescription: "type is not photo")
    }
    id = try container.decode(String.self, forKey: .id)
    model = try container.decode(String.self, forKey: .model)
    unit = try container.decode(ComputeUnit.self, forKey: .unit)
    round = try container.decode(Int.self, forKey: .round)
    order = try container.decode(Int.self, forKey: .order)
    picture = try container.decode(Picture.self, forKey: .picture)
    tileWidth = try container.decode(Int.self, forKey: .tileWidth)
    tileHeight = try container.decode(Int.self, forKey: .tileHeight)
    scale = try container.decode(Int.self, forKey: .scale)
    input = try container.decode(PhotoInput.self, forKey: .input)
    output = try container.decode(PhotoOutput.self, forKey: .output)
    tiles = try container.decode([Tile].self, forKey: .tiles)
    outputs = try container.decode(OutputsWanted.self, forKey: .outputs)
  }

  public func encode(to encoder: Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(type, forKey: .type)
    try container.encode(id, forKey: .id)
    try container.encode(model, forKey: .model)
    try container.encode(unit, forKey: .unit)
    try container.encode(round, forKey: .round)
    try container.encode(order, forKey: .order)
    try container.encode(picture, forKey: .picture)
    try container.encode(tileWidth, forKey: .tileWidth)
    try container.encode(tileHeight, forKey: .tileHeight)
    try container.encode(scale, forKey: .scale)
    try container.encode(input, forKey: .input)
    try container.encode(output, forKey: .output)
    try container.encode(tiles, forKey: .tiles)
    try container.encode(outputs, forKey: .outputs)
  }
}

public enum Step: Codable, Equatable, Sendable {
  case block(BlockStep)
  case plan(PlanStep)
  case sustained(SustainedStep)
  case photo(PhotoStep)

  private enum CodingKeys: String, CodingKey {
    case type
  }

  public init(from decoder: Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let type = try container.decode(String.self, forKey: .type)
    switch type {
    case "block": self = .block(try BlockStep(from: decoder))
    case "plan": self = .plan(try PlanStep(from: decoder))
    case "sustained": self = .sustained(try SustainedStep(from: decoder))
    case "photo": self = .photo(try PhotoStep(from: decoder))
    default: throw DecodingError.dataCorruptedError(forKey: .type, in: container, debugDescription: "no Step of type \(type)")
    }
  }

  public func encode(to encoder: Encoder) throws {
    switch self {
    case .block(let value): try value.encode(to: encoder)
    case .plan(let value): try value.encode(to: encoder)
    case .sustained(let value): try value.encode(to: encoder)
    case .photo(let value): try value.encode(to: encoder)
    }
  }
}

public struct BatchSpec: Codable, Equatable, Sendable {
  public let schema = 1
  public var id: String
  public var models: [RunnerModel]
  public var steps: [Step]
  public var warmUp: WarmUpRule
  public var timed: TimedPart
  public var coolDown: CoolDownRule
  public var attempts: Int
  public var stepsPerLaunch: Int?
  public var heartbeatSeconds: Double

  public init(id: String, models: [RunnerModel], steps: [Step], warmUp: WarmUpRule, timed: TimedPart, coolDown: CoolDownRule, attempts: Int, stepsPerLaunch: Int?, heartbeatSeconds: Double) {
    self.id = id
    self.models = models
    self.steps = steps
    self.warmUp = warmUp
    self.timed = timed
    self.coolDown = coolDown
    self.attempts = attempts
    self.stepsPerLaunch = stepsPerLaunch
    self.heartbeatSeconds = heartbeatSeconds
  }

  private enum CodingKeys: String, CodingKey {
    case schema, id, models, steps, warmUp, timed, coolDown, attempts, stepsPerLaunch, heartbeatSeconds
  }

  public init(from decoder: Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    guard try container.decode(Int.self, forKey: .schema) == 1 else {
      throw DecodingError.dataCorruptedError(forKey: .schema, in: container, debugDescription: "schema is not 1")
    }
    id = try container.decode(String.self, forKey: .id)
    models = try container.decode([RunnerModel].self, forKey: .models)
    steps = try container.decode([Step].self, forKey: .steps)
    warmUp = try container.decode(WarmUpRule.self, forKey: .warmUp)
    timed = try container.decode(TimedPart.self, forKey: .timed)
    coolDown = try container.decode(CoolDownRule.self, forKey: .coolDown)
    attempts = try container.decode(Int.self, forKey: .attempts)
    stepsPerLaunch = try container.decodeIfPresent(Int.self, forKey: .stepsPerLaunch)
    heartbeatSeconds = try container.decode(Double.self, forKey: .heartbeatSeconds)
  }

  public func encode(to encoder: Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(schema, forKey: .schema)
    try container.encode(id, forKey: .id)
    try container.encode(models, forKey: .models)
    try container.encode(steps, forKey: .steps)
    try container.encode(warmUp, forKey: .warmUp)
    try container.encode(timed, forKey: .timed)
    try container.encode(coolDown, forKey: .coolDown)
    try container.encode(attempts, forKey: .attempts)
    try container.encode(stepsPerLaunch, forKey: .stepsPerLaunch)
    try container.encode(heartbeatSeconds, forKey: .heartbeatSeconds)
  }
}

public enum Phase: String, Codable, CaseIterable, Sendable {
  case starting
  case cooling
  case assembling
  case compiling
  case loading
  case loadingAgain = "loading-again"
  case first
  case warmingUp = "warming-up"
  case timing
  case sustaining
  case planning
  case decoding
  case tiling
  case writing
  case relaunch
  case stopped
  case finished
  case refused
}

public struct Status: Codable, Equatable, Sendable {
  public let schema = 1
  public var batch: String
  public var phase: Phase
  public var step: String?
  public var model: String?
  public var unit: ComputeUnit?
  public var attempt: Int
  public var launch: Int
  public var done: Int
  public var total: Int
  public var failed: Int
  public var progress: Int
  public var at: String
  public var thermal: Thermal
  public var lowPowerMode: Bool
  public var waitedMs: Double
  public var note: String?

  public init(batch: String, phase: Phase, step: String?, model: String?, unit: ComputeUnit?, attempt: Int, launch: Int, done: Int, total: Int, failed: Int, progress: Int, at: String, thermal: Thermal, lowPowerMode: Bool, waitedMs: Double, note: String?) {
    self.batch = batch
    self.phase = phase
    self.step = step
    self.model = model
    self.unit = unit
    self.attempt = attempt
    self.launch = launch
    self.done = done
    self.total = total
    self.failed = failed
    self.progress = progress
    self.at = at
    self.thermal = thermal
    self.lowPowerMode = lowPowerMode
    self.waitedMs = waitedMs
    self.note = note
  }

  private enum CodingKeys: String, CodingKey {
    case schema, batch, phase, step, model, unit, attempt, launch, done, total, failed, progress, at, thermal, lowPowerMode, waitedMs, note
  }

  public init(from decoder: Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    guard try container.decode(Int.self, forKey: .schema) == 1 else {
      throw DecodingError.dataCorruptedError(forKey: .schema, in: container, debugDescription: "schema is not 1")
    }
    batch = try container.decode(String.self, forKey: .batch)
    phase = try container.decode(Phase.self, forKey: .phase)
    step = try container.decodeIfPresent(String.self, forKey: .step)
    model = try container.decodeIfPresent(String.self, forKey: .model)
    unit = try container.decodeIfPresent(ComputeUnit.self, forKey: .unit)
    attempt = try container.decode(Int.self, forKey: .attempt)
    launch = try container.decode(Int.self, forKey: .launch)
    done = try container.decode(Int.self, forKey: .done)
    total = try container.decode(Int.self, forKey: .total)
    failed = try container.decode(Int.self, forKey: .failed)
    progress = try container.decode(Int.self, forKey: .progress)
    at = try container.decode(String.self, forKey: .at)
    thermal = try container.decode(Thermal.self, forKey: .thermal)
    lowPowerMode = try container.decode(Bool.self, forKey: .lowPowerMode)
    waitedMs = try container.decode(Double.self, forKey: .waitedMs)
    note = try container.decodeIfPresent(String.self, forKey: .note)
  }

  public func encode(to encoder: Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(schema, forKey: .schema)
    try container.encode(batch, forKey: .batch)
    try container.encode(phase, forKey: .phase)
    try container.encode(step, forKey: .step)
    try container.encode(model, forKey: .model)
    try container.encode(unit, forKey: .unit)
    try container.encode(attempt, forKey: .attempt)
    try container.encode(launch, forKey: .launch)
    try container.encode(done, forKey: .done)
    try container.encode(total, forKey: .total)
    try container.encode(failed, forKey: .failed)
    try container.encode(progress, forKey: .progress)
    try container.encode(at, forKey: .at)
    try container.encode(thermal, forKey: .thermal)
    try container.encode(lowPowerMode, forKey: .lowPowerMode)
    try container.encode(waitedMs, forKey: .waitedMs)
    try container.encode(note, forKey: .note)
  }
}

public enum BatteryState: String, Codable, CaseIterable, Sendable {
  case unknown
  case unplugged
  case charging
  case full
}

public struct Battery: Codable, Equatable, Sendable {
  public var level: Double?
  public var state: BatteryState

  public init(level: Double?, state: BatteryState) {
    self.level = level
    self.state = state
  }

  private enum CodingKeys: String, CodingKey {
    case level, state
  }

  public init(from decoder: Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    level = try container.decodeIfPresent(Double.self, forKey: .level)
    state = try container.decode(BatteryState.self, forKey: .state)
  }

  public func encode(to encoder: Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(level, forKey: .level)
    try container.encode(state, forKey: .state)
  }
}

public struct RunnerInfo: Codable, Equatable, Sendable {
  public let schema = 1
  public var version: String
  public var bundleId: String
  public var device: String
  public var system: String
  public var systemVersion: String
  public var build: String
  public var processors: [Processor]
  public var memoryBytes: Int
  public var freeBytes: Int?
  public var battery: Battery
  public var thermal: Thermal
  public var lowPowerMode: Bool
  public var simulated: Bool
  public var at: String

  public init(version: String, bundleId: String, device: String, system: String, systemVersion: String, build: String, processors: [Processor], memoryBytes: Int, freeBytes: Int?, battery: Battery, thermal: Thermal, lowPowerMode: Bool, simulated: Bool, at: String) {
    self.version = version
    self.bundleId = bundleId
    self.device = device
    self.system = system
    self.systemVersion = systemVersion
    self.build = build
    self.processors = processors
    self.memoryBytes = memoryBytes
    self.freeBytes = freeBytes
    self.battery = battery
    self.thermal = thermal
    self.lowPowerMode = lowPowerMode
    self.simulated = simulated
    self.at = at
  }

  private enum CodingKeys: String, CodingKey {
    case schema, version, bundleId, device, system, systemVersion, build, processors, memoryBytes, freeBytes, battery, thermal, lowPowerMode, simulated, at
  }

  public init(from decoder: Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    guard try container.decode(Int.self, forKey: .schema) == 1 else {
      throw DecodingError.dataCorruptedError(forKey: .schema, in: container, debugDescription: "schema is not 1")
    }
    version = try container.decode(String.self, forKey: .version)
    bundleId = try container.decode(String.self, forKey: .bundleId)
    device = try container.decode(String.self, forKey: .device)
    system = try container.decode(String.self, forKey: .system)
    systemVersion = try container.decode(String.self, forKey: .systemVersion)
    build = try container.decode(String.self, forKey: .build)
    processors = try container.decode([Processor].self, forKey: .processors)
    memoryBytes = try container.decode(Int.self, forKey: .memoryBytes)
    freeBytes = try container.decodeIfPresent(Int.self, forKey: .freeBytes)
    battery = try container.decode(Battery.self, forKey: .battery)
    thermal = try container.decode(Thermal.self, forKey: .thermal)
    lowPowerMode = try container.decode(Bool.self, forKey: .lowPowerMode)
    simulated = try container.decode(Bool.self, forKey: .simulated)
    at = try container.decode(String.self, forKey: .at)
  }

  public func encode(to encoder: Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(schema, forKey: .schema)
    try container.encode(version, forKey: .version)
    try container.encode(bundleId, forKey: .bundleId)
    try container.encode(device, forKey: .device)
    try container.encode(system, forKey: .system)
    try container.encode(systemVersion, forKey: .systemVersion)
    try container.encode(build, forKey: .build)
    try container.encode(processors, forKey: .processors)
    try container.encode(memoryBytes, forKey: .memoryBytes)
    try container.encode(freeBytes, forKey: .freeBytes)
    try container.encode(battery, forKey: .battery)
    try container.encode(thermal, forKey: .thermal)
    try container.encode(lowPowerMode, forKey: .lowPowerMode)
    try container.encode(simulated, forKey: .simulated)
    try container.encode(at, forKey: .at)
  }
}

public struct Conditions: Codable, Equatable, Sendable {
  public var thermalBefore: Thermal
  public var thermalAfter: Thermal
  public var thermalWorst: Thermal
  public var cooled: Bool
  public var waitedMs: Double
  public var lowPowerMode: Bool
  public var batteryBefore: Double?
  public var batteryAfter: Double?

  public init(thermalBefore: Thermal, thermalAfter: Thermal, thermalWorst: Thermal, cooled: Bool, waitedMs: Double, lowPowerMode: Bool, batteryBefore: Double?, batteryAfter: Double?) {
    self.thermalBefore = thermalBefore
    self.thermalAfter = thermalAfter
    self.thermalWorst = thermalWorst
    self.cooled = cooled
    self.waitedMs = waitedMs
    self.lowPowerMode = lowPowerMode
    self.batteryBefore = batteryBefore
    self.batteryAfter = batteryAfter
  }

  private enum CodingKeys: String, CodingKey {
    case thermalBefore, thermalAfter, thermalWorst, cooled, waitedMs, lowPowerMode, batteryBefore, batteryAfter
  }

  public init(from decoder: Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    thermalBefore = try container.decode(Thermal.self, forKey: .thermalBefore)
    thermalAfter = try container.decode(Thermal.self, forKey: .thermalAfter)
    thermalWorst = try container.decode(Thermal.self, forKey: .thermalWorst)
    cooled = try container.decode(Bool.self, forKey: .cooled)
    waitedMs = try container.decode(Double.self, forKey: .waitedMs)
    lowPowerMode = try container.decode(Bool.self, forKey: .lowPowerMode)
    batteryBefore = try container.decodeIfPresent(Double.self, forKey: .batteryBefore)
    batteryAfter = try container.decodeIfPresent(Double.self, forKey: .batteryAfter)
  }

  public func encode(to encoder: Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(thermalBefore, forKey: .thermalBefore)
    try container.encode(thermalAfter, forKey: .thermalAfter)
    try container.encode(thermalWorst, forKey: .thermalWorst)
    try container.encode(cooled, forKey: .cooled)
    try container.encode(waitedMs, forKey: .waitedMs)
    try container.encode(lowPowerMode, forKey: .lowPowerMode)
    try container.encode(batteryBefore, forKey: .batteryBefore)
    try container.encode(batteryAfter, forKey: .batteryAfter)
  }
}

public struct MemoryFigures: Codable, Equatable, Sendable {
  public var beforeBytes: Int
  public var loadedBytes: Int
  public var peakBytes: Int

  public init(beforeBytes: Int, loadedBytes: Int, peakBytes: Int) {
    self.beforeBytes = beforeBytes
    self.loadedBytes = loadedBytes
    self.peakBytes = peakBytes
  }
}

public struct LoadTimes: Codable, Equatable, Sendable {
  public var compileMs: Double?
  public var loadMs: Double
  public var againMs: Double
  public var fresh: Bool

  public init(compileMs: Double?, loadMs: Double, againMs: Double, fresh: Bool) {
    self.compileMs = compileMs
    self.loadMs = loadMs
    self.againMs = againMs
    self.fresh = fresh
  }

  private enum CodingKeys: String, CodingKey {
    case compileMs, loadMs, againMs, fresh
  }

  public init(from decoder: Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    compileMs = try container.decodeIfPresent(Double.self, forKey: .compileMs)
    loadMs = try container.decode(Double.self, forKey: .loadMs)
    againMs = try container.decode(Double.self, forKey: .againMs)
    fresh = try container.decode(Bool.self, forKey: .fresh)
  }

  public func encode(to encoder: Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(compileMs, forKey: .compileMs)
    try container.encode(loadMs, forKey: .loadMs)
    try container.encode(againMs, forKey: .againMs)
    try container.encode(fresh, forKey: .fresh)
  }
}

public struct OutputRecord: Codable, Equatable, Sendable {
  public var name: String
  public var dtype: ArrayDtype
  public var dims: [Int]
  public var bytes: Int
  public var sha256: String
  public var file: String?

  public init(name: String, dtype: ArrayDtype, dims: [Int], bytes: Int, sha256: String, file: String?) {
    self.name = name
    self.dtype = dtype
    self.dims = dims
    self.bytes = bytes
    self.sha256 = sha256
    self.file = file
  }

  private enum CodingKeys: String, CodingKey {
    case name, dtype, dims, bytes, sha256, file
  }

  public init(from decoder: Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    name = try container.decode(String.self, forKey: .name)
    dtype = try container.decode(ArrayDtype.self, forKey: .dtype)
    dims = try container.decode([Int].self, forKey: .dims)
    bytes = try container.decode(Int.self, forKey: .bytes)
    sha256 = try container.decode(String.self, forKey: .sha256)
    file = try container.decodeIfPresent(String.self, forKey: .file)
  }

  public func encode(to encoder: Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name, forKey: .name)
    try container.encode(dtype, forKey: .dtype)
    try container.encode(dims, forKey: .dims)
    try container.encode(bytes, forKey: .bytes)
    try container.encode(sha256, forKey: .sha256)
    try container.encode(file, forKey: .file)
  }
}

public enum MemoryFormBacking: String, Codable, CaseIterable, Sendable {
  case own
  case coreMl = "core-ml"
}

public struct MemoryForm: Codable, Equatable, Sendable {
  public var name: String
  public var dtype: ArrayDtype
  public var dims: [Int]
  public var strides: [Int]
  public var backing: MemoryFormBacking

  public init(name: String, dtype: ArrayDtype, dims: [Int], strides: [Int], backing: MemoryFormBacking) {
    self.name = name
    self.dtype = dtype
    self.dims = dims
    self.strides = strides
    self.backing = backing
  }
}

public struct WarmUpOutcome: Codable, Equatable, Sendable {
  public var runs: Int
  public var stable: Bool

  public init(runs: Int, stable: Bool) {
    self.runs = runs
    self.stable = stable
  }
}

public struct BlockResult: Codable, Equatable, Sendable {
  public let type = "block"
  public let schema = 1
  public var batch: String
  public var step: String
  public var model: String
  public var unit: ComputeUnit
  public var attempt: Int
  public var startedAt: String
  public var finishedAt: String
  public var round: Int
  public var order: Int
  public var load: LoadTimes
  public var firstMs: Double
  public var warmUp: WarmUpOutcome
  public var samples: [Double]
  public var conditions: Conditions
  public var memory: MemoryFigures
  public var inputs: [MemoryForm]
  public var outputs: [OutputRecord]
  public var outputForms: [MemoryForm]
  public var warnings: [String]

  public init(batch: String, step: String, model: String, unit: ComputeUnit, attempt: Int, startedAt: String, finishedAt: String, round: Int, order: Int, load: LoadTimes, firstMs: Double, warmUp: WarmUpOutcome, samples: [Double], conditions: Conditions, memory: MemoryFigures, inputs: [MemoryForm], outputs: [OutputRecord], outputForms: [MemoryForm], warnings: [String]) {
    self.batch = batch
    self.step = step
    self.model = model
    self.unit = unit
    self.attempt = attempt
    self.startedAt = startedAt
    self.finishedAt = finishedAt
    self.round = round
    self.order = order
    self.load = load
    self.firstMs = firstMs
    self.warmUp = warmUp
    self.samples = samples
    self.conditions = conditions
    self.memory = memory
    self.inputs = inputs
    self.outputs = outputs
    self.outputForms = outputForms
    self.warnings = warnings
  }

  private enum CodingKeys: String, CodingKey {
    case type, schema, batch, step, model, unit, attempt, startedAt, finishedAt, round, order, load, firstMs, warmUp, samples, conditions, memory, inputs, outputs, outputForms, warnings
  }

  public init(from decoder: Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    guard try container.decode(String.self, forKey: .type) == "block" else {
      throw DecodingError.dataCorruptedError(forKey: .type, in: container, debugDescription: "type is not block")
    }
    guard try container.decode(Int.self, forKey: .schema) == 1 else {
      throw DecodingError.dataCorruptedError(forKey: .schema, in: container, debugDescription: "schema is not 1")
    }
    batch = try container.decode(String.self, forKey: .batch)
    step = try container.decode(String.self, forKey: .step)
    model = try container.decode(String.self, forKey: .model)
    unit = try container.decode(ComputeUnit.self, forKey: .unit)
    attempt = try container.decode(Int.self, forKey: .attempt)
    startedAt = try container.decode(String.self, forKey: .startedAt)
    finishedAt = try container.decode(String.self, forKey: .finishedAt)
    round = try container.decode(Int.self, forKey: .round)
    order = try container.decode(Int.self, forKey: .order)
    load = try container.decode(LoadTimes.self, forKey: .load)
    firstMs = try container.decode(Double.self, forKey: .firstMs)
    warmUp = try container.decode(WarmUpOutcome.self, forKey: .warmUp)
    samples = try container.decode([Double].self, forKey: .samples)
    conditions = try container.decode(Conditions.self, forKey: .conditions)
    memory = try container.decode(MemoryFigures.self, forKey: .memory)
    inputs = try container.decode([MemoryForm].self, forKey: .inputs)
    outputs = try container.decode([OutputRecord].self, forKey: .outputs)
    outputForms = try container.decode([MemoryForm].self, forKey: .outputForms)
    warnings = try container.decode([String].self, forKey: .warnings)
  }

  public func encode(to encoder: Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(type, forKey: .type)
    try container.encode(schema, forKey: .schema)
    try container.encode(batch, forKey: .batch)
    try container.encode(step, forKey: .step)
    try container.encode(model, forKey: .model)
    try container.encode(unit, forKey: .unit)
    try container.encode(attempt, forKey: .attempt)
    try container.encode(startedAt, forKey: .startedAt)
    try container.encode(finishedAt, forKey: .finishedAt)
    try container.encode(round, forKey: .round)
    try container.encode(order, forKey: .order)
    try container.encode(load, forKey: .load)
    try container.encode(firstMs, forKey: .firstMs)
    try container.encode(warmUp, forKey: .warmUp)
    try container.encode(samples, forKey: .samples)
    try container.encode(conditions, forKey: .conditions)
    try container.encode(memory, forKey: .memory)
    try container.encode(inputs, forKey: .inputs)
    try container.encode(outputs, forKey: .outputs)
    try container.encode(outputForms, forKey: .outputForms)
    try container.encode(warnings, forKey: .warnings)
  }
}

public struct PlanOperation: Codable, Equatable, Sendable {
  public var function: String
  public var type: String
  public var output: String
  public var preferred: Processor?
  public var supported: [Processor]
  public var cost: Double?

  public init(function: String, type: String, output: String, preferred: Processor?, supported: [Processor], cost: Double?) {
    self.function = function
    self.type = type
    self.output = output
    self.preferred = preferred
    self.supported = supported
    self.cost = cost
  }

  private enum CodingKeys: String, CodingKey {
    case function, type, output, preferred, supported, cost
  }

  public init(from decoder: Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    function = try container.decode(String.self, forKey: .function)
    type = try container.decode(String.self, forKey: .type)
    output = try container.decode(String.self, forKey: .output)
    preferred = try container.decodeIfPresent(Processor.self, forKey: .preferred)
    supported = try container.decode([Processor].self, forKey: .supported)
    cost = try container.decodeIfPresent(Double.self, forKey: .cost)
  }

  public func encode(to encoder: Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(function, forKey: .function)
    try container.encode(type, forKey: .type)
    try container.encode(output, forKey: .output)
    try container.encode(preferred, forKey: .preferred)
    try container.encode(supported, forKey: .supported)
    try container.encode(cost, forKey: .cost)
  }
}

public struct PlanSegment: Codable, Equatable, Sendable {
  public var processor: Processor
  public var first: Int
  public var last: Int
  public var operations: Int
  public var cost: Double

  public init(processor: Processor, first: Int, last: Int, operations: Int, cost: Double) {
    self.processor = processor
    self.first = first
    self.last = last
    self.operations = operations
    self.cost = cost
  }
}

public struct PlanShare: Codable, Equatable, Sendable {
  public var processor: Processor
  public var operations: Int
  public var cost: Double

  public init(processor: Processor, operations: Int, cost: Double) {
    self.processor = processor
    self.operations = operations
    self.cost = cost
  }
}

public struct ComputePlan: Codable, Equatable, Sendable {
  public let type = "plan"
  public let schema = 1
  public var batch: String
  public var step: String
  public var model: String
  public var unit: ComputeUnit
  public var attempt: Int
  public var startedAt: String
  public var finishedAt: String
  public var planMs: Double
  public var operations: [PlanOperation]
  public var segments: [PlanSegment]
  public var shares: [PlanShare]

  public init(batch: String, step: String, model: String, unit: ComputeUnit, attempt: Int, startedAt: String, finishedAt: String, planMs: Double, operations: [PlanOperation], segments: [PlanSegment], shares: [PlanShare]) {
    self.batch = batch
    self.step = step
    self.model = model
    self.unit = unit
    self.attempt = attempt
    self.startedAt = startedAt
    self.finishedAt = finishedAt
    self.planMs = planMs
    self.operations = operations
    self.segments = segments
    self.shares = shares
  }

  private enum CodingKeys: String, CodingKey {
    case type, schema, batch, step, model, unit, attempt, startedAt, finishedAt, planMs, operations, segments, shares
  }

  public init(from decoder: Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    guard try container.decode(String.self, forKey: .type) == "plan" else {
      throw DecodingError.dataCorruptedError(forKey: .type, in: container, debugDescription: "type is not plan")
    }
    guard try container.decode(Int.self, forKey: .schema) == 1 else {
      throw DecodingError.dataCorruptedError(forKey: .schema, in: container, debugDescription: "schema is not 1")
    }
    batch = try container.decode(String.self, forKey: .batch)
    step = try container.decode(String.self, forKey: .step)
    model = try container.decode(String.self, forKey: .model)
    unit = try container.decode(ComputeUnit.self, forKey: .unit)
    attempt = try container.decode(Int.self, forKey: .attempt)
    startedAt = try container.decode(String.self, forKey: .startedAt)
    finishedAt = try container.decode(String.self, forKey: .finishedAt)
    planMs = try container.decode(Double.self, forKey: .planMs)
    operations = try container.decode([PlanOperation].self, forKey: .operations)
    segments = try container.decode([PlanSegment].self, forKey: .segments)
    shares = try container.decode([PlanShare].self, forKey: .shares)
  }

  public func encode(to encoder: Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(type, forKey: .type)
    try container.encode(schema, forKey: .schema)
    try container.encode(batch, forKey: .batch)
    try container.encode(step, forKey: .step)
    try container.encode(model, forKey: .model)
    try container.encode(unit, forKey: .unit)
    try container.encode(attempt, forKey: .attempt)
    try container.encode(startedAt, forKey: .startedAt)
    try container.encode(finishedAt, forKey: .finishedAt)
    try container.encode(planMs, forKey: .planMs)
    try container.encode(operations, forKey: .operations)
    try container.encode(segments, forKey: .segments)
    try container.encode(shares, forKey: .shares)
  }
}

public struct Health: Codable, Equatable, Sendable {
  public var atMs: Double
  public var thermal: Thermal
  public var lowPowerMode: Bool
  public var footprintBytes: Int

  public init(atMs: Double, thermal: Thermal, lowPowerMode: Bool, footprintBytes: Int) {
    self.atMs = atMs
    self.thermal = thermal
    self.lowPowerMode = lowPowerMode
    self.footprintBytes = footprintBytes
  }
}

public struct SustainedResult: Codable, Equatable, Sendable {
  public let type = "sustained"
  public let schema = 1
  public var batch: String
  public var step: String
  public var model: String
  public var unit: ComputeUnit
  public var attempt: Int
  public var startedAt: String
  public var finishedAt: String
  public var load: LoadTimes
  public var framesPerSecond: Double
  public var seconds: Double
  public var frames: Int
  public var missed: Int
  public var samples: [Double]
  public var cpuSeconds: Double
  public var health: [Health]
  public var conditions: Conditions
  public var memory: MemoryFigures
  public var warnings: [String]

  public init(batch: String, step: String, model: String, unit: ComputeUnit, attempt: Int, startedAt: String, finishedAt: String, load: LoadTimes, framesPerSecond: Double, seconds: Double, frames: Int, missed: Int, samples: [Double], cpuSeconds: Double, health: [Health], conditions: Conditions, memory: MemoryFigures, warnings: [String]) {
    self.batch = batch
    self.step = step
    self.model = model
    self.unit = unit
    self.attempt = attempt
    self.startedAt = startedAt
    self.finishedAt = finishedAt
    self.load = load
    self.framesPerSecond = framesPerSecond
    self.seconds = seconds
    self.frames = frames
    self.missed = missed
    self.samples = samples
    self.cpuSeconds = cpuSeconds
    self.health = health
    self.conditions = conditions
    self.memory = memory
    self.warnings = warnings
  }

  private enum CodingKeys: String, CodingKey {
    case type, schema, batch, step, model, unit, attempt, startedAt, finishedAt, load, framesPerSecond, seconds, frames, missed, samples, cpuSeconds, health, conditions, memory, warnings
  }

  public init(from decoder: Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    guard try container.decode(String.self, forKey: .type) == "sustained" else {
      throw DecodingError.dataCorruptedError(forKey: .type, in: container, debugDescription: "type is not sustained")
    }
    guard try container.decode(Int.self, forKey: .schema) == 1 else {
      throw DecodingError.dataCorruptedError(forKey: .schema, in: container, debugDescription: "schema is not 1")
    }
    batch = try container.decode(String.self, forKey: .batch)
    step = try container.decode(String.self, forKey: .step)
    model = try container.decode(String.self, forKey: .model)
    unit = try container.decode(ComputeUnit.self, forKey: .unit)
    attempt = try container.decode(Int.self, forKey: .attempt)
    startedAt = try container.decode(String.self, forKey: .startedAt)
    finishedAt = try container.decode(String.self, forKey: .finishedAt)
    load = try container.decode(LoadTimes.self, forKey: .load)
    framesPerSecond = try container.decode(Double.self, forKey: .framesPerSecond)
    seconds = try container.decode(Double.self, forKey: .seconds)
    frames = try container.decode(Int.self, forKey: .frames)
    missed = try container.decode(Int.self, forKey: .missed)
    samples = try container.decode([Double].self, forKey: .samples)
    cpuSeconds = try container.decode(Double.self, forKey: .cpuSeconds)
    health = try container.decode([Health].self, forKey: .health)
    conditions = try container.decode(Conditions.self, forKey: .conditions)
    memory = try container.decode(MemoryFigures.self, forKey: .memory)
    warnings = try container.decode([String].self, forKey: .warnings)
  }

  public func encode(to encoder: Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(type, forKey: .type)
    try container.encode(schema, forKey: .schema)
    try container.encode(batch, forKey: .batch)
    try container.encode(step, forKey: .step)
    try container.encode(model, forKey: .model)
    try container.encode(unit, forKey: .unit)
    try container.encode(attempt, forKey: .attempt)
    try container.encode(startedAt, forKey: .startedAt)
    try container.encode(finishedAt, forKey: .finishedAt)
    try container.encode(load, forKey: .load)
    try container.encode(framesPerSecond, forKey: .framesPerSecond)
    try container.encode(seconds, forKey: .seconds)
    try container.encode(frames, forKey: .frames)
    try container.encode(missed, forKey: .missed)
    try container.encode(samples, forKey: .samples)
    try container.encode(cpuSeconds, forKey: .cpuSeconds)
    try container.encode(health, forKey: .health)
    try container.encode(conditions, forKey: .conditions)
    try container.encode(memory, forKey: .memory)
    try container.encode(warnings, forKey: .warnings)
  }
}

public struct PhotoResult: Codable, Equatable, Sendable {
  public let type = "photo"
  public let schema = 1
  public var batch: String
  public var step: String
  public var model: String
  public var unit: ComputeUnit
  public var attempt: Int
  public var startedAt: String
  public var finishedAt: String
  public var round: Int
  public var order: Int
  public var load: LoadTimes
  public var decodeMs: Double
  public var setUpMs: Double
  public var prepareMs: [Double]
  public var predictMs: [Double]
  public var readMs: [Double]
  public var totalMs: Double
  public var output: OutputRecord?
  public var conditions: Conditions
  public var memory: MemoryFigures
  public var warnings: [String]

  public init(batch: String, step: String, model: String, unit: ComputeUnit, attempt: Int, startedAt: String, finishedAt: String, round: Int, order: Int, load: LoadTimes, decodeMs: Double, setUpMs: Double, prepareMs: [Double], predictMs: [Double], readMs: [Double], totalMs: Double, output: OutputRecord?, conditions: Conditions, memory: MemoryFigures, warnings: [String]) {
    self.batch = batch
    self.step = step
    self.model = model
    self.unit = unit
    self.attempt = attempt
    self.startedAt = startedAt
    self.finishedAt = finishedAt
    self.round = round
    self.order = order
    self.load = load
    self.decodeMs = decodeMs
    self.setUpMs = setUpMs
    self.prepareMs = prepareMs
    self.predictMs = predictMs
    self.readMs = readMs
    self.totalMs = totalMs
    self.output = output
    self.conditions = conditions
    self.memory = memory
    self.warnings = warnings
  }

  private enum CodingKeys: String, CodingKey {
    case type, schema, batch, step, model, unit, attempt, startedAt, finishedAt, round, order, load, decodeMs, setUpMs, prepareMs, predictMs, readMs, totalMs, output, conditions, memory, warnings
  }

  public init(from decoder: Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    guard try container.decode(String.self, forKey: .type) == "photo" else {
      throw DecodingError.dataCorruptedError(forKey: .type, in: container, debugDescription: "type is not photo")
    }
    guard try container.decode(Int.self, forKey: .schema) == 1 else {
      throw DecodingError.dataCorruptedError(forKey: .schema, in: container, debugDescription: "schema is not 1")
    }
    batch = try container.decode(String.self, forKey: .batch)
    step = try container.decode(String.self, forKey: .step)
    model = try container.decode(String.self, forKey: .model)
    unit = try container.decode(ComputeUnit.self, forKey: .unit)
    attempt = try container.decode(Int.self, forKey: .attempt)
    startedAt = try container.decode(String.self, forKey: .startedAt)
    finishedAt = try container.decode(String.self, forKey: .finishedAt)
    round = try container.decode(Int.self, forKey: .round)
    order = try container.decode(Int.self, forKey: .order)
    load = try container.decode(LoadTimes.self, forKey: .load)
    decodeMs = try container.decode(Double.self, forKey: .decodeMs)
    setUpMs = try container.decode(Double.self, forKey: .setUpMs)
    prepareMs = try container.decode([Double].self, forKey: .prepareMs)
    predictMs = try container.decode([Double].self, forKey: .predictMs)
    readMs = try container.decode([Double].self, forKey: .readMs)
    totalMs = try container.decode(Double.self, forKey: .totalMs)
    output = try container.decodeIfPresent(OutputRecord.self, forKey: .output)
    conditions = try container.decode(Conditions.self, forKey: .conditions)
    memory = try container.decode(MemoryFigures.self, forKey: .memory)
    warnings = try container.decode([String].self, forKey: .warnings)
  }

  public func encode(to encoder: Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(type, forKey: .type)
    try container.encode(schema, forKey: .schema)
    try container.encode(batch, forKey: .batch)
    try container.encode(step, forKey: .step)
    try container.encode(model, forKey: .model)
    try container.encode(unit, forKey: .unit)
    try container.encode(attempt, forKey: .attempt)
    try container.encode(startedAt, forKey: .startedAt)
    try container.encode(finishedAt, forKey: .finishedAt)
    try container.encode(round, forKey: .round)
    try container.encode(order, forKey: .order)
    try container.encode(load, forKey: .load)
    try container.encode(decodeMs, forKey: .decodeMs)
    try container.encode(setUpMs, forKey: .setUpMs)
    try container.encode(prepareMs, forKey: .prepareMs)
    try container.encode(predictMs, forKey: .predictMs)
    try container.encode(readMs, forKey: .readMs)
    try container.encode(totalMs, forKey: .totalMs)
    try container.encode(output, forKey: .output)
    try container.encode(conditions, forKey: .conditions)
    try container.encode(memory, forKey: .memory)
    try container.encode(warnings, forKey: .warnings)
  }
}

public enum FailureKind: String, Codable, CaseIterable, Sendable {
  case died
  case blob
  case compile
  case load
  case input
  case predict
  case output
  case picture
  case plan
  case disk
  case unsupported
  case `internal` = "internal"
}

public struct Failure: Codable, Equatable, Sendable {
  public let type = "failure"
  public let schema = 1
  public var batch: String
  public var step: String
  public var model: String
  public var unit: ComputeUnit
  public var attempt: Int
  public var startedAt: String
  public var finishedAt: String
  public var kind: FailureKind
  public var phase: Phase
  public var message: String
  public var detail: String
  public var thermal: Thermal

  public init(batch: String, step: String, model: String, unit: ComputeUnit, attempt: Int, startedAt: String, finishedAt: String, kind: FailureKind, phase: Phase, message: String, detail: String, thermal: Thermal) {
    self.batch = batch
    self.step = step
    self.model = model
    self.unit = unit
    self.attempt = attempt
    self.startedAt = startedAt
    self.finishedAt = finishedAt
    self.kind = kind
    self.phase = phase
    self.message = message
    self.detail = detail
    self.thermal = thermal
  }

  private enum CodingKeys: String, CodingKey {
    case type, schema, batch, step, model, unit, attempt, startedAt, finishedAt, kind, phase, message, detail, thermal
  }

  public init(from decoder: Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    guard try container.decode(String.self, forKey: .type) == "failure" else {
      throw DecodingError.dataCorruptedError(forKey: .type, in: container, debugDescription: "type is not failure")
    }
    guard try container.decode(Int.self, forKey: .schema) == 1 else {
      throw DecodingError.dataCorruptedError(forKey: .schema, in: container, debugDescription: "schema is not 1")
    }
    batch = try container.decode(String.self, forKey: .batch)
    step = try container.decode(String.self, forKey: .step)
    model = try container.decode(String.self, forKey: .model)
    unit = try container.decode(ComputeUnit.self, forKey: .unit)
    attempt = try container.decode(Int.self, forKey: .attempt)
    startedAt = try container.decode(String.self, forKey: .startedAt)
    finishedAt = try container.decode(String.self, forKey: .finishedAt)
    kind = try container.decode(FailureKind.self, forKey: .kind)
    phase = try container.decode(Phase.self, forKey: .phase)
    message = try container.decode(String.self, forKey: .message)
    detail = try container.decode(String.self, forKey: .detail)
    thermal = try container.decode(Thermal.self, forKey: .thermal)
  }

  public func encode(to encoder: Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(type, forKey: .type)
    try container.encode(schema, forKey: .schema)
    try container.encode(batch, forKey: .batch)
    try container.encode(step, forKey: .step)
    try container.encode(model, forKey: .model)
    try container.encode(unit, forKey: .unit)
    try container.encode(attempt, forKey: .attempt)
    try container.encode(startedAt, forKey: .startedAt)
    try container.encode(finishedAt, forKey: .finishedAt)
    try container.encode(kind, forKey: .kind)
    try container.encode(phase, forKey: .phase)
    try container.encode(message, forKey: .message)
    try container.encode(detail, forKey: .detail)
    try container.encode(thermal, forKey: .thermal)
  }
}

public enum StepResult: Codable, Equatable, Sendable {
  case block(BlockResult)
  case plan(ComputePlan)
  case sustained(SustainedResult)
  case photo(PhotoResult)
  case failure(Failure)

  private enum CodingKeys: String, CodingKey {
    case type
  }

  public init(from decoder: Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let type = try container.decode(String.self, forKey: .type)
    switch type {
    case "block": self = .block(try BlockResult(from: decoder))
    case "plan": self = .plan(try ComputePlan(from: decoder))
    case "sustained": self = .sustained(try SustainedResult(from: decoder))
    case "photo": self = .photo(try PhotoResult(from: decoder))
    case "failure": self = .failure(try Failure(from: decoder))
    default: throw DecodingError.dataCorruptedError(forKey: .type, in: container, debugDescription: "no StepResult of type \(type)")
    }
  }

  public func encode(to encoder: Encoder) throws {
    switch self {
    case .block(let value): try value.encode(to: encoder)
    case .plan(let value): try value.encode(to: encoder)
    case .sustained(let value): try value.encode(to: encoder)
    case .photo(let value): try value.encode(to: encoder)
    case .failure(let value): try value.encode(to: encoder)
    }
  }
}
