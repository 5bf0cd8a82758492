//! One file over HTTP, taken up where it was cut (RFC 9110, 13.1 and 14), also by a process that comes later.

use std::io;
use std::time::{Duration, Instant};

use ureq::http::header::HeaderMap;

use super::kept::{Kept, Origin};
use crate::web;

/// How often one file is asked for.
const ATTEMPTS_MAX: u32 = 5;

/// Before a file is asked for again; twice as long each time.
const PAUSE: Duration = Duration::from_millis(100);

const LATE: &str = "it did not answer in time";
const CUT: &str = "the connection was cut";

/// A file, and what is borne to get it.
pub struct Wanted<'a> {
    pub url: &'a str,
    /// A longer file is refused.
    pub len_max: u64,
    pub deadline: Instant,
    /// Is told of bytes as they come in.
    pub told: &'a dyn Fn(u64),
}

/// What came of asking once.
enum Fault {
    /// Worth asking again.
    Cut(String),
    ForGood(String),
}

/// The whole file. What came before a cut is kept where the publisher can say that it is still of the same file: in
/// memory, and on disk where a place for it is given.
pub fn fetch(wanted: &Wanted<'_>, kept: Option<&mut Kept>) -> Result<Vec<u8>, String> {
    let mut held = Held::take_up(wanted, kept);
    let mut why = String::new();
    for attempt in 0..ATTEMPTS_MAX {
        if attempt > 0 {
            std::thread::sleep((PAUSE * 2_u32.pow(attempt - 1)).min(wanted.time_left()));
        }
        match held.ask(wanted) {
            Ok(()) => return Ok(held.bytes),
            Err(Fault::ForGood(said)) => {
                held.note_down();
                return Err(said);
            }
            Err(Fault::Cut(said)) => {
                held.note_down();
                why = said;
            }
        }
    }
    Err(why)
}

impl Wanted<'_> {
    fn time_left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    fn too_large(&self) -> Fault {
        Fault::ForGood(format!("its file is larger than {} bytes", self.len_max))
    }
}

/// What is there of the file so far.
struct Held<'a> {
    bytes: Vec<u8>,
    /// Says of which state of the file the bytes are; `None` where a rest cannot be asked for.
    validator: Option<String>,
    /// Length of the whole file, where it was told.
    total: Option<u64>,
    /// The same on disk.
    kept: Option<&'a mut Kept>,
}

impl<'a> Held<'a> {
    fn take_up(wanted: &Wanted<'_>, mut kept: Option<&'a mut Kept>) -> Self {
        let there = kept.as_mut().and_then(|kept| kept.take_up(wanted.url, wanted.len_max));
        let (bytes, origin) = there.unzip();
        let (validator, total) = origin.map(|origin| (origin.validator, origin.total)).unzip();
        Self { bytes: bytes.unwrap_or_default(), validator, total: total.flatten(), kept }
    }

    fn forget(&mut self) {
        self.bytes.clear();
        (self.validator, self.total) = (None, None);
    }

    fn begin(&mut self, url: &str, validator: Option<String>, total: Option<u64>) {
        self.bytes.clear();
        (self.validator, self.total) = (validator.clone(), total);
        if let Some(kept) = &mut self.kept {
            kept.begin(validator.map(|validator| Origin { url: url.to_owned(), validator, total }));
        }
    }

    fn note_down(&mut self) {
        if let Some(kept) = &mut self.kept {
            kept.note_down(self.total);
        }
    }

    fn is_whole(&self) -> bool {
        self.total == Some(self.bytes.len() as u64) && !self.bytes.is_empty()
    }

