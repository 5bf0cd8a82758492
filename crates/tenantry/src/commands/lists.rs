//! Watchlists of a platform.

use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use connectors::lists::FailedPublisher;
use domain::redacted::Redacted;
use flate2::Compression;
use flate2::write::GzEncoder;
use screening::{Lists, Watchlist};
use serde_json::{Value, json};

use crate::exit::{Doing as _, Exit, Outcome, Stop};
use crate::progress::Progress;
use crate::reach::{Payload, Reach, Request, Session};
use crate::streams::{self, say};
use crate::wiring::lists::{from_publishers, read_published};

mod plot;
pub mod report;
mod self_test;

use report::Report;

/// How long publishers are waited for unless told otherwise.
const GIVE_UP_AFTER_SECONDS: u64 = 300;

/// Customers of one request.
const CUSTOMERS_AT_ONCE: u32 = 200;

/// Load watchlists, see which are in force, and how well they are searched
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Put the lists of a folder in force, in the place of those before, and compare who was not compared with them yet
    ///
    /// With the same lists as before there is nobody to compare. A list file that is damaged, and a row of a list of one's
    /// own that cannot be read as a whole, stop all of it and are named by file, line and column.
    Load {
        #[command(flatten)]
        reach: Reach,
        /// Lists as published, read recursively
        folder: PathBuf,
        /// Leave lists in force that the folder does not hold, such as those of `lists update` beside one of your own
        #[arg(long)]
        keep_others: bool,
        /// Load what can be read where files or rows have faults, and name those all the same
        #[arg(long)]
        take_the_rest: bool,
        #[command(flatten)]
        how: How,
    },
    /// Ask the publishers, and do the same with what they have; other lists stay in force
    ///
    /// A download that breaks off is taken up where it was, also by the next command. Exits with 1 when a publisher could not be asked or sent a
    /// damaged file, with 4 when none could: their lists stay as they were.
    Update {
        #[command(flatten)]
        reach: Reach,
        #[command(flatten)]
        how: How,
        /// Wait for publishers no longer than this
        #[arg(long, value_name = "SECONDS", default_value_t = GIVE_UP_AFTER_SECONDS)]
        give_up_after: u64,
    },
    /// Take aliases out of the lists, ask for them and for ordinary names, and count who is found and who alarms
    ///
    /// One alias of each entry is taken out, unless another name of the entry says it word for word. Ordinary names are
    /// made by a generator, people and companies of 140 countries. What it prints shows what a threshold costs.
    SelfTest(self_test::Arguments),
    /// Lists in force: versions, numbers of entries, and what a confirmed hit of each means, with its source
    List {
        #[command(flatten)]
        reach: Reach,
    },
}

/// How lists take the place of those before.
#[derive(Debug, clap::Args)]
pub struct How {
    /// Put them in force and compare nobody; new customers are compared as they come
    #[arg(long)]
    no_rescreen: bool,
    /// A list that may have lost more of its entries than `platform.list_shrinkage_max_percent`, after you looked why;
    /// several may be given. That you let it pass goes on the ledger
    #[arg(long, value_name = "LIST")]
    let_shrink: Vec<String>,
}

pub fn run(command: &Command) -> Outcome {
    match command {
        Command::Load { reach, folder, keep_others, take_the_rest, how } => {
            let lists = read_published(folder)?;
            let report = Report::of(&lists);
            if report.has_faults && !take_the_rest {
                return Err(Stop::new(Exit::No, format!("nothing was loaded, because of faults\n{report}"))
                    .next("mend what is named, or load the rest without it: `--take-the-rest`"));
            }
            let put = Put { lists: &lists.lists, report, failed: &[], keep_others: *keep_others };
            // With the option a fault is no news.
            put.run(reach, how).map(|_| Exit::Done)
        }
        Command::Update { reach, how, give_up_after } => {
            let (config, folder) = (reach.data.config()?, reach.data.folder()?);
            let published = from_publishers(&config, Some(&folder), Duration::from_secs(*give_up_after));
            let Lists { lists, .. } = &published.lists;
            let report = Report::of(&published.lists);
            let put = Put { lists, report, failed: &published.failed, keep_others: true };
            put.run(reach, how)
        }
        Command::SelfTest(arguments) => self_test::run(arguments),
        Command::List { reach } => list(reach),
    }
}

/// Lists on their way into force.
struct Put<'a> {
    lists: &'a [Watchlist],
    report: Report,
    failed: &'a [FailedPublisher],
    keep_others: bool,
}

