//! Lines answered by a server, some at a time.

use std::io::{BufRead, Write};

use serde::Deserialize;
use serde::de::IgnoredAny;
use server::ndjson::{Counts, read_line};

use crate::exit::{Doing as _, Stop};
use crate::reach::{Request, Server};

/// Lines, and bytes, of one request.
const LINES_AT_ONCE: u64 = 1_000;
const BYTES_AT_ONCE: usize = 8 << 20;

/// Has every line answered at a path, in order.
pub fn answer(
    server: &Server,
    path: &str,
    input: &mut dyn BufRead,
    output: &mut dyn Write,
) -> Result<Counts, Stop> {
    let mut counts = Counts::default();
    loop {
        let (lines, count) = some_lines(input)?;
        if count == 0 {
            output.flush().doing("writing answers")?;
            return Ok(counts);
        }
        let answer = server.ask(&Request::post_lines(path, lines))?.or_refusal()?;
        output.write_all(&answer.body).doing("writing answers")?;
        counts.lines += count;
        counts.errors += errors_of(&answer.body);
    }
}

/// As many lines as fit into one request. One that is too long or no text goes on as one that is no JSON, so that
/// it is answered too.
pub fn some_lines(input: &mut dyn BufRead) -> Result<(Vec<u8>, u64), Stop> {
    let (mut lines, mut count) = (Vec::new(), 0);
    while count < LINES_AT_ONCE && lines.len() < BYTES_AT_ONCE {
        let Some(line) = read_line(input).doing("reading lines")? else { break };
        lines.extend(line.unwrap_or_else(|error| error.to_string()).into_bytes());
        lines.push(b'\n');
        count += 1;
    }
    Ok((lines, count))
}

fn errors_of(answers: &[u8]) -> u64 {
    #[derive(Deserialize)]
    struct Line {
        error: Option<IgnoredAny>,
    }
    let lines = answers.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let is_error = |line: &&[u8]| serde_json::from_slice::<Line>(line).is_ok_and(|line| line.error.is_some());
    lines.filter(is_error).count() as u64
}
