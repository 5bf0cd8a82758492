//! Rows of small things as bytes: little-endian, each row with its length before it.

use crate::{
    entry::{NameKind, Schema},
    text::Script,
    token::{Kind, Letters},
};

/// Something of a fixed number of bytes.
pub trait Flat: Sized {
    const SIZE: usize;

    fn put(&self, to: &mut Vec<u8>);

    /// `None` for bytes that stand for nothing; there are as many as needed.
    fn take(from: &[u8]) -> Option<Self>;
}

pub fn put_all<T: Flat>(row: &[T], to: &mut Vec<u8>) {
    to.extend((row.len() as u64).to_le_bytes());
    row.iter().for_each(|item| item.put(to));
}

/// What of the bytes was not read yet.
pub struct Reader<'a>(pub &'a [u8]);

impl Reader<'_> {
    /// `None` where there are not so many bytes, or some stand for nothing.
    pub fn all<T: Flat>(&mut self) -> Option<Vec<T>> {
        let len = u64::take(self.0.get(..u64::SIZE)?)?;
        let bytes = usize::try_from(len).ok()?.checked_mul(T::SIZE)?;
        let rest = self.0.get(u64::SIZE..)?;
        let (row, rest) = (rest.get(..bytes)?, rest.get(bytes..)?);
        self.0 = rest;
        row.chunks_exact(T::SIZE).map(T::take).collect()
    }

    pub fn one<T: Flat>(&mut self) -> Option<T> {
        let mut all = self.all()?;
        all.pop().filter(|_| all.is_empty())
    }
}

macro_rules! flat_numbers {
    ($($number:ty),*) => {$(
        impl Flat for $number {
            const SIZE: usize = size_of::<$number>();

            fn put(&self, to: &mut Vec<u8>) {
                to.extend(self.to_le_bytes());
            }

            fn take(from: &[u8]) -> Option<Self> {
                Some(<$number>::from_le_bytes(from.get(..Self::SIZE)?.try_into().ok()?))
            }
        }
    )*};
}

flat_numbers!(u8, u16, u32, u64, f32);

macro_rules! flat_choices {
    ($($choice:ident: $($variant:ident),*;)*) => {$(
        impl Flat for $choice {
            const SIZE: usize = 1;

            fn put(&self, to: &mut Vec<u8>) {
                to.push(*self as u8);
            }

            fn take(from: &[u8]) -> Option<Self> {
                let all = [$($choice::$variant),*];
                all.into_iter().find(|choice| *choice as u8 == from[0])
            }
        }
    )*};
}

flat_choices! {
    Kind: Whole, Initial, Number, Minor, Form;
    Script: Latin, Cyrillic, Arabic, Hebrew, Kana, Hangul, Han, Other;
    NameKind: Primary, Alias, WeakAlias, Former;
    Schema: Person, Organization, Company, LegalEntity, Vessel, Airplane;
}

impl Flat for bool {
    const SIZE: usize = 1;

    fn put(&self, to: &mut Vec<u8>) {
        to.push(u8::from(*self));
    }

    fn take(from: &[u8]) -> Option<Self> {
        Some(from[0] == 1)
    }
}

impl Flat for Letters {
    const SIZE: usize = u32::SIZE;

    fn put(&self, to: &mut Vec<u8>) {
        self.0.put(to);
    }

    fn take(from: &[u8]) -> Option<Self> {
        u32::take(from).map(Letters)
    }
}

impl<A: Flat, B: Flat> Flat for (A, B) {
    const SIZE: usize = A::SIZE + B::SIZE;

    fn put(&self, to: &mut Vec<u8>) {
        self.0.put(to);
        self.1.put(to);
    }

    fn take(from: &[u8]) -> Option<Self> {
        Some((A::take(from)?, B::take(from.get(A::SIZE..)?)?))
    }
}

/// A struct is its fields, one after the other.
macro_rules! flat_struct {
    ($name:ident { $($field:ident: $kind:ty),* $(,)? }) => {
        impl $crate::index::flat::Flat for $name {
            const SIZE: usize = 0 $(+ <$kind as $crate::index::flat::Flat>::SIZE)*;

            fn put(&self, to: &mut Vec<u8>) {
                $(self.$field.put(to);)*
            }

            fn take(from: &[u8]) -> Option<Self> {
                let mut rest = from;
                $(
                    let $field = <$kind as $crate::index::flat::Flat>::take(rest)?;
                    rest = rest.get(<$kind as $crate::index::flat::Flat>::SIZE..)?;
                )*
                let _ = rest;
                Some(Self { $($field),* })
            }
        }
    };
}

pub(super) use flat_struct;

/// Whether numbers rise to the last, which is this one; the first is 0.
pub fn rise_to(starts: &[u32], last: usize) -> bool {
    starts.first() == Some(&0)
        && starts.last().is_some_and(|end| *end as usize == last)
        && starts.windows(2).all(|pair| pair[0] <= pair[1])
}

pub fn are_below(numbers: &[u32], end: usize) -> bool {
    numbers.iter().all(|number| (*number as usize) < end)
}
