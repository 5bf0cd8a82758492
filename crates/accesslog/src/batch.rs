//! Many questions at once: one answer line for each line, in order.

use std::io::{self, BufRead, Write};

use app::access::{AccessLog, AccessLogError};
use domain::access::{Answer, Asked, Limits, LineError, answer_line, error_line, parse_question};
use jiff::Timestamp;
use serde_json::Value;

use crate::intake::{LineRead, read_line};

/// How a run of questions went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BatchReport {
    pub questions: u64,
    /// Answered with an error, their own or ours.
    pub errors: u64,
}

/// Answers every line of `input`, a blank or bad one with an error, and goes on. Only input or output
/// that fails ends it early.
pub fn answer_questions(
    log: &dyn AccessLog,
    input: &mut dyn BufRead,
    output: &mut dyn Write,
    limits: Limits,
    now: Timestamp,
) -> io::Result<BatchReport> {
    let mut report = BatchReport::default();
    let mut line = Vec::new();
    loop {
        let answer = match read_line(input, &mut line)? {
            LineRead::End => return Ok(report),
            LineRead::TooLong => Err((Value::Null, LineError::new("too_long", "the line is too long"))),
            LineRead::Line => answer(log, &line, limits, now),
        };
        report.questions += 1;
        let text = match answer {
            Ok((id, answer)) => answer_line(&id, &answer),
            Err((id, error)) => {
                report.errors += 1;
                error_line(&id, &error)
            }
        };
        output.write_all(text.as_bytes())?;
        output.write_all(b"\n")?;
    }
}

fn answer(
    log: &dyn AccessLog,
    line: &[u8],
    limits: Limits,
    now: Timestamp,
) -> Result<(Value, Answer), (Value, LineError)> {
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    let text = std::str::from_utf8(line)
        .map_err(|_| (Value::Null, LineError::new("not_utf8", "the line is not UTF-8")))?;
    let question = parse_question(text)?;
    let answer = match &question.asked {
        Asked::Who(who) => log.who(who, limits, now),
        Asked::Account(account) => log.of(account, limits, now),
    };
    match answer {
        Ok(answer) => Ok((question.id, answer)),
        Err(error) => Err((question.id, refusal(&error))),
    }
}

fn refusal(error: &AccessLogError) -> LineError {
    let code = match error {
        AccessLogError::TooBroad => "too_broad",
        AccessLogError::Corrupt { .. } => "damaged",
        _ => "unavailable",
    };
    LineError::new(code, error.to_string())
}
