import Foundation

/// The status of a batch and its file. The runner's thread changes it, a timer writes it again as a heartbeat; counting never waits
/// for a file. Heat, low-power mode and memory are looked at whenever it is written.
final class StatusBoard {
  private let files: RunnerFiles
  private let phone: Phone
  private let clock: RunnerClock
  private let observer: (Status) -> Void
  private let state = NSLock()
  private let writing = NSLock()
  private var status: Status
  private var watch: Watch

  init(_ status: Status, files: RunnerFiles, phone: Phone, clock: RunnerClock, observer: @escaping (Status) -> Void) {
    self.status = status
    self.files = files
    self.phone = phone
    self.clock = clock
    self.observer = observer
    watch = Watch(phone)
  }

  var current: Status { return state.around { status } }

  /// Changes the status and writes it: before the runner does what it says.
  func set(_ change: (inout Status) -> Void) throws {
    state.around {
      change(&status)
      status.progress = 0
    }
    try write()
  }

  func enter(_ phase: Phase) throws {
    try set { $0.phase = phase }
  }

  /// One more run, frame or tile.
  func count() {
    state.around { status.progress += 1 }
  }

  /// The heartbeat. A file that cannot be written now is written at the next change, which says so.
  func beat() {
    try? write()
  }

  /// Begins to watch heat, power and memory for a step.
  func startWatch() {
    let fresh = Watch(phone)
    state.around { watch = fresh }
  }

  /// What was seen since `startWatch`.
  func seen() -> Watch {
    return state.around {
      watch.look(phone)
      return watch
    }
  }

  private func write() throws {
    try writing.around {
      let snapshot: Status = state.around {
        watch.look(phone)
        status.at = timeText(clock.date())
        status.thermal = phone.thermal
        status.lowPowerMode = phone.lowPowerMode
        return status
      }
      try files.write(snapshot, at: files.status(snapshot.batch))
      observer(snapshot)
    }
  }
}

struct Watch {
  let thermalBefore: Thermal
  let batteryBefore: Double?
  private(set) var thermalWorst: Thermal
  private(set) var lowPowerMode: Bool
  private(set) var peakBytes: Int

  init(_ phone: Phone) {
    thermalBefore = phone.thermal
    batteryBefore = phone.battery.level
    thermalWorst = thermalBefore
    lowPowerMode = phone.lowPowerMode
    peakBytes = phone.footprintBytes
  }

  mutating func look(_ phone: Phone) {
    thermalWorst = thermalWorst.hotter(phone.thermal)
    lowPowerMode = lowPowerMode || phone.lowPowerMode
    peakBytes = max(peakBytes, phone.footprintBytes)
  }
}

extension NSLock {
  func around<Result>(_ body: () throws -> Result) rethrows -> Result {
    lock()
    defer { unlock() }
    return try body()
  }
}
