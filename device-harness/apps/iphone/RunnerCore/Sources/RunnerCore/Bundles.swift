import Foundation

/// Batches that come as one file, and their results as one.
public struct Bundles {
  private let files: RunnerFiles

  public init(files: RunnerFiles) {
    self.files = files
  }

  /// Takes a bundle apart into Documents: a tar archive of blobs and batches by their places there. What says that others are whole
  /// (manifests, then batches) is written last. A batch may have a plan of the host's beside it, which goes back with the results. The
  /// batches that came.
  public func take(_ bundle: URL) throws -> [String] {
    var manifests: [(URL, Data)] = []
    var plans: [(String, Data)] = []
    var batches: [(String, Data)] = []
    try TarReader(bundle).each { name, size, next in
      let parts = name.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 3, isPlainName(parts[2]) else { throw stranger(name) }
      if parts[0] == "blobs" && isHash(parts[1]) {
        if parts[2] == "manifest.json" {
          manifests.append((files.manifest(parts[1]), try whole(size, next)))
        } else if !files.exists(files.manifest(parts[1])) {
          try copy(to: files.blob(parts[1]).appendingPathComponent(parts[2]), next)
        }
      } else if parts[0] == "batches" && isPlainName(parts[1]) && parts[2] == "batch.json" {
        batches.append((parts[1], try whole(size, next)))
      } else if parts[0] == "batches" && isPlainName(parts[1]) && parts[2] == "plan.json" {
        plans.append((parts[1], try whole(size, next)))
      } else {
        throw stranger(name)
      }
    }
    for (url, data) in manifests where !files.exists(url) { try files.write(data, at: url) }
    for (batch, data) in plans where !files.exists(files.spec(batch)) {
      try files.write(data, at: files.batch(batch).appendingPathComponent("plan.json"))
    }
    for (batch, data) in batches where !files.exists(files.spec(batch)) { try files.write(data, at: files.spec(batch)) }
    return batches.map { $0.0 }.sorted()
  }

  /// `<batch>-results.tar.gz` in `folder`: the runner's own description and everything of the batch, by its place in Documents.
  public func results(of batch: String, in folder: URL) throws -> URL {
    let target = folder.appendingPathComponent("\(batch)-results.tar.gz")
    let partial = folder.appendingPathComponent("\(batch)-results.partial")
    var archive = try TarWriter(partial)
    if files.exists(files.runnerInfo) { try archive.add("runner.json", files.runnerInfo) }
    for path in try paths(below: files.batch(batch)) {
      try archive.add("batches/\(batch)/\(path)", files.batch(batch).appendingPathComponent(path))
    }
    try archive.finish()
    try removeIfThere(target)
    try FileManager.default.moveItem(at: partial, to: target)
    return target
  }

  private func paths(below folder: URL) throws -> [String] {
    var found: [String] = []
    for path in try FileManager.default.subpathsOfDirectory(atPath: folder.path) {
      var isFolder: ObjCBool = false
      let there = FileManager.default.fileExists(atPath: folder.appendingPathComponent(path).path, isDirectory: &isFolder)
      if there && !isFolder.boolValue { found.append(path) }
    }
    return found.sorted()
  }

  private func whole(_ size: Int, _ next: () throws -> Data) throws -> Data {
    guard size <= 64 << 20 else { throw StepError(.unsupported, "A description in the bundle has \(size) bytes.") }
    var data = Data()
    while data.count < size { data.append(try next()) }
    return data
  }

  private func copy(to target: URL, _ next: () throws -> Data) throws {
    try FileManager.default.createDirectory(at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data().write(to: target)
    let output = try FileHandle(forWritingTo: target)
    defer { try? output.close() }
    while true {
      let piece = try pooled { try next() }
      if piece.isEmpty { return }
      try output.write(contentsOf: piece)
    }
  }

  private func stranger(_ name: String) -> StepError {
    return StepError(.unsupported, "The bundle holds \(name), which is no part of a batch.")
  }
}
