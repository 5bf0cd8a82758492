//! Names against lists, without a data folder (DESIGN 4.1).

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use app::watchlist::{Mode, QueryAnswer, Wanted, answer_query};
use screening::Index;
use serde::Serialize;
use serde_json::json;
use server::ndjson::answer_lines;

use super::lists::report::Report;
use crate::exit::{Doing as _, Exit, Outcome, Stop};
use crate::reach::{self, Reach, Request, Server, escaped};
use crate::remote_lines;
use crate::streams::{self, Lines};
use crate::wiring::lists::{no_list_in, read_published};

/// Hits given for each query, unless told otherwise.
const TOP: usize = 10;

#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Arguments {
    /// Folder of lists as published, read recursively. Where neither this nor a server is named, TENANTRY_SERVER is
    /// asked, or else the folder in TENANTRY_LISTS is read
    #[arg(long, value_name = "DIR")]
    lists: Option<PathBuf>,
    /// A server to ask instead, such as `http://127.0.0.1:8080`, with the token of TENANTRY_TOKEN: its lists in force
    /// are compared with
    #[arg(long, value_name = "URL", conflicts_with_all = ["lists", "threads", "timing"])]
    server: Option<String>,
    #[command(flatten)]
    lines: Lines,
    /// Score from which an entry is a hit, 0 to 1; the calibrated default unless given
    #[arg(long, value_name = "SCORE", value_parser = parse_score)]
    threshold: Option<f64>,
    /// Most hits for each query
    #[arg(long, value_name = "N", default_value_t = TOP)]
    top: usize,
    /// `precise`, or `ofac`: scores as the Treasury's public search computes them, to compare with it; by itself only
    /// exact matches. Nothing is ever decided by the latter
    #[arg(long, value_name = "MODE", default_value = "precise")]
    mode: Mode,
    /// Threads that compare; as many as the machine has unless given
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// Add to each answer how long it took, in microseconds
    #[arg(long)]
    timing: bool,
    /// The summary on standard error as JSON
    #[arg(long)]
    json: bool,
    #[command(subcommand)]
    stored: Option<Stored>,
}

/// Of what is on record.
#[derive(Debug, clap::Subcommand)]
enum Stored {
    /// Make a screening of a customer again, from the lists and facts of its time, and compare
    ///
    /// Says so where the engine is another one now, where a version of a list is no longer kept, or where what was
    /// compared was destroyed. Changes nothing.
    Replay {
        /// A screening, such as `scr_0198c5b2…`
        screening: String,
        #[command(flatten)]
        reach: Reach,
    },
}

pub fn parse_score(text: &str) -> Result<f64, String> {
    let score: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if (0.0..=1.0).contains(&score) { Ok(score) } else { Err("a score is 0 to 1".to_owned()) }
}

#[derive(Serialize)]
struct Answer {
    #[serde(flatten)]
    answer: QueryAnswer,
    #[serde(skip_serializing_if = "Option::is_none")]
    elapsed_us: Option<u64>,
}

#[derive(Serialize)]
struct Summary {
    lists: usize,
    entries: usize,
    names: usize,
    load_ms: u64,
    queries: u64,
    errors: u64,
    queries_per_second: u64,
    p50_us: u64,
    p99_us: u64,
    /// `None` where the system does not say.
    peak_memory_mib: Option<u64>,
    lists_version: String,
    #[serde(flatten)]
    unread: Report,
}

pub fn run(arguments: &Arguments) -> Outcome {
    if let Some(Stored::Replay { screening, reach }) = &arguments.stored {
        let path = format!("/v1/screenings/{}/replay", escaped(screening));
        return reach.tell(Request::post(path, json!({})));
    }
    // Threads and times are of this machine.
    let is_here = arguments.lists.is_some() || arguments.threads.is_some() || arguments.timing;
    if let Some(server) = reach::server_named(arguments.server.as_deref(), is_here) {
        return run_at(&server, arguments);
    }
    let named = || std::env::var_os("TENANTRY_LISTS").filter(|folder| !folder.is_empty()).map(PathBuf::from);
    let folder = arguments.lists.clone().or_else(named);
    let folder = folder.ok_or_else(|| {
        Stop::unusable("there is nothing to compare with").next(
            "name a folder of lists with `--lists DIR` or TENANTRY_LISTS, or a server with `--server URL` or TENANTRY_SERVER",
        )
    })?;
    run_here(&folder, arguments)
}

