import Foundation

/// Strides in elements, rows last: without gaps, or (`aligned`) with each row of the last dimension on a multiple of 64 bytes.
public func strides(_ dims: [Int], memory: ArrayFeedMemory, bytesPerElement: Int) -> [Int] {
  var next = 1
  var result = [Int](repeating: 1, count: dims.count)
  for axis in stride(from: dims.count - 1, through: 0, by: -1) {
    result[axis] = next
    next *= dims[axis]
    if axis == dims.count - 1 && memory == .aligned && dims.count > 1 {
      let perLine = 64 / bytesPerElement
      next = (next + perLine - 1) / perLine * perLine
    }
  }
  return result
}

/// Elements that an array with these strides spans.
public func span(_ dims: [Int], _ strides: [Int]) -> Int {
  return zip(dims, strides).reduce(1) { $0 + ($1.0 - 1) * $1.1 }
}

/// Bytes without gaps into memory with strides.
public func spread(_ bytes: UnsafeRawBufferPointer, dims: [Int], strides: [Int], bytesPerElement: Int, to target: UnsafeMutableRawPointer) {
  guard let source = bytes.baseAddress else { return }
  eachRow(dims, strides) { row, offset, count, step in
    for i in 0..<count {
      target.advanced(by: (offset + i * step) * bytesPerElement).copyMemory(from: source.advanced(by: (row + i) * bytesPerElement), byteCount: bytesPerElement)
    }
  } whole: { row, offset, count in
    target.advanced(by: offset * bytesPerElement).copyMemory(from: source.advanced(by: row * bytesPerElement), byteCount: count * bytesPerElement)
  }
}

/// Memory with strides as bytes without gaps.
public func gathered(_ source: UnsafeRawPointer, dims: [Int], strides: [Int], bytesPerElement: Int) -> Data {
  var data = Data(count: dims.reduce(bytesPerElement, *))
  data.withUnsafeMutableBytes { (buffer: UnsafeMutableRawBufferPointer) in
    guard let target = buffer.baseAddress else { return }
    eachRow(dims, strides) { row, offset, count, step in
      for i in 0..<count {
        target.advanced(by: (row + i) * bytesPerElement).copyMemory(from: source.advanced(by: (offset + i * step) * bytesPerElement), byteCount: bytesPerElement)
      }
    } whole: { row, offset, count in
      target.advanced(by: row * bytesPerElement).copyMemory(from: source.advanced(by: offset * bytesPerElement), byteCount: count * bytesPerElement)
    }
  }
  return data
}

/// Calls for each row of the last dimension, with its first element in memory without gaps and its offset in memory with strides:
/// `whole` where its elements are neighbours.
private func eachRow(_ dims: [Int], _ strides: [Int], _ scattered: (Int, Int, Int, Int) -> Void, whole: (Int, Int, Int) -> Void) {
  let count = dims.last ?? 1
  let step = strides.last ?? 1
  let rows = dims.dropLast().reduce(1, *)
  for row in 0..<rows {
    var rest = row
    var offset = 0
    for axis in stride(from: dims.count - 2, through: 0, by: -1) {
      offset += rest % dims[axis] * strides[axis]
      rest /= dims[axis]
    }
    if step == 1 { whole(row * count, offset, count) } else { scattered(row * count, offset, count, step) }
  }
}
