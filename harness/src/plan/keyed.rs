//! Randomness by key instead of by sequence.
//!
//! What is drawn depends on the seed and on what it is drawn for, never on what was drawn before:
//! a draw added somewhere shifts nothing elsewhere.

use std::ops::RangeInclusive;

use rand_chacha::ChaCha20Rng;
use rand_core::{RngCore, SeedableRng};
use sha2::{Digest, Sha256};

/// All the randomness of a run: the same on every platform and in every order of the draws.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keyed {
    key: [u8; 32],
}

impl Keyed {
    /// The randomness of this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            key: hash(&[b"gauntlet", &seed.to_le_bytes()]),
        }
    }

    /// Draws 64 bits for the n-th decision of a site in a slot; slot 0 is the run as a whole.
    #[must_use]
    pub fn draw(&self, site: &str, slot: u64, n: u64) -> u64 {
        // The fixed-size parts come first, so that no two decisions run together to the same text.
        let decision = hash(&[&slot.to_le_bytes(), &n.to_le_bytes(), site.as_bytes()]);
        let (stream, _) = decision.split_at(8);
        let stream = stream
            .iter()
            .rev()
            .fold(0, |number, byte| (number << 8) | u64::from(*byte));
        let mut stream_cipher = ChaCha20Rng::from_seed(self.key);
        stream_cipher.set_stream(stream);
        stream_cipher.next_u64()
    }

    /// Draws a number of the range.
    #[must_use]
    pub fn between(&self, site: &str, slot: u64, n: u64, range: RangeInclusive<u64>) -> u64 {
        let (low, high) = range.into_inner();
        let count = u128::from(high.saturating_sub(low)) + 1;
        // The product is less than 2^64 x count, so that the quotient is less than the count.
        let offset = (u128::from(self.draw(site, slot, n)) * count) >> 64;
        low + offset as u64
    }

    /// Draws whether something happens that happens in so many cases of a hundred.
    #[must_use]
    pub fn chance(&self, site: &str, slot: u64, n: u64, percent: u64) -> bool {
        self.between(site, slot, n, 0..=99) < percent
    }
}

fn hash(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_is_the_same_everywhere_and_for_ever() {
        let keyed = Keyed::new(7);
        insta::assert_snapshot!(
            format!(
                "{:016x} {:016x} {:016x} {:016x}",
                keyed.draw("reply", 1, 0),
                keyed.draw("reply", 1, 1),
                keyed.draw("reply", 2, 0),
                keyed.draw("request", 1, 0),
            ),
            @"02b34d1cf300465a 0a6a378b35eb05a1 b69dd02ccc07f6a8 726592753bf0b4c7"
        );
        assert_ne!(keyed.draw("reply", 1, 0), Keyed::new(8).draw("reply", 1, 0));
    }

    #[test]
    fn a_number_is_in_its_range_and_reaches_both_ends() {
        let keyed = Keyed::new(0);
        let drawn: Vec<u64> = (0..1000)
            .map(|n| keyed.between("number", 0, n, 3..=7))
            .collect();
        assert_eq!(drawn.iter().min(), Some(&3));
        assert_eq!(drawn.iter().max(), Some(&7));
        assert_eq!(keyed.between("number", 0, 0, 5..=5), 5);
        let whole = keyed.between("number", 0, 0, 0..=u64::MAX);
        assert_eq!(whole, keyed.draw("number", 0, 0));
    }

    #[test]
    fn a_chance_comes_as_often_as_it_says() {
        let keyed = Keyed::new(0);
        let came = (0..10_000)
            .filter(|n| keyed.chance("chance", 0, *n, 30))
            .count();
        assert!((2800..=3200).contains(&came), "{came}");
        assert!(!(0..100).any(|n| keyed.chance("chance", 0, n, 0)));
        assert!((0..100).all(|n| keyed.chance("chance", 0, n, 100)));
    }
}
