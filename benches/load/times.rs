//! Times that were measured, in microseconds, and what a share of them took at most.

#[derive(Clone, Default)]
pub struct Times(Vec<u64>);

impl Times {
    pub fn record(&mut self, micros: u64) {
        self.0.push(micros);
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// By nearest rank: the time that `share` (0 to 1) of all took at most; 0 where nothing was measured.
    pub fn at(&self, share: f64) -> u64 {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let rank = (sorted.len() as f64 * share).ceil() as usize;
        sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default()
    }
}
