import Combine
import Foundation
import RunnerCore
import UIKit

/// What the screen shows and the runner's thread does. A batch that the launch names runs at once, and the process ends with it.
final class Session: ObservableObject {
  @Published private(set) var status: Status?
  @Published private(set) var open: [String] = []
  /// Batches that came to an end, whose results can be packed.
  @Published private(set) var ended: [String] = []
  @Published private(set) var packed: URL?
  @Published private(set) var message: String?
  let info: RunnerInfo
  private let files: RunnerFiles
  private let phone = IPhone()
  private var batteryTimer: Timer?
  private var hasStarted = false

  init() {
    let manager = FileManager.default
    let documents = manager.urls(for: .documentDirectory, in: .userDomainMask)[0]
    let support = manager.urls(for: .applicationSupportDirectory, in: .userDomainMask)[0].appendingPathComponent("runner")
    files = RunnerFiles(documents: documents, support: support)
    info = runnerInfo(phone)
    do {
      try manager.createDirectory(at: support, withIntermediateDirectories: true)
      var kept = support
      var values = URLResourceValues()
      values.isExcludedFromBackup = true
      try kept.setResourceValues(values)
      try files.write(info, at: files.runnerInfo)
    } catch {
      message = "The app's folders cannot be written: \(error.localizedDescription)"
    }
  }

  var isRunning: Bool { return status != nil && message == nil && !hasEnded }

  private var hasEnded: Bool {
    guard let phase = status?.phase else { return true }
    return [.finished, .stopped, .relaunch, .refused].contains(phase)
  }

  /// On the main thread, when the screen is there.
  func start() {
    if hasStarted { return }
    hasStarted = true
    UIApplication.shared.isIdleTimerDisabled = true
    batteryTimer = Timer.scheduledTimer(withTimeInterval: 10, repeats: true) { [phone] _ in phone.lookAtBattery() }
    look()
    if let batch = batchOfLaunch() { run(batch, endsProcess: true) }
  }

  func look() {
    open = files.openBatches()
    ended = files.endedBatches()
  }

  /// A bundle that was opened with the app: its batches are there afterwards.
  func take(_ bundle: URL) {
    work { files in
      let scoped = bundle.startAccessingSecurityScopedResource()
      defer { if scoped { bundle.stopAccessingSecurityScopedResource() } }
      _ = try Bundles(files: files).take(bundle)
      return nil
    }
  }

  /// Makes one file of a batch's results, to be sent.
  func pack(_ batch: String) {
    work { files in try Bundles(files: files).results(of: batch, in: FileManager.default.temporaryDirectory) }
  }

  /// On a thread of its own, which nothing else uses: the main thread stays free for the screen.
  func run(_ batch: String, endsProcess: Bool) {
    let engine = BatchEngine(files: files, runtime: CoreMLRuntime(), phone: phone, clock: SystemClock(), build: info.build) { [weak self] status in
      DispatchQueue.main.async { [weak self] in self?.status = status }
    }
    let thread = Thread { [weak self] in
      do {
        _ = try engine.run(batch)
        if endsProcess { exit(0) }
      } catch {
        if endsProcess { exit(1) }
        let text = sentence(error)
        DispatchQueue.main.async { [weak self] in self?.message = text }
      }
      DispatchQueue.main.async { [weak self] in self?.look() }
    }
    thread.name = "com.npu-dyno.batch"
    thread.qualityOfService = .userInteractive
    thread.stackSize = 8 << 20
    thread.start()
  }

  /// Away from the main thread; a file that comes of it is offered to be sent.
  private func work(_ body: @escaping (RunnerFiles) throws -> URL?) {
    let files = self.files
    DispatchQueue.global(qos: .utility).async { [weak self] in
      let outcome = Result { try body(files) }
      DispatchQueue.main.async { [weak self] in
        switch outcome {
        case .success(let url):
          self?.packed = url
          self?.message = nil
        case .failure(let error): self?.message = sentence(error)
        }
        self?.look()
      }
    }
  }

  /// `--batch ID`.
  private func batchOfLaunch() -> String? {
    let words = ProcessInfo.processInfo.arguments
    guard let at = words.firstIndex(of: "--batch"), at + 1 < words.count else { return nil }
    return words[at + 1]
  }
}

private func sentence(_ error: Error) -> String {
  return (error as? StepError)?.message ?? error.localizedDescription
}
