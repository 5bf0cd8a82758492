//! The steps of one run: each is announced, timed and summed up; a failed one stops no other.

use std::fmt::Write;
use std::time::{Duration, Instant};

use crate::test_counts::TestCounts;

/// How a step that could be run has ended.
pub enum Outcome {
    Passed,
    /// Passed, with something to say in the summary.
    Noted(String),
    /// A sentence on what did not pass; details were printed as they came.
    Failed(String),
    /// Not done, and why; not a failure.
    LeftOut(String),
}

#[derive(Default)]
pub struct Report {
    steps: Vec<Step>,
    pub tests: TestCounts,
    left_out: Vec<String>,
}

struct Step {
    name: String,
    took: Duration,
    outcome: Outcome,
}

impl Report {
    /// Runs a step now. An error, which is work that could not be done, fails it.
    pub fn step(&mut self, name: &str, work: impl FnOnce(&mut TestCounts) -> anyhow::Result<Outcome>) {
        println!("\n== {name}");
        let started = Instant::now();
        let outcome = work(&mut self.tests).unwrap_or_else(|error| Outcome::Failed(format!("{error:#}")));
        let step = Step { name: name.to_owned(), took: started.elapsed(), outcome };
        println!("== {}", step.line());
        self.steps.push(step);
    }

    /// Says loudly, now and at the end, that something was not checked.
    pub fn leave_out(&mut self, what: String) {
        println!("\n!! LEFT OUT: {what}");
        self.left_out.push(what);
    }

    /// Prints the summary; `true` when nothing failed.
    pub fn close(&self) -> bool {
        println!("\n{}", self.summary());
        self.passed()
    }

    fn passed(&self) -> bool {
        !self.steps.iter().any(|step| matches!(step.outcome, Outcome::Failed(_)))
    }

    /// One line a step, what was left out, and the counts of tests on the last line.
    fn summary(&self) -> String {
        let mut text = String::from("Summary\n");
        for step in &self.steps {
            let _ = writeln!(text, "  {}", step.line());
        }
        for what in &self.left_out {
            let _ = writeln!(text, "  LEFT OUT: {what}");
        }
        let verdict =
            if self.passed() { "Everything that was run has passed." } else { "NOT EVERYTHING HAS PASSED." };
        let _ = write!(text, "{verdict}\n{}", self.tests);
        text
    }
}

impl Step {
    fn line(&self) -> String {
        let (word, detail) = match &self.outcome {
            Outcome::Passed => ("ok", ""),
            Outcome::Noted(note) => ("ok", note.as_str()),
            Outcome::Failed(why) => ("FAILED", why.as_str()),
            Outcome::LeftOut(why) => ("left out", why.as_str()),
        };
        let line = format!("{:<22} {:>7} s  {word:<8} {detail}", self.name, tenths(self.took));
        line.trim_end().to_owned()
    }
}

/// Seconds with one digit after the point, rounded down.
fn tenths(duration: Duration) -> String {
    format!("{}.{}", duration.as_secs(), duration.subsec_millis() / 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_step_stops_no_other_and_fails_the_whole() {
        let mut report = Report::default();

        report.step("format", |_| Ok(Outcome::Failed("two files differ".to_owned())));
        report.step("tests", |tests| {
            *tests += TestCounts { passed: 3, failed: 0, skipped: 1 };
            Ok(Outcome::Passed)
        });

        let summary = report.summary();
        assert!(!report.passed());
        assert!(summary.contains("FAILED   two files differ"), "{summary}");
        assert!(summary.contains("tests"), "{summary}");
    }

    #[test]
    fn work_that_could_not_be_done_is_a_failure() {
        let mut report = Report::default();

        report.step("licences", |_| Err(anyhow::anyhow!("no `deny.toml`")));

        assert!(!report.passed());
        assert!(report.summary().contains("no `deny.toml`"));
    }

    #[test]
    fn what_was_left_out_is_said_and_fails_nothing() {
        let mut report = Report::default();

        report.leave_out("tests on real watchlists".to_owned());
        report.step("audit", |_| Ok(Outcome::LeftOut("no database".to_owned())));

        assert!(report.passed());
        assert!(report.summary().contains("LEFT OUT: tests on real watchlists"));
    }

    #[test]
    fn the_last_line_counts_the_tests() {
        let mut report = Report::default();
        report.tests += TestCounts { passed: 12, failed: 1, skipped: 2 };

        assert_eq!(report.summary().lines().last(), Some("12 passed, 1 failed, 2 skipped"));
    }
}
