//! How much of what crosses a proxy is kept: where anybody can send, what is told is bounded, for
//! whoever is told keeps it.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

use super::WireTap;
use crate::trace::{Face, Message, Wire};

/// What an exchange is charged beside its bodies, in bytes.
const EVENT_BYTES: u64 = 1024;

/// How much is kept of the beginning of a body that is not, in bytes.
const BEGINNING_BYTES: usize = 256;

/// Of how many exchanges a connection remembers that they are not kept. They are had one by one.
const MAX_REMEMBERED: usize = 16;

const MIB: u64 = 1024 * 1024;

/// How much is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keeps {
    /// Of one connection.
    pub connection: Allowance,
    /// Of all together.
    pub all: Allowance,
}

/// So much may be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// At once, in bytes.
    pub burst_bytes: u64,
    /// On and on, in bytes.
    pub bytes_per_second: u64,
}

impl Keeps {
    /// More than the nodes send one another, with full blocks in every slot.
    pub const OF_REAL_SOCKETS: Self = Self {
        connection: Allowance {
            burst_bytes: 32 * MIB,
            bytes_per_second: 4 * MIB,
        },
        all: Allowance {
            burst_bytes: 128 * MIB,
            bytes_per_second: 8 * MIB,
        },
    };
}

/// What is left of an allowance.
#[derive(Debug)]
pub(super) struct Left {
    allowance: Allowance,
    /// How much was left, in millionths of a byte, and when that was, in microseconds since the run
    /// began.
    left: Mutex<(u128, u64)>,
}

/// The millionths in one; a second has as many microseconds.
const MILLIONTHS: u128 = 1_000_000;

impl Left {
    pub(super) fn all(allowance: Allowance) -> Self {
        let left = u128::from(allowance.burst_bytes) * MILLIONTHS;
        Self {
            allowance,
            left: Mutex::new((left, 0)),
        }
    }

    /// Takes so many bytes if they are left.
    fn take(&self, bytes: u64, now_us: u64) -> bool {
        let mut state = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let (left, then_us) = *state;
        let passed_us = u128::from(now_us.saturating_sub(then_us));
        let left = left + passed_us * u128::from(self.allowance.bytes_per_second);
        let left = left.min(u128::from(self.allowance.burst_bytes) * MILLIONTHS);
        let rest = left.checked_sub(u128::from(bytes) * MILLIONTHS);
        *state = (rest.unwrap_or(left), now_us.max(then_us));
        rest.is_some()
    }
}

/// What is left to one connection.
#[derive(Debug)]
pub(super) struct Kept {
    /// Nothing if all is kept.
    left: Option<(Left, Arc<Left>)>,
    cut: Arc<Mutex<BTreeSet<u64>>>,
}

impl Kept {
    /// What is left to a connection that has just been opened, of what is left to all.
    pub(super) fn of_connection(keeps: Option<(Keeps, Arc<Left>)>) -> Self {
        Self {
            left: keeps.map(|(keeps, all)| (Left::all(keeps.connection), all)),
            cut: Arc::default(),
        }
    }

    /// A tap that is not told what becomes of an exchange that is not kept.
    pub(super) fn tap(&self, tap: &WireTap) -> WireTap {
        if self.left.is_none() {
            return tap.clone();
        }
        let (cut, tell, now) = (self.cut.clone(), tap.clone(), tap.clone());
        let is_cut = move |wire: &Wire| {
            let cut = cut.lock().unwrap_or_else(PoisonError::into_inner);
            wire.exchange().is_some_and(|number| cut.contains(&number))
        };
        WireTap::new(
            move |face, wire| {
                if !is_cut(&wire) {
                    tell.tell(face, wire);
                }
            },
            move || now.now_us(),
        )
    }

    /// Takes what a message of an exchange needs, or tells that it is not kept if that is not left;
    /// returns whether it did.
    pub(super) fn cuts(
        &self,
        tap: &WireTap,
        exchange: u64,
        message: Message,
        body: &Bytes,
    ) -> bool {
        let Some((own, all)) = &self.left else {
            return false;
        };
        let (bytes, now_us) = (body.len() as u64, tap.now_us());
        let needed = bytes + EVENT_BYTES;
        if own.take(needed, now_us) && all.take(needed, now_us) {
            return false;
        }
        let face = match message {
            Message::Request => Face::Sequencer,
            Message::Reply => Face::Builder,
        };
        let begins = Bytes::copy_from_slice(&body[..body.len().min(BEGINNING_BYTES)]);
        let wire = Wire::Cut {
            exchange,
            message,
            bytes,
            begins,
        };
        tap.tell(face, wire);
        let mut cut = self.cut.lock().unwrap_or_else(PoisonError::into_inner);
        cut.insert(exchange);
        if cut.len() > MAX_REMEMBERED {
            cut.pop_first();
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_grows_with_time_up_to_the_burst() {
        let left = Left::all(Allowance {
            burst_bytes: 1000,
            bytes_per_second: 100,
        });
        assert!(left.take(1000, 0));
        assert!(!left.take(1, 0));
        // Looking often costs nothing.
        for now_us in [1, 9_999, 10_001, 999_999] {
            assert!(!left.take(100, now_us));
        }
        assert!(left.take(100, 1_000_000));
        // What is refused costs nothing, and clocks that go back change nothing.
        assert!(!left.take(100, 1_500_000) && !left.take(51, 0));
        assert!(left.take(50, 1_510_000));
        assert!(!left.take(1001, u64::MAX) && left.take(1000, u64::MAX));
    }

    #[test]
    fn of_an_exchange_that_is_not_kept_nothing_more_is_told() {
        let told = Arc::new(Mutex::new(Vec::new()));
        let into = told.clone();
        let tap = WireTap::new(
            move |face, wire| into.lock().unwrap().push((face, wire)),
            || 0,
        );
        let allowance = Allowance {
            burst_bytes: 5000,
            bytes_per_second: 0,
        };
        let keeps = Keeps {
            connection: allowance,
            all: allowance,
        };
        let all = Arc::new(Left::all(allowance));
        let kept = Kept::of_connection(Some((keeps, all.clone())));
        let tap = kept.tap(&tap);
        let body = Bytes::from(vec![b'7'; 3000]);
        assert!(!kept.cuts(&tap, 1, Message::Request, &body));
        assert!(kept.cuts(&tap, 1, Message::Reply, &body));
        assert!(kept.cuts(&tap, 2, Message::Request, &body));
        for exchange in [1, 2, 3] {
            let reply = None;
            tap.tell(Face::Sequencer, Wire::Reply { exchange, reply });
        }
        let told = std::mem::take(&mut *told.lock().unwrap());
        let cut = |exchange, message| Wire::Cut {
            exchange,
            message,
            bytes: 3000,
            begins: body.slice(..BEGINNING_BYTES),
        };
        let reply = Wire::Reply {
            exchange: 3,
            reply: None,
        };
        assert_eq!(
            told,
            [
                (Face::Builder, cut(1, Message::Reply)),
                (Face::Sequencer, cut(2, Message::Request)),
                (Face::Sequencer, reply),
            ]
        );
        // What one connection may keep is of what all may.
        let other = Kept::of_connection(Some((keeps, all)));
        assert!(other.cuts(&tap, 4, Message::Request, &body));
        assert!(!Kept::of_connection(None).cuts(&tap, 5, Message::Request, &body));
    }
}
