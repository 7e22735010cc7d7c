import Foundation

/// Where everything lies: `documents` is seen by the host (`device-harness/runner/layout.ts`), `support` is the app's own.
public struct RunnerFiles {
  public let documents: URL
  public let support: URL

  public init(documents: URL, support: URL) {
    self.documents = documents
    self.support = support
  }

  public var runnerInfo: URL { return documents.appendingPathComponent("runner.json") }
  public func blob(_ sha256: String) -> URL { return documents.appendingPathComponent("blobs/\(sha256)") }
  public func manifest(_ sha256: String) -> URL { return blob(sha256).appendingPathComponent("manifest.json") }
  private var batchesFolder: URL { return documents.appendingPathComponent("batches") }
  public func batch(_ id: String) -> URL { return batchesFolder.appendingPathComponent(id) }
  public func spec(_ batch: String) -> URL { return self.batch(batch).appendingPathComponent("batch.json") }
  public func status(_ batch: String) -> URL { return self.batch(batch).appendingPathComponent("status.json") }
  public func stop(_ batch: String) -> URL { return self.batch(batch).appendingPathComponent("stop") }
  public func result(_ batch: String, _ step: String) -> URL { return self.batch(batch).appendingPathComponent("steps/\(step).json") }

  /// Of an output: below the batch's folder, as results name it.
  public func outputPath(_ step: String, _ index: Int) -> String { return "outputs/\(step)/\(index).bin" }

  /// Put together from parts.
  func assembled(_ sha256: String) -> URL { return support.appendingPathComponent("blobs/\(sha256)") }
  func compiled(_ sha256: String, build: String) -> URL { return support.appendingPathComponent("compiled/\(build)/\(sha256).mlmodelc") }
  func loadMark(_ name: String, build: String) -> URL { return support.appendingPathComponent("loads/\(build)/\(name)") }

  public func exists(_ url: URL) -> Bool {
    return FileManager.default.fileExists(atPath: url.path)
  }

  public func read<Value: Decodable>(_ type: Value.Type, at url: URL) throws -> Value {
    return try JSONDecoder().decode(type, from: Data(contentsOf: url))
  }

  public func write<Value: Encodable>(_ value: Value, at url: URL) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    try write(encoder.encode(value), at: url)
  }

  /// Whole or not at all: to another name, then renamed. Makes the folder.
  public func write(_ data: Data, at url: URL) throws {
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try data.write(to: url, options: .atomic)
  }

  /// Batches that a person may start, by name: with a spec and without an end.
  public func openBatches() -> [String] {
    return batches { $0 != .finished && $0 != .refused }
  }

  public func endedBatches() -> [String] {
    return batches { $0 == .finished }
  }

  /// With a spec, by name; the phase is nil where nothing was done yet.
  private func batches(where holds: (Phase?) -> Bool) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: batchesFolder.path)) ?? []
    return names.sorted().filter { name in
      guard isPlainName(name), exists(spec(name)) else { return false }
      return holds((try? read(Status.self, at: status(name)))?.phase)
    }
  }
}

/// Times as the contract writes them.
public func timeText(_ date: Date) -> String {
  return ISO8601DateFormatter.contract.string(from: date)
}

extension ISO8601DateFormatter {
  static var contract: ISO8601DateFormatter {
    let formatter = ISO8601DateFormatter()
    formatter.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
    return formatter
  }
}
