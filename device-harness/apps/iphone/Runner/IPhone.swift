import Darwin
import Foundation
import RunnerCore
import UIKit

/// This phone, as it is now.
final class IPhone: Phone {
  /// Battery levels are told on the main thread alone, and kept here for the others.
  private let lock = NSLock()
  private var lastBattery = Battery(level: nil, state: .unknown)

  var thermal: Thermal {
    switch ProcessInfo.processInfo.thermalState {
    case .nominal: return .nominal
    case .fair: return .fair
    case .serious: return .serious
    case .critical: return .critical
    @unknown default: return .unknown
    }
  }

  var lowPowerMode: Bool { return ProcessInfo.processInfo.isLowPowerModeEnabled }

  var battery: Battery {
    lock.lock()
    defer { lock.unlock() }
    return lastBattery
  }

  /// On the main thread.
  func lookAtBattery() {
    let device = UIDevice.current
    device.isBatteryMonitoringEnabled = true
    let level = device.batteryLevel < 0 ? nil : Double(device.batteryLevel)
    let now = Battery(level: level, state: batteryState(device.batteryState))
    lock.lock()
    lastBattery = now
    lock.unlock()
  }

  var footprintBytes: Int {
    var info = task_vm_info_data_t()
    var count = mach_msg_type_number_t(MemoryLayout<task_vm_info_data_t>.size / MemoryLayout<natural_t>.size)
    let code = withUnsafeMutablePointer(to: &info) { pointer in
      pointer.withMemoryRebound(to: integer_t.self, capacity: Int(count)) { words in
        task_info(mach_task_self_, task_flavor_t(TASK_VM_INFO), words, &count)
      }
    }
    return code == KERN_SUCCESS ? Int(info.phys_footprint) : 0
  }

  var cpuSeconds: Double {
    var usage = rusage()
    guard getrusage(RUSAGE_SELF, &usage) == 0 else { return 0 }
    return seconds(usage.ru_utime) + seconds(usage.ru_stime)
  }

  var freeBytes: Int? {
    let home = URL(fileURLWithPath: NSHomeDirectory())
    let values = try? home.resourceValues(forKeys: [.volumeAvailableCapacityForImportantUsageKey])
    return values?.volumeAvailableCapacityForImportantUsage.map { Int($0) }
  }

  private func batteryState(_ state: UIDevice.BatteryState) -> BatteryState {
    switch state {
    case .unplugged: return .unplugged
    case .charging: return .charging
    case .full: return .full
    case .unknown: return .unknown
    @unknown default: return .unknown
    }
  }

  private func seconds(_ time: timeval) -> Double {
    return Double(time.tv_sec) + Double(time.tv_usec) / 1e6
  }
}
