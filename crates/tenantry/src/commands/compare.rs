//! Two parties against each other (DESIGN 4.2).

use domain::access::LineError;
use screening::{Comparison, compare};
use serde_json::Value;

use super::screen::{default_threads, parse_query};
use crate::exit::{Doing as _, Exit, Outcome};
use crate::ndjson::answer_lines;
use crate::streams::{self, Lines};

#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    lines: Lines,
    /// Threads that compare; as many as the machine has unless given
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// The summary on standard error as JSON
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments) -> Outcome {
    let mut input = streams::open_input(&arguments.lines.input)?;
    let mut output = streams::open_output(&arguments.lines.output)?;
    let threads = arguments.threads.unwrap_or_else(default_threads);
    let counts = answer_lines(&mut input, &mut output, threads, answer).doing("answering")?;
    if arguments.json {
        eprintln!("{}", serde_json::to_string(&counts)?);
    } else {
        eprintln!("{} pairs, {} answered with an error", counts.lines, counts.errors);
    }
    Ok(Exit::Done)
}

fn answer(mut fields: Value) -> Result<Comparison, LineError> {
    let mut party = |name: &str| {
        let given = fields.get_mut(name).map(Value::take).filter(Value::is_object);
        let given = given.ok_or_else(|| LineError::new("missing_field", format!("`{name}` is missing")))?;
        parse_query(given).map_err(|error| LineError::new(&error.code, format!("`{name}`: {}", error.detail)))
    };
    let (a, b) = (party("a")?, party("b")?);
    Ok(compare(&a, &b))
}
