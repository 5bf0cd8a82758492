//! The bulk way in (CIP-21): customers, persons, ownership, accounts, resellers, measures, products.

use std::io::{BufRead, Write};
use std::path::PathBuf;

use app::import::Imported;

use super::data::Data;
use crate::bulk::{self, Tally};
use crate::exit::{Doing as _, Exit, Outcome};
use crate::ndjson::read_line;
use crate::progress::Progress;
use crate::streams;
use crate::wiring::lists::ListsNeeded;
use crate::wiring::stores::Access;

/// Refused lines that are named one by one.
const PROBLEMS_NAMED: u64 = 20;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    data: Data,
    /// Lines `{"type":"customer|person|ownership|account|reseller|measure|product",…}`; `-` is standard input
    #[arg(long = "in", value_name = "FILE", default_value = "-")]
    input: PathBuf,
    /// What became of each line, in order: `{"line","type","id"}` or `{"line","error":{…}}`
    #[arg(long = "out", value_name = "FILE")]
    output: Option<PathBuf>,
    /// Lines worked on at once. What belongs to one customer stays in order
    #[arg(long, value_name = "N", default_value_t = bulk::THREADS)]
    threads: usize,
    /// The summary as JSON on standard output
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments) -> Outcome {
    let mut input = streams::open_input(&arguments.input)?;
    let mut output = arguments.output.as_deref().map(streams::open_output).transpose()?;
    let wired = arguments.data.open(Access::Writing, ListsNeeded::Yes).map_err(|stop| {
        stop.next_if_held("send the lines to the server at `POST /v1/import`, or stop it first")
    })?;
    let progress = Progress::counting("lines");
    let lines = std::iter::from_fn(|| next_line(&mut input).transpose());
    let mut named = 0;
    let imported = bulk::import(&wired.platform, lines, arguments.threads, &mut |imported| {
        progress.add(1);
        if let Imported::Refused { line, error } = &imported {
            named += 1;
            if named <= PROBLEMS_NAMED {
                let at =
                    error.pointer.as_ref().map_or_else(String::new, |pointer| format!(" at `{pointer}`"));
                progress.say(&format!("line {line}: {}{at}: {}", error.code, error.detail));
            }
        }
        if let Some(output) = &mut output {
            serde_json::to_writer(&mut *output, &imported)?;
            output.write_all(b"\n")?;
        }
        Ok(())
    });
    progress.end();
    let Tally { added, refused } = imported.map_err(|stop| {
        stop.next("what was answered is recorded; mend the cause and import the rest of the lines")
    })?;
    if let Some(output) = &mut output {
        output.flush().doing("writing the answers")?;
    }
    wired.settle()?;
    if named > PROBLEMS_NAMED {
        eprintln!("and {} more lines that were refused", named - PROBLEMS_NAMED);
    }
    if arguments.json {
        streams::print_json(&serde_json::json!({ "added": added, "refused": refused }))?;
    } else {
        eprintln!("{added} lines imported, {refused} refused");
    }
    Ok(if refused == 0 { Exit::Done } else { Exit::No })
}

/// A line that is too long or no text goes on as one that no line type fits, so that it is answered too.
fn next_line(input: &mut dyn BufRead) -> std::io::Result<Option<String>> {
    Ok(read_line(input)?.map(|line| line.unwrap_or_else(|error| error.to_string())))
}
