//! Inputs from a key: an example, changed in a few places.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use sha2::{Digest, Sha256};

/// The longest input, in bytes.
const LONGEST: usize = 64 * 1024;

/// The input of a number. The first are the examples themselves.
pub(crate) fn input(name: &str, number: u64, examples: &[Vec<u8>], words: &[&str]) -> Vec<u8> {
    if let Some(example) = examples.get(number as usize) {
        return example.clone();
    }
    let mut hasher = Sha256::new();
    hasher.update(name);
    hasher.update(number.to_be_bytes());
    let mut draws = Draws(ChaCha8Rng::from_seed(hasher.finalize().into()));
    let mut input = draws.of(examples).clone();
    for _ in 0..1 + draws.below(4) {
        draws.change(&mut input, examples, words);
    }
    input.truncate(LONGEST);
    input
}

struct Draws(ChaCha8Rng);

impl Draws {
    fn below(&mut self, bound: usize) -> usize {
        (self.0.next_u64() % bound.max(1) as u64) as usize
    }

    fn of<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len())]
    }

    /// A part of something of so many bytes, mostly short.
    fn part(&mut self, length: usize) -> std::ops::Range<usize> {
        let start = self.below(length + 1);
        let longest = 1 << self.below(10);
        start..(start + self.below(longest + 1)).min(length)
    }

    fn change(&mut self, input: &mut Vec<u8>, examples: &[Vec<u8>], words: &[&str]) {
        let part = self.part(input.len());
        let at = part.start;
        match self.below(10) {
            0 if at < input.len() => input[at] ^= 1 << self.below(8),
            1 if at < input.len() => input[at] = self.below(256) as u8,
            2 => {
                input.drain(part);
            }
            3 => {
                let again = input[part].to_vec();
                input.splice(at..at, again);
            }
            4 => {
                let other = self.of(examples);
                let from = self.part(other.len());
                input.splice(part, other[from].iter().copied());
            }
            5 => {
                let word = self.of(words).as_bytes();
                input.splice(at..at, word.iter().copied());
            }
            6 => {
                let word = self.of(words).as_bytes();
                input.splice(part, word.iter().copied());
            }
            7 => input.truncate(at),
            8 => self.replace_value(input, words),
            _ => self.change_digit(input),
        }
    }

    /// Replaces what stands between two marks, such as a value of JSON, by a word.
    fn replace_value(&mut self, input: &mut Vec<u8>, words: &[&str]) {
        let marks: Vec<usize> = (0..input.len())
            .filter(|at| b":,[]{}=\n\r ".contains(&input[*at]))
            .collect();
        if marks.len() > 1 {
            let first = self.below(marks.len() - 1);
            let word = self.of(words).as_bytes();
            input.splice(marks[first] + 1..marks[first + 1], word.iter().copied());
        }
    }

    /// Makes another digit of one, or many of it.
    fn change_digit(&mut self, input: &mut Vec<u8>) {
        let digits: Vec<usize> = (0..input.len())
            .filter(|at| input[*at].is_ascii_hexdigit())
            .collect();
        if !digits.is_empty() {
            let at = *self.of(&digits);
            let digit = *self.of(b"0123456789abcdefABCDEF");
            let times = *self.of(&[1, 1, 1, 2, 20, 64]);
            input.splice(at..=at, std::iter::repeat_n(digit, times));
        }
    }
}
