@_exported import Combine
import Foundation

public protocol View {
  associatedtype Body: View
  @ViewBuilder var body: Body { get }
}

extension Never: View {
  public var body: Never { return fatalError() }
}

public protocol Scene {}

public protocol App {
  associatedtype Body: Scene
  var body: Body { get }
  init()
}

extension App {
  public static func main() {}
}

@resultBuilder
public enum ViewBuilder {
  public static func buildBlock<each Content: View>(_ content: repeat each Content) -> TupleView<(repeat each Content)> { fatalError() }
  public static func buildIf<Content: View>(_ content: Content?) -> Content? { fatalError() }
}

extension Optional: View where Wrapped: View {
  public var body: Never { return fatalError() }
}

public struct TupleView<Content>: View { public var body: Never { return fatalError() } }

@propertyWrapper
public struct StateObject<Object: ObservableObject> {
  public init(wrappedValue: @autoclosure @escaping () -> Object) { fatalError() }
  public var wrappedValue: Object { fatalError() }
}

@propertyWrapper
public struct ObservedObject<Object: ObservableObject> {
  public init(wrappedValue: Object) { self.wrappedValue = wrappedValue }
  public var wrappedValue: Object
}

public struct WindowGroup<Content: View>: Scene { public init(@ViewBuilder content: () -> Content) {} }
public struct HorizontalAlignment { public static let leading = HorizontalAlignment() }
public struct Alignment { public static let leading = Alignment(); public static let center = Alignment() }
public struct Color { public static let secondary = Color(); public static let red = Color() }
public struct Font { public static let title2 = Font(); public static let title3 = Font(); public static let largeTitle = Font() }
public struct VStack<Content: View>: View {
  public init(alignment: HorizontalAlignment, spacing: CGFloat?, @ViewBuilder content: () -> Content) {}
  public var body: Never { return fatalError() }
}
public struct Text: View {
  public init(_: String) {}
  public func font(_: Font?) -> Text { fatalError() }
  public func foregroundColor(_: Color?) -> Text { fatalError() }
  public var body: Never { return fatalError() }
}
public struct Spacer: View {
  public init() {}
  public var body: Never { return fatalError() }
}
public struct ProgressView: View {
  public init(value: Double?, total: Double) {}
  public var body: Never { return fatalError() }
}
public struct Button<Label: View>: View {
  public init(_: String, action: @escaping () -> Void) where Label == Text {}
  public var body: Never { return fatalError() }
}
public struct ShareLink: View {
  public init(_: String, item: URL) {}
  public var body: Never { return fatalError() }
}
public struct ForEach<Data: RandomAccessCollection, ID: Hashable, Content: View>: View {
  public init(_: Data, id: KeyPath<Data.Element, ID>, @ViewBuilder content: @escaping (Data.Element) -> Content) {}
  public var body: Never { return fatalError() }
}

extension View {
  public func padding(_: CGFloat) -> some View { return self }
  public func frame(maxWidth: CGFloat, alignment: Alignment) -> some View { return self }
  public func onOpenURL(perform: @escaping (URL) -> Void) -> some View { return self }
  public func onAppear(perform: @escaping () -> Void) -> some View { return self }
}