fn run_at(server: &str, arguments: &Arguments) -> Outcome {
    let mut input = streams::open_input(&arguments.lines.input)?;
    let server = Server::new(server, None)?;
    let mut output = streams::open_output(&arguments.lines.output)?;
    let threshold = arguments.threshold.map(|score| format!("&threshold={score}")).unwrap_or_default();
    let mode = if arguments.mode == Mode::Ofac { "&mode=ofac" } else { "" };
    let path = format!("/v1/lists/screen?top={}{threshold}{mode}", arguments.top);
    let counts = remote_lines::answer(&server, &path, &mut input, &mut output)?;
    if arguments.json {
        eprintln!("{}", serde_json::to_string(&counts)?);
    } else {
        eprintln!("{} queries, {} answered with an error", counts.lines, counts.errors);
    }
    Ok(Exit::Done)
}

fn run_here(folder: &Path, arguments: &Arguments) -> Outcome {
    let mut input = streams::open_input(&arguments.lines.input)?;
    let started = Instant::now();
    let published = read_published(folder)?;
    let unread = Report::of(&published);
    let lists = published.lists;
    if !arguments.json && !unread.is_empty() {
        eprintln!("{unread}");
    }
    if lists.is_empty() {
        return Err(no_list_in(folder));
    }
    let index = Index::new(lists);
    let load_ms = millis(started.elapsed());
    let mut output = streams::open_output(&arguments.lines.output)?;

    let wanted = Wanted { threshold: arguments.threshold, top: arguments.top, mode: arguments.mode };
    let threads = arguments.threads.unwrap_or_else(default_threads);
    let times = Times::new();
    let started = Instant::now();
    let counts = answer_lines(&mut input, &mut output, threads, |fields| {
        let asked = Instant::now();
        let answer = answer_query(&index, fields, wanted)?;
        let elapsed_us = u64::try_from(asked.elapsed().as_micros()).unwrap_or(u64::MAX);
        times.count(elapsed_us);
        Ok(Answer { answer, elapsed_us: arguments.timing.then_some(elapsed_us) })
    })
    .doing("answering")?;
    let elapsed = started.elapsed();
    let summary = Summary {
        lists: index.lists().len(),
        entries: index.entry_count(),
        names: index.name_count(),
        load_ms,
        queries: counts.lines,
        errors: counts.errors,
        queries_per_second: (counts.lines * 1_000_000)
            .checked_div(u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX))
            .unwrap_or(0),
        p50_us: times.percentile(50),
        p99_us: times.percentile(99),
        peak_memory_mib: peak_memory_mib(),
        lists_version: index.version(),
        unread,
    };
    tell(&summary, arguments.json);
    Ok(Exit::Done)
}

fn tell(summary: &Summary, json: bool) {
    if json {
        eprintln!("{}", serde_json::to_string(summary).expect("a summary is plain JSON"));
        return;
    }
    let Summary { lists, entries, names, load_ms, queries, errors, .. } = summary;
    eprintln!("{lists} lists, {entries} entries, {names} names, loaded in {load_ms} ms");
    eprintln!(
        "{queries} queries, {errors} answered with an error, {} a second, p50 {} µs, p99 {} µs",
        summary.queries_per_second, summary.p50_us, summary.p99_us
    );
    if let Some(mib) = summary.peak_memory_mib {
        eprintln!("peak memory {mib} MiB");
    }
}

pub fn default_threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// How many answers took how many microseconds, in a fixed amount of memory.
struct Times(Vec<AtomicU64>);

/// Longer ones count as this long.
const TIME_MAX_US: u64 = 200_000;

impl Times {
    fn new() -> Self {
        Self((0..=TIME_MAX_US).map(|_| AtomicU64::new(0)).collect())
    }

    fn count(&self, elapsed_us: u64) {
        let slot = usize::try_from(elapsed_us.min(TIME_MAX_US)).ok().and_then(|us| self.0.get(us));
        if let Some(slot) = slot {
            slot.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The time that so many percent of the answers did not exceed.
    fn percentile(&self, percent: u64) -> u64 {
        let counts = || self.0.iter().map(|count| count.load(Ordering::Relaxed));
        let wanted = (counts().sum::<u64>() * percent).div_ceil(100);
        let reached = counts().scan(0, |sum, count| {
            *sum += count;
            Some(*sum)
        });
        (0..).zip(reached).find(|(_, sum)| *sum >= wanted && wanted > 0).map_or(0, |(us, _)| us)
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Most memory the process had at once, as Linux counts it.
fn peak_memory_mib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib / 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_the_counted_times() {
        let times = Times::new();
        assert_eq!(times.percentile(50), 0, "nothing counted");
        (1..=100).for_each(|us| times.count(us));
        times.count(u64::MAX);

        assert_eq!((times.percentile(50), times.percentile(99)), (51, 100));
        assert_eq!(times.percentile(100), TIME_MAX_US);
    }
}
