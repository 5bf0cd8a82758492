//! Lines answered by a server, some at a time.

use std::io::{BufRead, Write};

use serde::Deserialize;
use serde::de::IgnoredAny;
use server::ndjson::{Counts, LINE_BYTES_MAX, read_line};

use crate::exit::{Doing as _, Stop};
use crate::reach::{Request, Server};

/// Lines, and bytes, of one request.
const LINES_AT_ONCE: u64 = 200;
const BYTES_AT_ONCE: usize = 8 << 20;
/// A byte that no text in UTF-8 has.
const NEVER_IN_UTF8: u8 = 0xff;

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

/// As many lines as fit into one request. One that is too long or no text goes on as another of its kind, so that it
/// is answered too, and by its own code.
pub fn some_lines(input: &mut dyn BufRead) -> Result<(Vec<u8>, u64), Stop> {
    let (mut lines, mut count) = (Vec::new(), 0);
    while count < LINES_AT_ONCE && lines.len() < BYTES_AT_ONCE {
        let Some(line) = read_line(input).doing("reading lines")? else { break };
        match line {
            Ok(line) => lines.extend(line.into_bytes()),
            Err(error) if error.code == "too_long" => {
                lines.extend(std::iter::repeat_n(b'x', LINE_BYTES_MAX + 1));
            }
            Err(_) => lines.push(NEVER_IN_UTF8),
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_goes_on_as_another_of_its_kind() {
        let mut input = b"{}\n\xc3\x28 Ivan\n".to_vec();
        input.extend(vec![b'y'; LINE_BYTES_MAX + 10]);
        input.extend(b"\n{}\n");

        let Ok((lines, count)) = some_lines(&mut &input[..]) else { panic!("the lines are read") };

        let lines: Vec<&[u8]> = lines.split(|byte| *byte == b'\n').collect();
        assert_eq!((count, lines.len()), (4, 5));
        assert_eq!((lines[0], lines[1], lines[3]), (&b"{}"[..], &[NEVER_IN_UTF8][..], &b"{}"[..]));
        assert_eq!(lines[2].len(), LINE_BYTES_MAX + 1);
    }
}
