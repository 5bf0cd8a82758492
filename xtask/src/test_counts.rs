//! How many tests passed, failed and were skipped, read from what the test runners print.

use std::fmt;
use std::ops::AddAssign;

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct TestCounts {
    pub passed: u64,
    pub failed: u64,
    pub skipped: u64,
}

impl TestCounts {
    /// Sums the summaries of `cargo nextest` and `cargo test` in `text`; other lines count nothing.
    pub fn read(text: &str) -> Self {
        let mut sum = Self::default();
        for line in text.lines() {
            if let Some(counts) = nextest_summary(line).or_else(|| libtest_summary(line)) {
                sum += counts;
            }
        }
        sum
    }
}

impl AddAssign for TestCounts {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl fmt::Display for TestCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }
}

/// `Summary [   1.2s] 7 tests run: 4 passed (1 slow), 2 failed, 1 timed out, 3 skipped`
fn nextest_summary(line: &str) -> Option<TestCounts> {
    let (before, counts) = line.trim_start().strip_prefix("Summary [")?.split_once(" run: ")?;
    (before.ends_with("tests") || before.ends_with("test"))
        .then(|| read_counts(&without_brackets(counts), ','))
}

/// `test result: ok. 4 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out; finished in 0.01s`
///
/// An indented one is the output of a failed test, which the runner's own summary counts already.
fn libtest_summary(line: &str) -> Option<TestCounts> {
    let (_, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
    Some(read_counts(counts, ';'))
}

/// Reads parts like `3 timed out`. Whatever is neither passed nor left out has failed.
fn read_counts(text: &str, separator: char) -> TestCounts {
    let mut counts = TestCounts::default();
    for part in text.split(separator) {
        let Some((number, what)) = part.trim().split_once(' ') else { continue };
        let Ok(number) = number.parse::<u64>() else { continue };
        match what.trim() {
            "passed" | "measured" => counts.passed += number,
            "skipped" | "ignored" | "filtered out" => counts.skipped += number,
            _ => counts.failed += number,
        }
    }
    counts
}

fn without_brackets(text: &str) -> String {
    let mut depth = 0_u32;
    text.chars()
        .filter(|character| {
            match character {
                '(' => depth += 1,
                ')' => {
                    depth = depth.saturating_sub(1);
                    return false;
                }
                _ => {}
            }
            depth == 0
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_runner_summary_is_understood() {
        let cases = [
            ("     Summary [   0.006s] 3 tests run: 3 passed, 0 skipped", (3, 0, 0)),
            ("     Summary [   0.006s] 1 test run: 1 passed, 0 skipped", (1, 0, 0)),
            ("     Summary [   0.006s] 0 tests run: 0 passed, 5 skipped", (0, 0, 5)),
            (
                "     Summary [  61.5s] 9 tests run: 6 passed (2 slow, 1 flaky), 2 failed, 1 timed out, 4 skipped",
                (6, 3, 4),
            ),
            (
                "     Summary [   1.0s] 3/10 tests run: 1 passed (1 leaky), 1 failed (1 due to signal), 1 exec failed, 0 skipped",
                (1, 2, 0),
            ),
            (
                "test result: ok. 4 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out; finished in 0.01s",
                (4, 0, 3),
            ),
            (
                "test result: FAILED. 4 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s",
                (4, 2, 0),
            ),
            ("test summary ... ok", (0, 0, 0)),
            ("a log line: 3 failed, 4 passed", (0, 0, 0)),
        ];
        for (line, (passed, failed, skipped)) in cases {
            assert_eq!(TestCounts::read(line), TestCounts { passed, failed, skipped }, "{line}");
        }
    }

    #[test]
    fn summaries_of_several_runs_are_summed() {
        let text = "\
running 2 tests
test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s

     Summary [   0.006s] 3 tests run: 2 passed, 1 failed, 1 skipped
test result: FAILED. 0 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s
";
        let counts = TestCounts::read(text);

        assert_eq!(counts.to_string(), "4 passed, 2 failed, 2 skipped");
    }
}
