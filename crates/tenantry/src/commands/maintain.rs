//! Looking after a data folder: configuration, migrations, health.

use app::actor::Actor;
use app::clock::Clock as _;
use app::store::{RowFault, StoreError};
use app::watchlist::stale::WhenStale;
use app::webhook::{self, Untaken};
use app::{ledger_log, rebuild};
use domain::pack::Warning;
use ledger::checkpoint::Checkpoint;
use ledger::frontier::Frontier;
use serde::Serialize;

use super::data::Data;
use crate::config::Config;
use crate::exit::{Exit, Outcome, Stop};
use crate::streams::{self, say};
use crate::wiring::folder::DataFolder;
use crate::wiring::lists::ListsNeeded;
use crate::wiring::packs::{self, Difference};
use crate::wiring::stores::{Access, Stores};
use crate::wiring::{SystemClock, Wired};

#[derive(Debug, clap::Args)]
pub struct CheckConfig {
    #[command(flatten)]
    data: Data,
    /// The faults, and what differs from what is in force, as JSON on standard output
    #[arg(long)]
    json: bool,
}

/// Names every fault, and what differs from what is in force. Changes nothing.
pub fn check_config(arguments: &CheckConfig) -> Outcome {
    let file = arguments.data.config_file();
    let read = Config::read(file.as_deref(), &arguments.data.variables());
    let (differs, faults) = match read {
        Ok(_) => (packs_that_differ(&arguments.data.config()?), Vec::new()),
        Err(faults) => (Vec::new(), faults.0),
    };
    if arguments.json {
        streams::print_json(&serde_json::json!({ "file": file, "faults": faults, "differs": differs }))?;
    } else {
        for fault in &faults {
            say!("{fault}");
        }
        for Difference { key, pack, what } in &differs {
            say!("`{key}`: pack `{pack}` is {what}");
        }
        if faults.is_empty() {
            let of = file.as_ref().map_or_else(
                || "no file, defaults and environment".to_owned(),
                |file| file.display().to_string(),
            );
            say!("the configuration can be used: {of}");
        }
    }
    Ok(if faults.is_empty() { Exit::Done } else { Exit::Unusable })
}

/// Nothing differs where nothing is installed yet.
fn packs_that_differ(config: &Config) -> Vec<Difference> {
    let folder = DataFolder::new(&config.data);
    if matches!(Stores::exist(config, &folder), Ok(false)) {
        return Vec::new();
    }
    let installed = Stores::open(config, &folder, Access::Reading)
        .and_then(|stores| Ok(stores.registry().with_reading_tx(|tx| tx.list_packs())?));
    match installed {
        Ok(installed) => packs::differences(&config.packs.active, &installed),
        Err(stop) => {
            tracing::warn!("The packs in force are not compared: {:#}", stop.error);
            Vec::new()
        }
    }
}

#[derive(Debug, clap::Args)]
pub struct Migrate {
    #[command(flatten)]
    data: Data,
    /// Name the steps that are missing and run none
    #[arg(long)]
    dry_run: bool,
    /// The steps as JSON on standard output
    #[arg(long)]
    json: bool,
}

pub fn migrate(arguments: &Migrate) -> Outcome {
    let config = arguments.data.config()?;
    let pending = Stores::pending_migrations(&config, &config.data)?;
    if !arguments.dry_run {
        let folder = DataFolder::new(&config.data);
        folder.make()?;
        Stores::open(&config, &folder, Access::Beginning)?;
    }
    if arguments.json {
        streams::print_json(&serde_json::json!({ "steps": pending, "run": !arguments.dry_run }))?;
    } else if pending.is_empty() {
        say!("nothing to do: the schema is that of this release");
    } else {
        for step in &pending {
            say!("{}{step}", if arguments.dry_run { "would run " } else { "ran " });
        }
    }
    Ok(Exit::Done)
}

#[derive(Debug, clap::Args)]
pub struct Doctor {
    #[command(flatten)]
    data: Data,
    /// Make anew what can be: rows of the present state from the records they follow from, with their indexes; gives
    /// positions, signs a checkpoint, records sealed segments. Takes the folder's lock
    #[arg(long)]
    rebuild: bool,
    /// The findings as JSON on standard output
    #[arg(long)]
    json: bool,
}

/// How a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Health {
    Well,
    /// Nothing is lost, but somebody should look.
    Mind,
    Ill,
}

#[derive(Debug, Serialize)]
struct Finding {
    part: &'static str,
    health: Health,
    says: String,
    /// Rows that are not what their records make of them: where, never what they held.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    differences: Vec<RowFault>,
}

impl Finding {
    fn new(part: &'static str, health: Health, says: impl Into<String>) -> Self {
        Self { part, health, says: says.into(), differences: Vec::new() }
    }
}

