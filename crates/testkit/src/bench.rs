//! What `cargo xtask bench` measures: sign-ups to a durable decision, the gate in process and over HTTP, screening.

pub mod gate;
pub mod gate_http;
pub mod machine;
pub mod screening;
pub mod sign_up;

use std::time::Duration;

/// Latencies of one run, sorted.
pub struct Latencies(Vec<Duration>);

impl Latencies {
    pub fn new(mut all: Vec<Duration>) -> Self {
        all.sort_unstable();
        Self(all)
    }

    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The value that so many of a thousand do not exceed; nothing of nothing is zero.
    pub fn permille(&self, share: usize) -> Duration {
        let last = self.0.len().saturating_sub(1);
        self.0.get(last * share / 1_000).copied().unwrap_or_default()
    }
}

/// Milliseconds, with as many digits as say something.
pub fn in_ms(duration: Duration) -> String {
    let micros = duration.as_nanos() / 100;
    let (whole, tenths) = (micros / 10_000, micros % 10_000);
    format!("{whole}.{tenths:04}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_and_the_tail_are_read_off_the_sorted_values() {
        let latencies = Latencies::new((1..=1_001).rev().map(Duration::from_millis).collect());

        assert_eq!(latencies.permille(500), Duration::from_millis(501));
        assert_eq!(latencies.permille(990), Duration::from_millis(991));
        assert_eq!(Latencies::new(Vec::new()).permille(500), Duration::ZERO);
        assert_eq!(in_ms(Duration::from_micros(1_250)), "1.2500");
    }
}
