//! How far a long command is: a bar on a terminal, a log line now and then otherwise.

use std::io::Read;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::streams::is_watched;

/// Without a terminal, a line this often.
const SAY_EVERY: Duration = Duration::from_secs(5);

pub struct Progress {
    bar: ProgressBar,
    what: &'static str,
    watched: bool,
    said_at: Mutex<Instant>,
}

impl Progress {
    /// Of a known number of things.
    pub fn of(what: &'static str, count: u64) -> Self {
        let style = "{msg} {wide_bar} {human_pos}/{human_len} {eta}";
        Self::new(what, ProgressBar::new(count), style)
    }

    /// Of a number that shows at the end.
    pub fn counting(what: &'static str) -> Self {
        Self::new(what, ProgressBar::new_spinner(), "{msg} {human_pos} {per_sec}")
    }

    fn new(what: &'static str, bar: ProgressBar, style: &str) -> Self {
        let watched = is_watched();
        let bar = if watched { bar } else { ProgressBar::hidden() };
        bar.set_style(ProgressStyle::with_template(style).expect("the template is one of the two above"));
        bar.set_message(what);
        Self { bar, what, watched, said_at: Mutex::new(Instant::now()) }
    }

    pub fn add(&self, count: u64) {
        self.bar.inc(count);
        self.say_now_and_then();
    }

    pub fn set(&self, count: u64) {
        self.bar.set_position(count);
        self.say_now_and_then();
    }

    fn say_now_and_then(&self) {
        if self.watched {
            return;
        }
        let mut said_at = self.said_at.lock().unwrap_or_else(PoisonError::into_inner);
        if said_at.elapsed() >= SAY_EVERY {
            *said_at = Instant::now();
            tracing::info!("{}: {} so far", self.what, self.bar.position());
        }
    }

    /// A line beside the bar, on standard error.
    pub fn say(&self, text: &str) {
        self.bar.suspend(|| eprintln!("{text}"));
    }

    pub fn end(&self) {
        self.bar.finish_and_clear();
    }

    /// Counts lines while they are read.
    pub fn reading<R: Read>(&self, input: R) -> Counting<'_, R> {
        Counting { progress: self, input }
    }
}

pub struct Counting<'a, R> {
    progress: &'a Progress,
    input: R,
}

impl<R: Read> Read for Counting<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.input.read(buffer)?;
        let lines = buffer[..read].iter().filter(|&&byte| byte == b'\n').count();
        self.progress.add(lines as u64);
        Ok(read)
    }
}
