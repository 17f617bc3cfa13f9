//! The value of a stat: a whole number or a float, each exact from here to the snapshot.

/// A number that a producer reports. Every primitive number turns into it.
///
/// An integer of the contract has 63 bits and a sign. `u64` and `usize` hold more: a larger one becomes the largest
/// that there is, 2^63-1, rather than a panic or a negative number. As bytes that is 9.2 EB, as nanoseconds 292
/// years.
///
/// A float that is not finite is dropped by the provider and held against the producer; the rest of its stats are kept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// A whole number.
    Integer(i64),
    /// Any other.
    Float(f64),
}

macro_rules! from_lossless {
    ($variant:ident($inner:ty): $($source:ty),+) => {
        $(impl From<$source> for Number {
            fn from(value: $source) -> Self {
                Self::$variant(<$inner>::from(value))
            }
        })+
    };
}

macro_rules! from_saturating {
    ($($source:ty),+) => {
        $(
            #[doc = "A value past 2^63-1 becomes 2^63-1."]
            impl From<$source> for Number {
                fn from(value: $source) -> Self {
                    Self::Integer(i64::try_from(value).unwrap_or(i64::MAX))
                }
            }
        )+
    };
}

from_lossless!(Integer(i64): i8, i16, i32, i64, u8, u16, u32);
from_lossless!(Float(f64): f32, f64);
from_saturating!(u64, usize);

/// Exact on every target: there is none whose `isize` is wider than 64 bits.
impl From<isize> for Number {
    fn from(value: isize) -> Self {
        Self::Integer(value as i64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn primitives_convert() {
        let largest = Number::Integer(i64::MAX);
        let cases: [(Number, Number); 10] = [
            (i64::MIN.into(), Number::Integer(i64::MIN)),
            ((-1_i8).into(), Number::Integer(-1)),
            (u32::MAX.into(), Number::Integer(4_294_967_295)),
            (isize::MIN.into(), Number::Integer(i64::MIN)),
            ((i64::MAX as u64).into(), largest),
            ((i64::MAX as u64 + 1).into(), largest),
            (u64::MAX.into(), largest),
            (usize::MAX.into(), largest),
            (0.5_f32.into(), Number::Float(0.5)),
            (0.1_f64.into(), Number::Float(0.1)),
        ];
        for (converted, expected) in cases {
            assert_eq!(converted, expected);
        }
    }
}
