import Darwin
import Foundation
import RunnerCore
import UIKit

/// What `runner.json` says. On the main thread.
func runnerInfo(_ phone: IPhone) -> RunnerInfo {
#if targetEnvironment(simulator)
  let simulated = true
  let device = ProcessInfo.processInfo.environment["SIMULATOR_MODEL_IDENTIFIER"] ?? "Simulator"
#else
  let simulated = false
  let device = systemText("hw.machine")
#endif
  phone.lookAtBattery()
  return RunnerInfo(
    version: runnerVersion, bundleId: Bundle.main.bundleIdentifier ?? runnerBundleId, device: device, system: UIDevice.current.systemName,
    systemVersion: UIDevice.current.systemVersion, build: systemBuild(), processors: knownProcessors(), memoryBytes: Int(ProcessInfo.processInfo.physicalMemory),
    freeBytes: phone.freeBytes, battery: phone.battery, thermal: phone.thermal, lowPowerMode: phone.lowPowerMode, simulated: simulated, at: timeText(Date())
  )
}

/// `22B83`.
func systemBuild() -> String {
  return systemText("kern.osversion")
}

private func systemText(_ name: String) -> String {
  var size = 0
  guard sysctlbyname(name, nil, &size, nil, 0) == 0, size > 0 else { return "unknown" }
  var bytes = [CChar](repeating: 0, count: size)
  guard sysctlbyname(name, &bytes, &size, nil, 0) == 0 else { return "unknown" }
  return String(cString: bytes)
}
