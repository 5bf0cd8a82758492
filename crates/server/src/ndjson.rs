//! One answer line for each input line, in order, on several threads, with bounded memory.

use std::io::{self, BufRead, Read as _, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use domain::access::LineError;
use serde::Serialize;
use serde_json::Value;

/// Longest line; a longer one is answered with an error and passed over.
pub const LINE_BYTES_MAX: usize = 1 << 20;

/// Lines read for each thread before they are answered.
const LINES_EACH: usize = 128;

/// Bytes held at once, whatever the lines' length.
const BYTES_AT_ONCE: usize = 16 << 20;

/// What was answered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    pub lines: u64,
    pub errors: u64,
}

/// One line as it came, or why it cannot be one.
type Line = Result<String, LineError>;

/// Answers every line. `answer` gets the line's fields without `id` and gives what stands beside it.
pub fn answer_lines<T: Serialize>(
    input: &mut dyn BufRead,
    output: &mut dyn Write,
    threads: usize,
    answer: impl Fn(Value) -> Result<T, LineError> + Sync,
) -> io::Result<Counts> {
    let threads = threads.max(1);
    let mut counts = Counts::default();
    loop {
        let lines = read_some(input, threads * LINES_EACH)?;
        if lines.is_empty() {
            output.flush()?;
            return Ok(counts);
        }
        for (text, is_error) in answer_all(&lines, threads, &answer) {
            counts.lines += 1;
            counts.errors += u64::from(is_error);
            output.write_all(text.as_bytes())?;
            output.write_all(b"\n")?;
        }
    }
}

fn answer_all<T: Serialize>(
    lines: &[Line],
    threads: usize,
    answer: &(impl Fn(Value) -> Result<T, LineError> + Sync),
) -> Vec<(String, bool)> {
    if threads == 1 || lines.len() == 1 {
        return lines.iter().map(|line| answer_one(line, answer)).collect();
    }
    let answers: Vec<Mutex<(String, bool)>> = lines.iter().map(|_| Mutex::default()).collect();
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..threads.min(lines.len()) {
            scope.spawn(|| {
                while let Some((line, slot)) = {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    lines.get(index).zip(answers.get(index))
                } {
                    *slot.lock().unwrap_or_else(PoisonError::into_inner) = answer_one(line, answer);
                }
            });
        }
    });
    answers.into_iter().map(|slot| slot.into_inner().unwrap_or_else(PoisonError::into_inner)).collect()
}

#[derive(Serialize)]
struct Answered<T> {
    id: Value,
    #[serde(flatten)]
    answer: T,
}

#[derive(Serialize)]
struct Refused {
    id: Value,
    error: LineError,
}

fn answer_one<T: Serialize>(line: &Line, answer: impl Fn(Value) -> Result<T, LineError>) -> (String, bool) {
    let (id, answered) = match line.as_ref().map_err(Clone::clone).and_then(|line| parse(line)) {
        Ok((id, fields)) => (id, answer(fields)),
        Err(error) => (Value::Null, Err(error)),
    };
    let (text, is_error) = match answered {
        Ok(answer) => (serde_json::to_string(&Answered { id, answer }), false),
        Err(error) => (serde_json::to_string(&Refused { id, error }), true),
    };
    (text.expect("answers are plain JSON with text for keys"), is_error)
}

fn parse(line: &str) -> Result<(Value, Value), LineError> {
    let value: Value = serde_json::from_str(line)
        .map_err(|error| LineError::new("not_json", format!("no JSON at column {}", error.column())))?;
    let Value::Object(mut fields) = value else {
        return Err(domain::access::not_an_object());
    };
    Ok((fields.remove("id").unwrap_or(Value::Null), Value::Object(fields)))
}

/// At most so many lines, and no more than fits; none at the end.
fn read_some(input: &mut dyn BufRead, lines_max: usize) -> io::Result<Vec<Line>> {
    let (mut lines, mut bytes) = (Vec::new(), 0);
    while lines.len() < lines_max && bytes < BYTES_AT_ONCE {
        let Some(line) = read_line(input)? else { break };
        bytes += line.as_ref().map_or(0, String::len);
        lines.push(line);
    }
    Ok(lines)
}

/// One line without its end. `None` at the end of the input.
pub fn read_line(input: &mut dyn BufRead) -> io::Result<Option<Line>> {
    let mut line = Vec::new();
    if (&mut *input).take(LINE_BYTES_MAX as u64 + 1).read_until(b'\n', &mut line)? == 0 {
        return Ok(None);
    }
    if line.last() == Some(&b'\n') {
        line.pop();
    } else if line.len() > LINE_BYTES_MAX {
        skip_line(input)?;
        let detail = format!("the line is longer than {LINE_BYTES_MAX} bytes");
        return Ok(Some(Err(LineError::new("too_long", detail))));
    }
    let text = String::from_utf8(line).map_err(|_| LineError::new("not_utf8", "the line is not UTF-8"));
    Ok(Some(text.map(|text| match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    })))
}

fn skip_line(input: &mut dyn BufRead) -> io::Result<()> {
    loop {
        let held = input.fill_buf()?;
        if held.is_empty() {
            return Ok(());
        }
        let end = held.iter().position(|&byte| byte == b'\n');
        let used = end.map_or(held.len(), |end| end + 1);
        input.consume(used);
        if end.is_some() {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn run(input: &[u8], threads: usize) -> (Vec<Value>, Counts) {
        let mut output = Vec::new();
        let answer = |fields: Value| match fields.get("n").and_then(Value::as_u64) {
            Some(n) => Ok(json!({ "double": n * 2 })),
            None => Err(LineError::new("missing_field", "`n` is missing")),
        };
        let counts = answer_lines(&mut &input[..], &mut output, threads, answer).unwrap();
        let lines = output.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
        (lines.map(|line| serde_json::from_slice(line).unwrap()).collect(), counts)
    }

    #[test]
    fn every_line_is_answered_in_order_whatever_it_holds() {
        let mut input =
            b"\xef\xbb\xbf{\"id\":\"a\",\"n\":1}\n\n[]\nnonsense\n{\"id\":7}\n\xff\xfe\n".to_vec();
        input.extend(vec![b'x'; LINE_BYTES_MAX + 10]);
        input.extend(b"\n{\"n\":4,\"more\":true}");

        let (answers, counts) = run(&input, 3);

        let codes: Vec<_> = answers.iter().map(|answer| answer["error"]["code"].as_str()).collect();
        let expected = [
            None,
            Some("not_json"),
            Some("wrong_shape"),
            Some("not_json"),
            Some("missing_field"),
            Some("not_utf8"),
            Some("too_long"),
            None,
        ];
        assert_eq!(codes, expected);
        assert_eq!(answers[0], json!({ "id": "a", "double": 2 }));
        assert_eq!(answers[4]["id"], 7);
        assert_eq!(answers[7], json!({ "id": null, "double": 8 }));
        assert_eq!(counts, Counts { lines: 8, errors: 6 });
    }

    #[test]
    fn the_number_of_threads_changes_no_answer() {
        let input: String = (0..5_000).map(|n| format!("{{\"id\":{n},\"n\":{n}}}\n")).collect();

        let one = run(input.as_bytes(), 1);

        assert_eq!(one.1.lines, 5_000);
        for threads in [0, 2, 7] {
            assert_eq!(run(input.as_bytes(), threads), one);
        }
    }
}
