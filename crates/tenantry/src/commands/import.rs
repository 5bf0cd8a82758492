//! The bulk way in (CIP-21): customers, persons, ownership, accounts, resellers, measures, products.

use std::io::Write;
use std::path::PathBuf;

use serde_json::Value;

use crate::exit::{Doing as _, Exit, Outcome, Stop};
use crate::progress::Progress;
use crate::reach::{Reach, Request, Session};
use crate::remote_lines::some_lines;
use crate::streams;

/// Refused lines that are named one by one.
const PROBLEMS_NAMED: u64 = 20;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    reach: Reach,
    /// Lines `{"type":"customer|person|ownership|account|reseller|measure|product",…}`; `-` is standard input
    #[arg(long = "in", value_name = "FILE", default_value = "-")]
    input: PathBuf,
    /// What became of each line, in order: `{"line","type","id"}` or `{"line","error":{…}}`
    #[arg(long = "out", value_name = "FILE")]
    output: Option<PathBuf>,
}

pub fn run(arguments: &Arguments) -> Outcome {
    let mut input = streams::open_input(&arguments.input)?;
    let mut output = arguments.output.as_deref().map(streams::open_output).transpose()?;
    let session = arguments.reach.open(&request(1, Vec::new()))?;
    let progress = Progress::counting("lines");
    let mut tally = Tally::default();
    let mut first_line = 1;
    loop {
        let (lines, count) = some_lines(&mut input)?;
        if count == 0 {
            break;
        }
        let answers = ask(&session, first_line, lines)?;
        for line in answers.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            tally.count(&serde_json::from_slice(line).doing("reading the answer")?, &progress);
        }
        if let Some(output) = &mut output {
            output.write_all(&answers).doing("writing the answers")?;
            output.flush().doing("writing the answers")?;
        }
        progress.add(count);
        first_line += count;
    }
    progress.end();
    session.end()?;
    let Tally { added, refused } = tally;
    if refused > PROBLEMS_NAMED {
        eprintln!("and {} more lines that were refused", refused - PROBLEMS_NAMED);
    }
    if arguments.reach.json {
        streams::print_json(&serde_json::json!({ "added": added, "refused": refused }))?;
    } else {
        eprintln!("{added} lines imported, {refused} refused");
    }
    Ok(Exit::Done)
}

fn request(first_line: u64, lines: Vec<u8>) -> Request {
    Request::post_lines(format!("/v1/import?first_line={first_line}"), lines)
}

fn ask(session: &Session, first_line: u64, lines: Vec<u8>) -> Result<Vec<u8>, Stop> {
    let answer = session.ask(&request(first_line, lines))?.or_refusal();
    let answer = answer.map_err(|stop| {
        stop.next(format!(
            "lines before {first_line} are recorded as answered, some after it may be: mend the cause and import \
             from there; what is there already is refused as in use"
        ))
    })?;
    Ok(answer.body)
}

#[derive(Default)]
struct Tally {
    added: u64,
    refused: u64,
}

impl Tally {
    /// Counts one answer, and names it while there are few.
    fn count(&mut self, answer: &Value, progress: &Progress) {
        let Some(error) = answer.get("error") else {
            self.added += 1;
            return;
        };
        self.refused += 1;
        if self.refused <= PROBLEMS_NAMED {
            let text = |name: &str| error.get(name).and_then(Value::as_str);
            let at = text("pointer").map_or_else(String::new, |pointer| format!(" at `{pointer}`"));
            let (code, detail) = (text("code").unwrap_or_default(), text("detail").unwrap_or_default());
            progress.say(&format!("line {}: {code}{at}: {detail}", answer["line"]));
        }
    }
}
