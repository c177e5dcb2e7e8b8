//! Work on many files at once.

use std::{
    panic::resume_unwind,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

/// Does the same to every item, on a few threads that live as long as this call, and returns the
/// results in the items' order. Stops at the first error.
///
/// # Errors
/// The first error of `work`.
pub fn map<T: Sync, R: Send, E: Send>(
    items: &[T],
    work: impl Fn(&T) -> Result<R, E> + Sync,
) -> Result<Vec<R>, E> {
    let next = AtomicUsize::new(0);
    let run = || {
        let mut done = Vec::new();
        loop {
            let position = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(position) else { return Ok(done) };
            match work(item) {
                Ok(result) => done.push((position, result)),
                Err(error) => {
                    next.store(items.len(), Ordering::Relaxed);
                    return Err(error);
                }
            }
        }
    };
    let cores = thread::available_parallelism().map_or(2, usize::from);
    // More than two even on one core: they also wait for the disk.
    let others = cores.clamp(2, 8).min(items.len()).saturating_sub(1);
    let mut results = thread::scope(|scope| {
        let running: Vec<_> = (0..others).map(|_| scope.spawn(run)).collect();
        let mut all = run()?;
        for thread in running {
            all.extend(thread.join().unwrap_or_else(|panic| resume_unwind(panic))?);
        }
        Ok(all)
    })?;
    results.sort_unstable_by_key(|(position, _)| *position);
    Ok(results.into_iter().map(|(_, result)| result).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_items() {
        let items: Vec<u32> = (0..1000).collect();
        let doubled = map(&items, |n| Ok::<_, ()>(n * 2)).unwrap();
        assert!(doubled.iter().zip(&items).all(|(d, n)| *d == n * 2));
        assert_eq!(map(&[], |n: &u32| Ok::<_, ()>(*n)), Ok(vec![]));
    }

    #[test]
    fn an_error_ends_the_work() {
        let items: Vec<u32> = (0..1000).collect();
        assert_eq!(map(&items, |n| if *n == 7 { Err("seven") } else { Ok(()) }), Err("seven"));
    }
}
