//! Watchlists of a platform.

use std::io::Write as _;
use std::path::PathBuf;

use domain::redacted::Redacted;
use flate2::Compression;
use flate2::write::GzEncoder;
use screening::Watchlist;
use serde_json::{Value, json};

use crate::exit::{Doing as _, Exit, Outcome, Stop};
use crate::progress::Progress;
use crate::reach::{Payload, Reach, Request, Session};
use crate::streams;
use crate::wiring::lists::{from_publishers, read_folder};

/// Customers of one request.
const CUSTOMERS_AT_ONCE: u32 = 200;

/// Load watchlists and see which are in force
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Put the lists of a folder in force, in the place of those before, and compare who was not compared with them yet
    ///
    /// With the same lists as before there is nobody to compare.
    Load {
        #[command(flatten)]
        reach: Reach,
        /// Lists as published, read recursively
        folder: PathBuf,
        /// Put them in force and compare nobody; new customers are compared as they come
        #[arg(long)]
        no_rescreen: bool,
    },
    /// Ask the publishers, and do the same with what they have; gives up after five seconds
    Update {
        #[command(flatten)]
        reach: Reach,
        /// Put them in force and compare nobody; new customers are compared as they come
        #[arg(long)]
        no_rescreen: bool,
    },
    /// Lists in force: versions, hashes, numbers of entries
    List {
        #[command(flatten)]
        reach: Reach,
    },
}

pub fn run(command: &Command) -> Outcome {
    match command {
        Command::Load { reach, folder, no_rescreen } => put(reach, &read_folder(folder)?, *no_rescreen),
        Command::Update { reach, no_rescreen } => put(reach, &from_publishers(), *no_rescreen),
        Command::List { reach } => list(reach),
    }
}

fn put(reach: &Reach, lists: &[Watchlist], no_rescreen: bool) -> Outcome {
    if lists.is_empty() {
        return Err(Stop::unable("no list was found; those before stay in force")
            .next("run with `--log debug` to see what was left out and why"));
    }
    let request = Request::send("/v1/lists", packed(lists)?);
    let session = reach.open(&request)?;
    let loaded = session.ask_json(&request)?;
    let (customers, hits) = if no_rescreen { (0, 0) } else { screen_behind(&session)? };
    session.end()?;
    let (count, added) = (lists.len(), &loaded["new_versions"]);
    if reach.json {
        streams::print_json(&json!({
            "lists": count, "new_versions": added, "version": loaded["version"],
            "customers_compared": customers, "hits": hits,
        }))?;
    } else {
        println!("{count} lists in force, {added} of them new; {customers} customers compared, {hits} hits");
    }
    Ok(Exit::Done)
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
fn screen_behind(session: &Session) -> Result<(u64, u64), Stop> {
    let progress = Progress::counting("customers");
    let (mut customers, mut hits) = (0, 0);
    let mut after = Value::Null;
    loop {
        let body = json!({ "after": after, "limit": CUSTOMERS_AT_ONCE });
        let page = session.ask_json(&Request::post("/v1/screenings", body)).map_err(|stop| {
            stop.next("the lists are in force; load them again to compare the customers that are left")
        })?;
        let count = |name: &str| page.get(name).and_then(Value::as_u64).unwrap_or_default();
        customers += count("customers");
        hits += count("hits");
        progress.add(count("customers") + count("passed_over"));
        after = page["next"].clone();
        if after.is_null() {
            progress.end();
            return Ok((customers, hits));
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
        println!("{id:<20} {version:<12} {:>7} entries  {title}", list["entry_count"].to_string());
    }
    if listed.is_empty() {
        println!("none; load some with `tenantry lists load DIR` or `tenantry lists update`");
    }
    Ok(Exit::Done)
}
