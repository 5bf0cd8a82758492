//! How well the lists at hand are searched.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use app::watchlist::self_test::{Kind, Report, Row, SelfTestError, Wanted, self_test};

use super::plot;
use crate::commands::data::Data;
use crate::commands::screen::default_threads;
use crate::exit::{Doing as _, Exit, Outcome, Stop};
use crate::progress::Progress;
use crate::streams::{self, say};
use crate::wiring::lists::{ListsNeeded, find_watchlists, read_folder};

/// Ordinary persons asked about, and as many companies: enough to see one false alarm in a thousand.
const ORDINARY: usize = 5_000;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    data: Data,
    /// Lists as published, read recursively; else those in force
    #[arg(long, value_name = "DIR", env = "TENANTRY_LISTS")]
    lists: Option<PathBuf>,
    /// One list alone, such as `us-ofac-sdn`
    #[arg(long, value_name = "ID")]
    list: Option<String>,
    /// Share of ordinary names that may alarm, 0 to 1: the threshold for it is told. Can be given several times;
    /// 0.01 and 0.001 unless given
    #[arg(long, value_name = "SHARE", value_parser = parse_share)]
    false_alarms: Vec<f64>,
    /// How many ordinary persons are asked about, and as many companies
    #[arg(long, value_name = "N", default_value_t = ORDINARY, value_parser = parse_count)]
    ordinary: usize,
    /// Chooses other aliases and other ordinary names
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Draw recall over false alarms
    #[arg(long, value_name = "FILE.svg")]
    plot: Option<PathBuf>,
    /// The whole report on one line
    #[arg(long)]
    json: bool,
}

fn parse_share(text: &str) -> Result<f64, String> {
    let share: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if (0.0..=1.0).contains(&share) { Ok(share) } else { Err("a share is 0 to 1".to_owned()) }
}

/// More would not fit into memory.
fn parse_count(text: &str) -> Result<usize, String> {
    const MAX: usize = 1_000_000;
    let count: usize = text.parse().map_err(|_| "not a number".to_owned())?;
    if (1..=MAX).contains(&count) { Ok(count) } else { Err(format!("1 to {MAX}")) }
}

pub fn run(arguments: &Arguments) -> Outcome {
    let lists = match &arguments.lists {
        Some(folder) => read_folder(folder)?,
        None => find_watchlists(&arguments.data.config()?, &arguments.data.folder()?, ListsNeeded::IfLoaded)?,
    };
    if lists.is_empty() {
        return Err(Stop::unable("there are no lists to try")
            .next("name a folder with `--lists DIR`, or load some with `tenantry lists load DIR`"));
    }
    let false_alarms = match arguments.false_alarms.is_empty() {
        true => vec![0.01, 0.001],
        false => arguments.false_alarms.clone(),
    };
    let wanted = Wanted {
        list: arguments.list.clone(),
        false_alarms,
        ordinary: arguments.ordinary,
        seed: arguments.seed,
        threads: default_threads(),
    };
    // Before the work, which may take minutes; a plot that is there stays until there is another.
    let mut drawing = arguments.plot.as_deref().map(open_plot).transpose()?;
    let progress = Progress::counting("names");
    let report = self_test(lists, &wanted, &|count| progress.add(count));
    progress.end();
    let report = report.map_err(|error| {
        let next = match &error {
            SelfTestError::NoSuchList(_) => "see which there are with `tenantry lists list`",
            SelfTestError::NoAliases => "try another list, or all of them",
        };
        Stop::unable(error).next(next)
    })?;
    if let Some(file) = &mut drawing {
        let text = plot::recall_over_false_alarms(&report);
        file.set_len(0).and_then(|()| file.write_all(text.as_bytes())).doing("writing the plot")?;
    }
    if arguments.json {
        streams::print_json(&report)?;
    } else {
        say!("{}", told(&report).trim_end());
    }
    Ok(Exit::Done)
}

fn open_plot(path: &Path) -> Result<File, Stop> {
    File::options()
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .doing(format!("writing `{}`", path.display()))
}

/// As a table, all together first.
fn told(report: &Report) -> String {
    let mut text = format!("threshold {}, of {}\n", report.threshold, report.lists.join(" "));
    for kind in Kind::ALL {
        let rows: Vec<&Row> = report.rows.iter().filter(|row| row.kind == kind).collect();
        let Some(first) = rows.first() else { continue };
        text.push_str(&format!("\n{:<28} aliases  recall  false alarms", kind.name()));
        for at in &first.at {
            text.push_str(&format!("   at {:>5} %: threshold  recall", percent(at.false_alarms)));
        }
        text.push_str("  calibration error, of matches\n");
        rows.iter().for_each(|row| text.push_str(&line(row)));
    }
    if !report.numbers.is_empty() {
        text.push_str(&format!(
            "\n{:<28} parties  by number under another name  by misspelt name  false alarms\n",
            "with a number"
        ));
    }
    for row in &report.numbers {
        let [by_number, by_name, alarms] =
            [row.by_number, row.by_misspelt_name, row.false_alarms].map(percent);
        text.push_str(&format!(
            "{:<28} {:>7} {by_number:>27} % {by_name:>15} % {alarms:>11} %\n",
            row.what, row.parties
        ));
    }
    if report.listed_word_for_word > 0 {
        let count = report.listed_word_for_word;
        text.push_str(&format!("\n{count} ordinary names are listed word for word and were left out\n"));
    }
    text
}

fn line(row: &Row) -> String {
    let what = match (&row.list, row.script) {
        (Some(list), Some(script)) => format!("{list}, {script}"),
        (Some(list), None) => list.clone(),
        (None, Some(script)) => script.to_owned(),
        (None, None) => "all".to_owned(),
    };
    let mut line = format!(
        "{what:<28} {:>7} {:>5} % {:>11} %",
        row.aliases,
        percent(row.recall),
        percent(row.false_alarms)
    );
    for at in &row.at {
        line.push_str(&format!("   {:>21.4} {:>5} %", at.threshold, percent(at.recall)));
    }
    line.push_str(&format!("  {:.4}, {:.2}\n", row.calibration_error, row.calibration_error_of_matches));
    line
}

/// With as many places as say something.
fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent < 1.0 && percent > 0.0 { format!("{percent:.2}") } else { format!("{percent:.1}") }
}
