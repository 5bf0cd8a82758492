//! Watchlists of a data folder.

use std::path::PathBuf;

use app::actor::Actor;
use app::watchlist::{self, ListsInForce};
use screening::Watchlist;

use super::data::Data;
use crate::exit::{Exit, Outcome, Stop};
use crate::progress::Progress;
use crate::streams;
use crate::wiring::Wired;
use crate::wiring::lists::{ListsNeeded, from_publishers, read_cache, read_folder, write_cache};
use crate::wiring::stores::Access;

/// Load watchlists and see which are in force
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Put the lists of a folder in force, in the place of those before, and compare every customer with them
    Load {
        #[command(flatten)]
        data: Data,
        /// Lists as published, read recursively
        folder: PathBuf,
        #[command(flatten)]
        how: How,
    },
    /// Ask the publishers, and do the same with what they have; gives up after five seconds
    Update {
        #[command(flatten)]
        data: Data,
        #[command(flatten)]
        how: How,
    },
    /// Lists in force: versions, hashes, numbers of entries
    List {
        #[command(flatten)]
        data: Data,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, clap::Args)]
pub struct How {
    /// Put them in force and compare nobody; new customers are compared as they come
    #[arg(long)]
    no_rescreen: bool,
    /// The result as JSON on standard output
    #[arg(long)]
    json: bool,
}

pub fn run(command: &Command) -> Outcome {
    match command {
        Command::Load { data, folder, how } => put(data, || read_folder(folder), how),
        Command::Update { data, how } => put(data, || Ok(from_publishers()), how),
        Command::List { data, json } => list(data, *json),
    }
}

fn put(data: &Data, find: impl FnOnce() -> Result<Vec<Watchlist>, Stop>, how: &How) -> Outcome {
    let wired = data.open(Access::Writing, ListsNeeded::No).map_err(|stop| {
        stop.next_if_held("stop the server, load the lists and start it again: it reads them when it starts")
    })?;
    let lists = find()?;
    if lists.is_empty() {
        return Err(Stop::unable("no list was found; those before stay in force")
            .next("run with `--log info` to see what was left out and why"));
    }
    write_cache(&wired.folder, &lists)?;
    let lists = ListsInForce::new(lists, wired.platform.clock.now());
    let (count, version) = (lists.watchlists.len(), lists.version.clone());
    let added = wired.run(|env| watchlist::put_lists_in_force(env, lists))?;
    let (customers, hits) = if how.no_rescreen { (0, 0) } else { screen_everybody(&wired)? };
    wired.settle()?;
    if how.json {
        streams::print_json(&serde_json::json!({
            "lists": count, "new_versions": added, "version": version,
            "customers_compared": customers, "hits": hits,
        }))?;
    } else {
        println!("{count} lists in force, {added} of them new; {customers} customers compared, {hits} hits");
    }
    Ok(Exit::Done)
}

/// Compares every customer with the lists now in force. What was cleared stays cleared.
fn screen_everybody(wired: &Wired) -> Result<(u64, usize), Stop> {
    let progress = Progress::counting("customers");
    let (mut count, mut hits) = (0, 0);
    let mut page = app::store::Page { after: String::new(), limit: 1_000 };
    loop {
        let customers = wired.run(|env| app::customer::read::list_customers(env, None, &page))?;
        let Some(last) = customers.last() else { break };
        page.after = last.id.to_string();
        for customer in &customers {
            let screenings = wired
                .platform
                .run(&Actor::command(), |env| app::screening::screen_customer(env, customer.id))?;
            hits += screenings.iter().map(|screening| screening.hits.len()).sum::<usize>();
            count += 1;
            progress.add(1);
        }
    }
    progress.end();
    Ok((count, hits))
}

fn list(data: &Data, json: bool) -> Outcome {
    let config = data.config()?;
    let folder = data.folder()?;
    let lists = match &config.lists.folder {
        Some(own) => read_folder(own)?,
        None => read_cache(&folder)?,
    };
    if json {
        let lists: Vec<_> = lists
            .iter()
            .map(|list| {
                serde_json::json!({
                    "list": list.id, "title": list.title, "version": list.version, "sha256": list.sha256,
                    "entries": list.entries.len(),
                })
            })
            .collect();
        streams::print_json(&lists)?;
    } else {
        for list in &lists {
            println!(
                "{:<20} {:<12} {:>7} entries  {}",
                list.id,
                list.version,
                list.entries.len(),
                list.title
            );
        }
        if lists.is_empty() {
            println!("none; load some with `tenantry lists load DIR` or `tenantry lists update`");
        }
    }
    Ok(Exit::Done)
}