/// A clock this far behind the newest record was set back.
const CLOCK_BACK_SECS: i64 = 60;

pub fn doctor(arguments: &Doctor) -> Outcome {
    let how = if arguments.rebuild { Access::Writing } else { Access::Reading };
    let wired = arguments.data.open(how, ListsNeeded::No)?;
    let mut findings = vec![check_files(&wired)?, check_present_state(&wired, arguments.rebuild)?];
    if arguments.rebuild {
        wired.settle()?;
    }
    findings.push(check_ledger(&wired)?);
    findings.push(check_accesses(&wired)?);
    findings.push(check_outbox(&wired)?);
    findings.push(check_packs(&wired)?);
    findings.push(check_lists(&wired)?);
    findings.extend(check_webhook(&wired)?);
    findings.push(check_clock(&wired)?);
    let ill = findings.iter().any(|finding| finding.health == Health::Ill);
    if arguments.json {
        streams::print_json(&serde_json::json!({ "well": !ill, "findings": findings }))?;
    } else {
        for Finding { part, health, says, differences } in &findings {
            let mark = match health {
                Health::Well => "ok  ",
                Health::Mind => "mind",
                Health::Ill => "ILL ",
            };
            say!("{mark} {part}: {says}");
            for RowFault { table, id, columns, mended } in differences {
                let now = if *mended { ", made anew" } else { "" };
                say!("       {table} `{id}`: {}{now}", columns.join(", "));
            }
        }
    }
    Ok(if ill { Exit::No } else { Exit::Done })
}

fn check_files(wired: &Wired) -> Result<Finding, Stop> {
    let damage = wired.stores.check_integrity()?;
    let part = "files";
    Ok(match damage.first() {
        None => Finding::new(part, Health::Well, "every page and index is as it should be"),
        Some(first) => {
            let says = format!("{} damaged places, the first: {first}; restore a backup", damage.len());
            Finding::new(part, Health::Ill, says)
        }
    })
}

/// Compares the rows of the present state with the records they follow from. Blind references take identity data, so
/// they are compared only where they are made anew, under a reading on record.
fn check_present_state(wired: &Wired, rebuild: bool) -> Result<Finding, Stop> {
    let part = "present state";
    let report = wired.run(|env| rebuild::check(env, rebuild))?;
    let left = report.left();
    let count = report.differences.len();
    let mut finding = match (count, left) {
        (0, _) => {
            let says = format!("{} customers are what their records make of them", report.customers);
            Finding::new(part, Health::Well, says)
        }
        (_, 0) => Finding::new(part, Health::Mind, format!("{count} rows differed and were made anew")),
        (_, _) if rebuild => {
            let says = format!("{left} of {count} rows that differ cannot be made anew; restore a backup");
            Finding::new(part, Health::Ill, says)
        }
        (_, _) => {
            let says =
                format!("{count} rows are not what their records make of them; `--rebuild` makes them anew");
            Finding::new(part, Health::Ill, says)
        }
    };
    finding.differences = report.differences;
    Ok(finding)
}

/// Appends every leaf to a new tree and compares what comes out with what was signed.
fn check_ledger(wired: &Wired) -> Result<Finding, Stop> {
    let part = "ledger";
    let log = wired.platform.store.log();
    let Some(checkpoint) = log.latest_checkpoint()? else {
        return Ok(Finding::new(part, Health::Well, "empty"));
    };
    let known = [ledger_log::verifying_key(&wired.platform)?];
    let signed = match Checkpoint::open(checkpoint.as_bytes(), &known) {
        Ok(signed) => signed,
        Err(error) => {
            let says = format!("the newest checkpoint is not one of this ledger: {error}");
            return Ok(Finding::new(part, Health::Ill, says));
        }
    };
    let mut frontier = Frontier::new();
    while frontier.size() < signed.head.size {
        let left = signed.head.size - frontier.size();
        let limit = u32::try_from(left.min(4_096)).unwrap_or(4_096);
        let leaves = log.list_leaves(frontier.size(), limit)?;
        if leaves.is_empty() {
            let says = format!("leaves are missing from position {} on", frontier.size());
            return Ok(Finding::new(part, Health::Ill, says));
        }
        let bodies: Vec<&[u8]> = leaves.iter().map(|leaf| leaf.body.as_slice()).collect();
        frontier.append(&bodies).map_err(|error| StoreError::Corrupt { detail: error.to_string() })?;
    }
    let same = frontier.head() == signed.head;
    let health = if same { Health::Well } else { Health::Ill };
    let says = if same {
        format!("{} leaves make the root that was signed", signed.head.size)
    } else {
        "the leaves make another root than was signed: export the ledger and verify the export".to_owned()
    };
    Ok(Finding::new(part, health, says))
}