impl Put<'_> {
    fn run(&self, reach: &Reach, how: &How) -> Outcome {
        let Put { lists, report, failed, keep_others } = self;
        if lists.is_empty() {
            return Err(self.nothing());
        }
        let let_shrink = Some(how.let_shrink.join(",")).filter(|ids| !ids.is_empty());
        let keep_others = keep_others.then(|| "true".to_owned());
        let request = Request::send("/v1/lists", packed(lists)?)
            .query(&[("keep_others", keep_others), ("let_shrink", let_shrink)]);
        let session = reach.open(&request)?;
        let loaded = session.ask_json(&request).map_err(advise)?;
        let done = if how.no_rescreen { Rescreened::default() } else { screen_behind(&session)? };
        session.end()?;
        let (count, added) = (loaded["data"].as_array().map_or(0, Vec::len), &loaded["new_versions"]);
        if reach.json {
            let failed: Vec<Value> = failed
                .iter()
                .map(|one| json!({ "publisher": one.publisher, "url": one.url, "why": one.why }))
                .collect();
            streams::print_json(&json!({
                "lists": count, "new_versions": added, "version": loaded["version"],
                "customers_compared": done.customers, "by_delta": done.by_delta, "hits": done.hits, "failed": failed,
                "left_out": report.left_out, "passed_over": report.passed_over,
            }))?;
        } else {
            let Rescreened { customers, by_delta, hits } = done;
            say!(
                "{count} lists in force, {added} of them new; {customers} customers compared ({by_delta} only with \
                 what changed), {hits} hits"
            );
            failed.iter().for_each(|one| say!("{one}"));
            if !report.is_empty() {
                say!("{report}");
            }
        }
        Ok(if failed.is_empty() && !report.has_faults { Exit::Done } else { Exit::No })
    }

    /// Why there is nothing to put in force.
    fn nothing(&self) -> Stop {
        match self.failed {
            [] => Stop::unable(format!("no list was found; those before stay in force\n{}", self.report))
                .next("name a folder with lists in one of the known formats"),
            failed => Stop::unable(format!(
                "none of the {} publishers could be asked; their lists stay as they were",
                failed.len()
            ))
            .next("see above what each answered; where this machine reaches none, name a copy in `[lists] mirror`"),
        }
    }
}

/// What to do about lists that were refused.
fn advise(stop: Stop) -> Stop {
    match stop.code.as_deref() {
        Some("list-shrank") => stop.next(
            "look at the publisher's site why; `--let-shrink LIST` loads it all the same, and that you did goes on the \
             ledger. Lists that you do not load at all stay with `lists load --keep-others`",
        ),
        Some("list-not-kept") => stop.next("`tenantry lists load DIR` with all lists puts them in force together"),
        _ => stop,
    }
}

/// What comparing customers again came to.
#[derive(Debug, Default)]
struct Rescreened {
    customers: u64,
    by_delta: u64,
    hits: u64,
}

/// Lists as the API takes them.
fn packed(lists: &[Watchlist]) -> Result<Payload, Stop> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    serde_json::to_writer(&mut encoder, lists)?;
    encoder.flush().doing("packing the lists")?;
    let bytes = encoder.finish().doing("packing the lists")?;
    Ok(Payload { media: "application/json", packed: true, bytes: Redacted::new(bytes) })
}

/// Compares every customer who was not compared with the lists in force. What was cleared stays cleared.
fn screen_behind(session: &Session) -> Result<Rescreened, Stop> {
    let progress = Progress::counting("customers");
    let mut done = Rescreened::default();
    let mut after = Value::Null;
    loop {
        let body = json!({ "after": after, "limit": CUSTOMERS_AT_ONCE });
        let page = session.ask_json(&Request::post("/v1/screenings", body)).map_err(|stop| {
            stop.next("the lists are in force; load them again to compare the customers that are left")
        })?;
        let count = |name: &str| page.get(name).and_then(Value::as_u64).unwrap_or_default();
        done.customers += count("customers");
        done.by_delta += count("by_delta");
        done.hits += count("hits");
        progress.add(count("customers") + count("passed_over"));
        after = page["next"].clone();
        if after.is_null() {
            progress.end();
            return Ok(done);
        }
    }
}

fn list(reach: &Reach) -> Outcome {
    let lists = reach.ask_json(Request::get("/v1/lists"))?;
    if reach.json {
        reach.print(&lists)?;
        return Ok(Exit::Done);
    }
    let listed = lists["data"].as_array().map_or(&[][..], Vec::as_slice);
    for list in listed {
        let text = |name: &str| list.get(name).and_then(Value::as_str).unwrap_or_default();
        let (id, version, title) = (text("list"), text("version"), text("title"));
        say!("{id:<20} {version:<12} {:>7} entries  {title}", list["entry_count"].to_string());
        say!("{:<20} {}", "", meaning(list));
        if list["stale"] == true {
            say!("{:<20} stale: loaded {}", "", text("loaded_at"));
        }
    }
    if listed.is_empty() {
        say!("none; load some with `tenantry lists load DIR` or `tenantry lists update`");
    }
    Ok(Exit::Done)
}

/// What a confirmed hit of a list means, and who says so.
fn meaning(list: &Value) -> String {
    let words = |name: &str| -> Vec<&str> {
        list[name].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
    };
    let Some(consequence) = list["consequence"].as_str() else {
        return "block: no pack in force says what it means".to_owned();
    };
    let outcomes = match &words("outcomes")[..] {
        [] => String::new(),
        outcomes => format!(", until {}", outcomes.join(" or ")),
    };
    format!("{consequence}{outcomes}: {}", words("sources").join("; "))
}
