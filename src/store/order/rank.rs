//! The order in which things happen, whatever the clock does.
//!
//! In: the time of an order. Out: its rank: that time in milliseconds, or the next number where the clock
//! stands still or was put back. Never: a time that is shown, or that a report counts.

use domain::{Millis, Rank};
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

/// The last rank that was given. One for the program, as a clock is.
static LAST: AtomicI64 = AtomicI64::new(0);

/// The next rank.
pub fn next(at: Millis) -> Rank {
    let after = |last: i64| at.0.max(last + 1);
    after(LAST.update(Relaxed, Relaxed, after))
}

/// A rank from before the program was started: what comes now ranks behind it.
pub fn seen(rank: Rank) {
    LAST.fetch_max(rank, Relaxed);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_grow_though_the_clock_is_put_back() {
        let ahead = next(Millis(1_000_000));
        assert!(next(Millis(5)) > ahead);
        seen(2_000_000);
        assert!(next(Millis(6)) > 2_000_000);
    }
}
