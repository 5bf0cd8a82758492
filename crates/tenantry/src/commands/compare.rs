//! Two parties against each other (DESIGN 4.2).

use app::watchlist::answer_pair;
use server::ndjson::answer_lines;

use super::screen::default_threads;
use crate::exit::{Doing as _, Exit, Outcome};
use crate::reach::{self, Server};
use crate::remote_lines;
use crate::streams::{self, Lines};

#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    lines: Lines,
    /// Threads that compare on this machine; as many as it has unless given
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// A server that compares instead, such as `http://127.0.0.1:8080`, with the token of TENANTRY_TOKEN; where
    /// no threads are given TENANTRY_SERVER names one too
    #[arg(long, value_name = "URL", conflicts_with = "threads")]
    server: Option<String>,
    /// The summary on standard error as JSON
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments) -> Outcome {
    let mut input = streams::open_input(&arguments.lines.input)?;
    let mut output = streams::open_output(&arguments.lines.output)?;
    let counts = match reach::server_named(arguments.server.as_deref(), arguments.threads.is_some()) {
        Some(server) => {
            let server = Server::new(&server, None)?;
            remote_lines::answer(&server, "/v1/lists/compare", &mut input, &mut output)?
        }
        None => {
            let threads = arguments.threads.unwrap_or_else(default_threads);
            answer_lines(&mut input, &mut output, threads, answer_pair).doing("answering")?
        }
    };
    if arguments.json {
        eprintln!("{}", serde_json::to_string(&counts)?);
    } else {
        eprintln!("{} pairs, {} answered with an error", counts.lines, counts.errors);
    }
    Ok(Exit::Done)
}
