//! Q2 in bulk (DESIGN 4.5): AuthZEN questions, line by line, answered as the server answers them.

use std::io::Write as _;
use std::time::{Duration, Instant};

use domain::access::LineError;
use serde::Serialize;
use serde_json::Value;
use server::CONTEXT_MEMBERS;
use server::ndjson::read_line;

use crate::exit::{Doing as _, Exit, Outcome, Stop};
use crate::reach::{Reach, Request, Session, line_error};
use crate::streams::{self, Lines};

/// How often the gate's table is brought level and answers are written down.
const FOLLOW_EVERY: Duration = Duration::from_secs(1);

#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    reach: Reach,
    #[command(flatten)]
    lines: Lines,
}

#[derive(Serialize)]
struct Line {
    id: Value,
    #[serde(flatten)]
    answer: Value,
}

pub fn run(arguments: &Arguments) -> Outcome {
    let mut input = streams::open_input(&arguments.lines.input)?;
    let mut output = streams::open_output(&arguments.lines.output)?;
    let session = arguments.reach.open(&question(Value::Null))?;
    let (mut count, mut errors) = (0_u64, 0_u64);
    let mut followed = Instant::now();
    while let Some(line) = read_line(&mut input).doing("reading questions")? {
        if followed.elapsed() > FOLLOW_EVERY {
            follow(&session)?;
            followed = Instant::now();
        }
        let (id, answer) = answer(&session, line)?;
        count += 1;
        errors += u64::from(answer.get("error").is_some());
        serde_json::to_writer(&mut output, &Line { id, answer })?;
        output.write_all(b"\n")?;
    }
    output.flush().doing("writing answers")?;
    session.end()?;
    eprintln!("{count} questions, {errors} answered with an error");
    Ok(Exit::Done)
}

fn question(body: Value) -> Request {
    Request::post("/access/v1/evaluation", body)
}

fn follow(session: &Session) -> Result<(), Stop> {
    if let Some(wired) = session.wired() {
        wired.platform.gate.follow(&wired.platform)?;
        wired.platform.gate.flush_answers(&wired.platform)?;
    }
    Ok(())
}

/// The answer beside the line's `id`. `Err` only where no line would be answered any more.
fn answer(session: &Session, line: Result<String, LineError>) -> Result<(Value, Value), Stop> {
    let parsed = line.and_then(|line| {
        serde_json::from_str(&line)
            .map_err(|error| LineError::new("not_json", format!("no JSON at column {}", error.column())))
    });
    let mut fields = match parsed {
        Ok(Value::Object(fields)) => fields,
        Ok(_) => return Ok((Value::Null, line_error("not_json", "not a JSON object"))),
        Err(LineError { code, detail }) => return Ok((Value::Null, line_error(&code, &detail))),
    };
    let id = fields.remove("id").unwrap_or(Value::Null);
    // The server points at members of the context that it does not know; lines may have more (DESIGN 4).
    if let Some(Value::Object(context)) = fields.get_mut("context") {
        context.retain(|member, _| CONTEXT_MEMBERS.contains(&member.as_str()));
    }
    let answered = session.answer_line(&question(Value::Object(fields)))?;
    Ok((id, answered.unwrap_or_else(|error| error)))
}
