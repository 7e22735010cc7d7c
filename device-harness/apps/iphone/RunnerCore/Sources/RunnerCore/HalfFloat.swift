/// Bits of the half-precision number nearest to `value`, ties to even. Written out because `Float16` is missing on Intel Macs.
public func halfBits(_ value: Float) -> UInt16 {
  let bits = value.bitPattern
  let sign = UInt16(truncatingIfNeeded: bits >> 16) & 0x8000
  let magnitude = bits & 0x7fff_ffff
  if magnitude > 0x7f80_0000 { return sign | 0x7e00 }
  if magnitude >= 0x4780_0000 { return sign | 0x7c00 }
  if magnitude < 0x3880_0000 {
    // Below the smallest normal number: count steps of 2⁻²⁴.
    let steps = (Float(bitPattern: magnitude) * 16_777_216).rounded(.toNearestOrEven)
    return sign | UInt16(steps)
  }
  let rebased = magnitude - 0x3800_0000
  let rounded = rebased + 0x0fff + ((rebased >> 13) & 1)
  return sign | UInt16(rounded >> 13)
}

public func floatFromHalf(_ bits: UInt16) -> Float {
  let sign: Float = bits & 0x8000 == 0 ? 1 : -1
  let exponent = Int(bits >> 10 & 0x1f)
  let fraction = UInt32(bits & 0x3ff)
  if exponent == 0 { return sign * Float(fraction) / 16_777_216 }
  if exponent == 31 { return fraction == 0 ? sign * Float.infinity : Float.nan }
  return sign * Float(bitPattern: UInt32(exponent + 112) << 23 | fraction << 13)
}
