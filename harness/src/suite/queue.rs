//! The scheduler: works on items in parallel and hands over the results in order.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::sync::mpsc;
use std::sync::{Mutex, PoisonError};
use std::thread;

/// How many simulations run at the same time unless it is said: one a core.
#[must_use]
pub fn cores() -> NonZeroUsize {
    thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

/// Works on items with so many threads. Each time an item is finished, `look` gets how many are,
/// and the results whose turn it is: those before which nothing is missing, in the items' order.
/// Once it breaks, no further item is begun.
///
/// Items are taken one by one, so that there may be many more of them than memory holds.
pub fn in_order<T: Send, R: Send>(
    jobs: NonZeroUsize,
    items: impl IntoIterator<Item = T, IntoIter: Send>,
    work: impl Fn(T) -> R + Sync,
    mut look: impl FnMut(usize, Vec<R>) -> ControlFlow<()>,
) {
    let items = Mutex::new(Some(items.into_iter().enumerate()));
    let next = || {
        let mut items = items.lock().unwrap_or_else(PoisonError::into_inner);
        items.as_mut()?.next()
    };
    let stop = || *items.lock().unwrap_or_else(PoisonError::into_inner) = None;
    let (finished, results) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..jobs.get() {
            // Started as long as there is something for it to do.
            let Some(first) = next() else { break };
            let (finished, next, work) = (finished.clone(), &next, &work);
            scope.spawn(move || {
                let mut item = Some(first);
                while let Some((index, of)) = item {
                    // Nobody listens any more if `look` panicked or has seen enough.
                    if finished.send((index, work(of))).is_err() {
                        break;
                    }
                    item = next();
                }
            });
        }
        drop(finished);
        let mut early = BTreeMap::new();
        let mut turn = 0;
        for (count, (index, result)) in (1..).zip(results) {
            early.insert(index, result);
            let mut ready = Vec::new();
            while let Some(result) = early.remove(&turn) {
                ready.push(result);
                turn += 1;
            }
            if look(count, ready).is_break() {
                stop();
                return;
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTINUE: ControlFlow<()> = ControlFlow::Continue(());

    #[test]
    fn results_come_in_the_order_of_the_items_whatever_finishes_first() {
        let items: Vec<u64> = (0..200).collect();
        for jobs in [1, 3, 500] {
            let (mut seen, mut counts) = (Vec::new(), Vec::new());
            let spin = |item: &u64| {
                // The earlier, the longer.
                let rounds = (200 - item) * 500;
                (0..rounds).fold(*item, |sum, round| std::hint::black_box(sum ^ round)) ^ rounds
            };
            let expected: Vec<u64> = items.iter().map(spin).collect();
            in_order(
                NonZeroUsize::new(jobs).unwrap(),
                &items,
                spin,
                |count, ready| {
                    counts.push(count);
                    seen.extend(ready);
                    CONTINUE
                },
            );
            assert_eq!(seen, expected, "{jobs} jobs");
            assert_eq!(counts, (1..=200).collect::<Vec<_>>(), "{jobs} jobs");
        }
    }

    #[test]
    fn nothing_to_do_is_done_at_once() {
        in_order(
            NonZeroUsize::MIN,
            [],
            |(): ()| (),
            |_, _| panic!("of nothing"),
        );
    }

    #[test]
    fn whoever_has_seen_enough_of_items_without_end_is_done() {
        let mut seen = Vec::new();
        in_order(
            NonZeroUsize::new(3).unwrap(),
            0_u64..,
            |item| item,
            |_, ready| {
                seen.extend(ready);
                if seen.len() < 5 {
                    CONTINUE
                } else {
                    ControlFlow::Break(())
                }
            },
        );
        let expected: Vec<u64> = (0..).take(seen.len()).collect();
        assert_eq!(seen, expected);
    }
}