    fn ask(&mut self, wanted: &Wanted<'_>) -> Result<(), Fault> {
        let timeout = wanted.time_left();
        if timeout.is_zero() {
            return Err(Fault::ForGood(LATE.to_owned()));
        }
        let config = web::config(timeout).max_redirects(3).https_only(wanted.url.starts_with("https://"));
        // Ranges count bytes as they are sent, so they are sent as they are.
        let mut request = web::agent(config).get(wanted.url).header("accept-encoding", "identity");
        match &self.validator {
            Some(validator) if self.is_whole() => {
                let is_etag = validator.starts_with('"');
                request =
                    request.header(if is_etag { "if-none-match" } else { "if-modified-since" }, validator);
            }
            Some(validator) if !self.bytes.is_empty() => {
                request = request.header("range", format!("bytes={}-", self.bytes.len()));
                request = request.header("if-range", validator);
            }
            _ => self.forget(),
        }
        let mut response = request.call().map_err(|error| fault_of(&error))?;
        match response.status().as_u16() {
            200 => {
                let validator = validator_of(response.headers());
                self.begin(wanted.url, validator, response.body().content_length());
            }
            304 if self.is_whole() => return Ok(()),
            206 if self.fits(response.headers()) => {}
            206 | 416 => {
                self.forget();
                return Err(Fault::Cut("it sent another part than was asked for".to_owned()));
            }
            status @ (408 | 425 | 429 | 500..=599) => {
                return Err(Fault::Cut(format!("it answered {status}")));
            }
            status => return Err(Fault::ForGood(format!("it answered {status}"))),
        }
        if self.total.is_some_and(|total| total > wanted.len_max) {
            return Err(wanted.too_large());
        }
        self.read(wanted, response.body_mut().with_config().limit(u64::MAX).reader())
    }

    /// Whether a part goes on where the bytes end, and is of a file of the same length.
    fn fits(&self, headers: &HeaderMap) -> bool {
        let range = headers.get("content-range").and_then(|value| value.to_str().ok());
        let part = range.and_then(|range| range.strip_prefix("bytes ")?.split_once('/'));
        let Some((part, total)) = part else { return false };
        let first = part.split_once('-').and_then(|(first, _)| first.parse::<u64>().ok());
        let is_same_length = self.total.is_none() || total == "*" || total.parse().ok() == self.total;
        first == Some(self.bytes.len() as u64) && is_same_length
    }

    fn read(&mut self, wanted: &Wanted<'_>, mut body: impl io::Read) -> Result<(), Fault> {
        let mut buffer = vec![0; 1 << 16];
        loop {
            let read = match body.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) => return Err(fault_of_reading(&error)),
            };
            if (self.bytes.len() + read) as u64 > wanted.len_max {
                return Err(wanted.too_large());
            }
            self.bytes.extend_from_slice(&buffer[..read]);
            if let Some(kept) = &mut self.kept {
                kept.add(&buffer[..read]);
            }
            (wanted.told)(read as u64);
        }
        match self.total {
            Some(total) if (self.bytes.len() as u64) < total => Err(Fault::Cut(CUT.to_owned())),
            Some(total) if self.bytes.len() as u64 > total => {
                self.forget();
                Err(Fault::Cut("its file is longer than it says".to_owned()))
            }
            _ => {
                self.total = Some(self.bytes.len() as u64);
                self.note_down();
                Ok(())
            }
        }
    }
}

/// A strong `ETag`, else the instant of the last change.
fn validator_of(headers: &HeaderMap) -> Option<String> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    text("etag").filter(|etag| etag.starts_with('"')).or_else(|| text("last-modified"))
}

fn fault_of(error: &ureq::Error) -> Fault {
    let why = web::why(error).to_owned();
    match error {
        ureq::Error::Io(_) | ureq::Error::ConnectionFailed => Fault::Cut(why),
        _ => Fault::ForGood(why),
    }
}

fn fault_of_reading(error: &io::Error) -> Fault {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<ureq::Error>());
    match inner {
        Some(inner) => fault_of(inner),
        None if error.kind() == io::ErrorKind::TimedOut => Fault::ForGood(LATE.to_owned()),
        None => Fault::Cut(CUT.to_owned()),
    }
}
