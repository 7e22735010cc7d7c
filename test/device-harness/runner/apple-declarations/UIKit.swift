import Foundation

public class UIDevice {
  public enum BatteryState: Int { case unknown, unplugged, charging, full }
  public class var current: UIDevice { fatalError() }
  public var isBatteryMonitoringEnabled = false
  public var batteryLevel: Float { fatalError() }
  public var batteryState: BatteryState { fatalError() }
  public var systemName: String { fatalError() }
  public var systemVersion: String { fatalError() }
}

public class UIApplication {
  public class var shared: UIApplication { fatalError() }
  public var isIdleTimerDisabled = false
}

extension ProcessInfo {
  public enum ThermalState: Int { case nominal, fair, serious, critical }
  public var thermalState: ThermalState { fatalError() }
  public var isLowPowerModeEnabled: Bool { fatalError() }
}

extension URLResourceKey {
  public static let volumeAvailableCapacityForImportantUsageKey = URLResourceKey(rawValue: "")
}

extension URLResourceValues {
  public var volumeAvailableCapacityForImportantUsage: Int64? { fatalError() }
}

extension URL {
  public func startAccessingSecurityScopedResource() -> Bool { fatalError() }
  public func stopAccessingSecurityScopedResource() {}
}