fn check_accesses(wired: &Wired) -> Result<Finding, Stop> {
    let opened = wired.access.opened();
    let damage = wired.access.verify()?;
    let part = "accesses";
    Ok(match damage.first() {
        None => {
            let says =
                format!("{} events in {} segments are as they were sealed", opened.events, opened.segments);
            Finding::new(part, Health::Well, says)
        }
        Some(first) => {
            Finding::new(part, Health::Ill, format!("{} damaged places, the first: {first}", damage.len()))
        }
    })
}

/// Leaves without a position are what a sequencer has yet to do.
fn check_outbox(wired: &Wired) -> Result<Finding, Stop> {
    let part = "sequencer";
    let log = wired.platform.store.log();
    let size = log.tree_state()?.map_or(0, |(size, _)| size);
    let behind = log.list_leaves(size, 1_000)?.len();
    Ok(if behind == 0 {
        Finding::new(part, Health::Well, "every leaf with a position is in the tree")
    } else {
        let says =
            format!("at least {behind} leaves are not in the tree yet; a server moves them, or `--rebuild`");
        Finding::new(part, Health::Mind, says)
    })
}

fn check_packs(wired: &Wired) -> Result<Finding, Stop> {
    let part = "packs";
    let packs = wired.platform.run(&Actor::system(), app::pack::list)?;
    let active: Vec<_> = packs.iter().filter(|(record, _)| record.active).collect();
    let unchecked: usize = active.iter().map(|(_, warnings): &&(_, Vec<Warning>)| warnings.len()).sum();
    let names: Vec<&str> = active.iter().map(|(record, _)| record.id.as_str()).collect();
    let health = if active.is_empty() || unchecked > 0 { Health::Mind } else { Health::Well };
    let says = if active.is_empty() {
        "none is in force: nothing is asked of anybody".to_owned()
    } else {
        format!("{} in force, {unchecked} entries not checked against their source", names.join(", "))
    };
    Ok(Finding::new(part, health, says))
}

fn check_lists(wired: &Wired) -> Result<Finding, Stop> {
    let part = "lists";
    if !wired.config.platform.screening_on {
        return Ok(Finding::new(part, Health::Well, "comparison is switched off"));
    }
    let lists = wired.run(app::watchlist::last_in_force)?;
    let policy = &wired.config.platform.stale_lists;
    let stale = policy.find(&lists, SystemClock::default().now());
    Ok(match (lists.is_empty(), stale.is_empty()) {
        (true, _) => Finding::new(part, Health::Mind, "no real list is in force"),
        (_, true) => Finding::new(part, Health::Well, format!("{} in force, none is stale", lists.len())),
        (_, false) => {
            let says = format!("too long since these were loaded: {}; load them again", stale.join(", "));
            let health = if policy.then == WhenStale::Refuse { Health::Ill } else { Health::Mind };
            Finding::new(part, health, says)
        }
    })
}

/// `None` where there is no webhook.
fn check_webhook(wired: &Wired) -> Result<Option<Finding>, Stop> {
    let part = "webhook";
    let webhook::Troubles { waiting, set_aside, set_aside_count } = wired.run(webhook::troubles)?;
    if wired.config.webhook.is_none() {
        return Ok(None);
    }
    let mut troubles = Vec::new();
    if let Some(Untaken { position, event, since, why }) = waiting {
        troubles.push(format!("event `{event}` at position {position} waits since {since}: {why}"));
    }
    if let Some(Untaken { position, event, why, .. }) = set_aside.last() {
        troubles.push(format!(
            "{set_aside_count} events were set aside because they were refused, the last `{event}` at position \
             {position}: {why}; `GET /v1/events?after={}` has it",
            position.saturating_sub(1)
        ));
    }
    Ok(Some(if troubles.is_empty() {
        Finding::new(part, Health::Well, "every event was taken")
    } else {
        Finding::new(part, Health::Mind, troubles.join("; "))
    }))
}

fn check_clock(wired: &Wired) -> Result<Finding, Stop> {
    let part = "clock";
    let now = SystemClock::default().now();
    let mut newest = None;
    let mut after = 0;
    let log = wired.platform.store.log();
    loop {
        let events = log.list_events(after, 10_000)?;
        let Some((last, event)) = events.last() else { break };
        (after, newest) = (*last, newest.max(Some(event.at)));
    }
    let ahead = newest.map_or(0, |newest| newest.as_second() - now.as_second());
    Ok(if ahead > CLOCK_BACK_SECS {
        let says =
            format!("it is {ahead} s behind the newest record: it was set back, or that machine's was ahead");
        Finding::new(part, Health::Ill, says)
    } else {
        Finding::new(part, Health::Well, format!("{now}, not behind any record"))
    })
}
