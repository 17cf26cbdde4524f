//! Works on items in parallel and hands over the results in order.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

/// Works on items with so many threads. Each time an item is finished, `look` gets how many are,
/// and the results whose turn it is: those before which nothing is missing, in the items' order.
pub fn in_order<T: Sync, R: Send>(
    jobs: NonZeroUsize,
    items: &[T],
    work: impl Fn(&T) -> R + Sync,
    mut look: impl FnMut(usize, Vec<R>),
) {
    let next = AtomicUsize::new(0);
    let (finished, results) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..jobs.get().min(items.len()) {
            let (finished, next, work) = (finished.clone(), &next, &work);
            scope.spawn(move || {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(index) else { break };
                    // Nobody listens any more if `look` panicked.
                    if finished.send((index, work(item))).is_err() {
                        break;
                    }
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
            look(count, ready);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

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
            &[],
            |_: &()| (),
            |_, _| panic!("of nothing"),
        );
    }
}
