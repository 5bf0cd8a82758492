//! NDJSON from files and pipes, plain, gzip or zstd, told by content.

use std::io::{self, BufRead, BufReader, Read};

use app::access::{AccessLog, AccessLogError};
use domain::access::{AccessEvent, IngestOutcome, IngestReport, LineError, parse_event};
use flate2::bufread::MultiGzDecoder;
use jiff::Timestamp;

/// Longest line; a longer one is refused and passed over.
pub const LINE_MAX_BYTES: usize = 1 << 20;
/// Events handed over at a time.
const BATCH_EVENTS: usize = 8_192;

/// One line that was not taken, by its number from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineProblem {
    pub line: u64,
    pub error: LineError,
}

/// Why a run stopped before the end of its input. What was reported until then is stored.
#[derive(Debug, thiserror::Error)]
pub enum IngestFilesError {
    #[error("the input could not be read after line {line}")]
    Input {
        line: u64,
        #[source]
        source: io::Error,
    },
    #[error(transparent)]
    Log(#[from] AccessLogError),
}

/// Reads events to the end and stores them, adding to `report` as they become durable. Blank lines are
/// passed over; bad ones go to `on_problem`, and the run goes on.
pub fn ingest_reader(
    log: &dyn AccessLog,
    input: impl Read,
    now: &dyn Fn() -> Timestamp,
    report: &mut IngestReport,
    on_problem: &mut dyn FnMut(LineProblem),
) -> Result<(), IngestFilesError> {
    let mut run = Run { log, now, report, on_problem, events: Vec::new(), lines: Vec::new() };
    let mut input = match decoded(input) {
        Ok(input) => input,
        Err(source) => return Err(IngestFilesError::Input { line: 0, source }),
    };
    let mut line = Vec::new();
    let mut number = 0;
    loop {
        let read = match read_line(&mut input, &mut line) {
            Ok(read) => read,
            Err(source) => {
                run.flush()?;
                return Err(IngestFilesError::Input { line: number, source });
            }
        };
        number += 1;
        match read {
            LineRead::End => break,
            LineRead::TooLong => {
                let detail = format!("the line has more than {LINE_MAX_BYTES} bytes");
                run.refuse(number, LineError::new("too_long", detail));
            }
            LineRead::Line => run.take(number, &line)?,
        }
    }
    run.flush()
}

struct Run<'a> {
    log: &'a dyn AccessLog,
    now: &'a dyn Fn() -> Timestamp,
    report: &'a mut IngestReport,
    on_problem: &'a mut dyn FnMut(LineProblem),
    events: Vec<AccessEvent>,
    lines: Vec<u64>,
}

impl Run<'_> {
    fn take(&mut self, number: u64, line: &[u8]) -> Result<(), IngestFilesError> {
        let line = if number == 1 { line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line) } else { line };
        if line.trim_ascii().is_empty() {
            return Ok(());
        }
        let parsed = match std::str::from_utf8(line) {
            Ok(text) => parse_event(text),
            Err(_) => Err(LineError::new("not_utf8", "the line is not UTF-8")),
        };
        match parsed {
            Ok(event) => {
                self.events.push(event);
                self.lines.push(number);
                if self.events.len() >= BATCH_EVENTS { self.flush() } else { Ok(()) }
            }
            Err(error) => {
                self.refuse(number, error);
                Ok(())
            }
        }
    }

    fn refuse(&mut self, line: u64, error: LineError) {
        self.report.add(&IngestOutcome::Refused(error.clone()));
        (self.on_problem)(LineProblem { line, error });
    }

    fn flush(&mut self) -> Result<(), IngestFilesError> {
        let outcomes = self.log.ingest(&self.events, (self.now)())?;
        for (outcome, line) in outcomes.into_iter().zip(&self.lines) {
            self.report.add(&outcome);
            if let IngestOutcome::Refused(error) = outcome {
                (self.on_problem)(LineProblem { line: *line, error });
            }
        }
        self.events.clear();
        self.lines.clear();
        Ok(())
    }
}

/// The plain bytes of gzip, zstd or plain input.
fn decoded<'a>(input: impl Read + 'a) -> io::Result<Box<dyn BufRead + 'a>> {
    let mut head = Vec::with_capacity(4);
    let mut input = input;
    input.by_ref().take(4).read_to_end(&mut head)?;
    let is_gzip = head.starts_with(&[0x1f, 0x8b]);
    let is_zstd = head == [0x28, 0xb5, 0x2f, 0xfd];
    let whole = BufReader::with_capacity(1 << 16, io::Cursor::new(head).chain(input));
    Ok(if is_gzip {
        Box::new(BufReader::with_capacity(1 << 16, MultiGzDecoder::new(whole)))
    } else if is_zstd {
        Box::new(BufReader::with_capacity(1 << 16, zstd::Decoder::with_buffer(whole)?))
    } else {
        Box::new(whole)
    })
}

pub(crate) enum LineRead {
    Line,
    TooLong,
    End,
}

/// Reads one line without its end into `line`. One that is too long is read past, not kept.
pub(crate) fn read_line(input: &mut dyn BufRead, line: &mut Vec<u8>) -> io::Result<LineRead> {
    line.clear();
    let limit = LINE_MAX_BYTES as u64 + 1;
    if input.take(limit).read_until(b'\n', line)? == 0 {
        return Ok(LineRead::End);
    }
    if line.last() == Some(&b'\n') {
        line.pop();
        return Ok(LineRead::Line);
    }
    if line.len() <= LINE_MAX_BYTES {
        return Ok(LineRead::Line);
    }
    line.clear();
    input.skip_until(b'\n')?;
    Ok(LineRead::TooLong)
}
