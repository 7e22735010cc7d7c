// swift-tools-version:5.9
import PackageDescription

let package = Package(
  name: "RunnerCore",
  platforms: [.iOS(.v16), .macOS(.v13)],
  products: [.library(name: "RunnerCore", targets: ["RunnerCore"])],
  targets: [
    .target(name: "RunnerCore"),
    .testTarget(name: "RunnerCoreTests", dependencies: ["RunnerCore"], resources: [.copy("Fixtures")]),
  ]
)
