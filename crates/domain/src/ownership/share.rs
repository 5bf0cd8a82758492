//! A share of the whole, exact through twenty multiplications by parts per million.

use serde::{Deserialize, Serialize};

const LIMBS: usize = 7;
const MILLION: u64 = 1_000_000;

/// A number of units of 10⁻¹²⁰ of the whole, 448 bits wide. Sums and products saturate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// Least significant first.
    limbs: [u64; LIMBS],
}

const fn times(limbs: [u64; LIMBS], factor: u64) -> ([u64; LIMBS], bool) {
    let mut product = [0; LIMBS];
    let mut carry: u128 = 0;
    let mut place = 0;
    while place < LIMBS {
        carry += limbs[place] as u128 * factor as u128;
        product[place] = carry as u64;
        carry >>= 64;
        place += 1;
    }
    (product, carry > 0)
}

impl Share {
    pub const NOTHING: Self = Self { limbs: [0; LIMBS] };

    /// 10¹²⁰ units.
    pub const WHOLE: Self = {
        let mut limbs = [0; LIMBS];
        limbs[0] = 1;
        let mut power = 0;
        while power < 20 {
            limbs = times(limbs, MILLION).0;
            power += 1;
        }
        Self { limbs }
    };

    const MOST: Self = Self { limbs: [u64::MAX; LIMBS] };

    /// A part of it; more than a million counts as the whole.
    pub fn times_ppm(self, ppm: u32) -> Self {
        match times(self.limbs, u64::from(ppm).min(MILLION)) {
            (limbs, false) => Self { limbs: divided_by_million(limbs).0 },
            (_, true) => Self::MOST,
        }
    }

    pub fn plus(self, other: Self) -> Self {
        let mut sum = [0; LIMBS];
        let mut carry = false;
        for (place, limb) in sum.iter_mut().enumerate() {
            let (partial, first) = self.limbs[place].overflowing_add(other.limbs[place]);
            let (full, second) = partial.overflowing_add(carry.into());
            *limb = full;
            carry = first || second;
        }
        if carry { Self::MOST } else { Self { limbs: sum } }
    }

    /// Parts per million, rounded down; at most the whole.
    pub fn to_ppm_down(self) -> u32 {
        self.to_ppm().0
    }

    /// Parts per million, rounded up; at most the whole.
    pub fn to_ppm_up(self) -> u32 {
        let (down, exact) = self.to_ppm();
        if exact { down } else { down.saturating_add(1).min(MILLION as u32) }
    }

    fn to_ppm(self) -> (u32, bool) {
        if self >= Self::WHOLE {
            return (MILLION as u32, true);
        }
        let (mut limbs, mut exact) = (self.limbs, true);
        for _ in 0..19 {
            let (quotient, remainder) = divided_by_million(limbs);
            limbs = quotient;
            exact &= remainder == 0;
        }
        (u32::try_from(limbs[0]).unwrap_or(MILLION as u32), exact)
    }
}

fn divided_by_million(limbs: [u64; LIMBS]) -> ([u64; LIMBS], u64) {
    let mut quotient = [0; LIMBS];
    let mut remainder: u128 = 0;
    for place in (0..LIMBS).rev() {
        let value = remainder << 64 | u128::from(limbs[place]);
        quotient[place] = (value / u128::from(MILLION)) as u64;
        remainder = value % u128::from(MILLION);
    }
    (quotient, remainder as u64)
}

impl PartialOrd for Share {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Share {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.limbs.iter().rev().cmp(other.limbs.iter().rev())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// DEF-06
    #[test]
    fn twenty_links_lose_nothing() {
        let half = |share: Share| share.times_ppm(500_000);
        let tiny = (0..20).fold(Share::WHOLE, |share, _| half(share));
        let back = (0..20).fold(tiny, |share, _| share.plus(share));

        assert_eq!(back, Share::WHOLE);
        assert_eq!(Share::WHOLE.to_ppm_down(), 1_000_000);
        assert_eq!(Share::MOST.plus(Share::WHOLE), Share::MOST);
        assert_eq!(Share::MOST.times_ppm(1_000_000), Share::MOST);
        assert_eq!((tiny.to_ppm_down(), tiny.to_ppm_up()), (0, 1));
    }

    proptest! {
        /// Products agree with whole-number arithmetic wherever that has room.
        #[test]
        fn products_are_exact(ppm in proptest::collection::vec(0..=1_000_000_u32, 1..=6)) {
            let product: u128 = ppm.iter().map(|&ppm| u128::from(ppm)).product();
            let scale = 1_000_000_u128.pow(ppm.len() as u32 - 1);
            let share = ppm.iter().fold(Share::WHOLE, |share, &ppm| share.times_ppm(ppm));
            prop_assert_eq!(u128::from(share.to_ppm_down()), product / scale);
            prop_assert_eq!(u128::from(share.to_ppm_up()), product.div_ceil(scale));
        }
    }
}
