//! A data folder to try things out on: invented customers, real rules, real lists where they can be had.

mod announce;
mod samples;

use std::fs;
use std::path::Path;

use app::access::AccessLog as _;
use app::actor::Actor;
use app::import::{Imported, RowError};
use domain::access::parse_event;
use screening::Watchlist;
use serde::{Deserialize, Serialize};
use server::bulk::{LINES_AT_ONCE, NumberedLine, import_lines};
use testkit::population::{self, Listed, Population, Shape};

use crate::config::{Config, ProviderConfig};
use crate::exit::{Doing as _, Stop};
use crate::progress::Progress;
use crate::wiring::Wired;
use crate::wiring::folder::DataFolder;
use crate::wiring::lists::{self, ListsNeeded};
use crate::wiring::stores::Access;

pub use announce::{Announcement, Made};
pub use samples::Samples;

/// Accesses handed over at a time.
const EVENTS_AT_ONCE: usize = 8_192;

/// Name of the file that says that a folder is a demo.
const MARKER: &str = "DEMO";

/// How large a demo is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Size {
    pub customers: u32,
    pub events: u32,
}

/// What the marker says.
#[derive(Debug, Serialize, Deserialize)]
struct Marker {
    size: Size,
    finished: bool,
    /// What the printed questions ask for.
    samples: Option<Samples>,
}

/// A demo that can be served.
pub struct Demo {
    pub wired: Wired,
    pub size: Size,
    pub samples: Samples,
    /// It was there before.
    pub reused: bool,
}

/// Opens the demo in the folder that the configuration names, or makes one.
pub fn prepare(mut config: Config, size: Size) -> Result<Demo, Stop> {
    // Nothing here is of anybody, so nothing of it is live.
    config.test_space = true;
    config.lists.fictional = true;
    config.provider.get_or_insert_with(|| ProviderConfig {
        name: "Example Cloud".to_owned(),
        country: "US".parse().expect("the United States have a code"),
        offers_in: Vec::new(),
        sells_domains: false,
        existed_before_rule: true,
    });
    let folder = config.data.clone();
    match read_marker(&folder)? {
        Some(Marker { finished: true, samples: Some(samples), size }) => {
            // Lists are those the demo was made with, unless others are named.
            config.lists.download = false;
            let wired = Wired::open(config, Access::Serving, ListsNeeded::Yes)?;
            wired.load_gate()?;
            Ok(Demo { wired, size, samples, reused: true })
        }
        Some(_) => {
            tracing::info!("The demo in `{}` was never finished: starting over", folder.display());
            fs::remove_dir_all(&folder).doing(format!("removing `{}`", folder.display()))?;
            make(config, size)
        }
        None => make(config, size),
    }
}

/// `None` for a folder that is empty or not there; one with something else in it is refused.
fn read_marker(folder: &Path) -> Result<Option<Marker>, Stop> {
    let refuse = || {
        Stop::unusable(format!("`{}` holds something that is no demo", folder.display()))
            .next("name another folder with `--data DIR`")
    };
    match fs::read_to_string(folder.join(MARKER)) {
        Ok(text) => serde_json::from_str(&text).map(Some).map_err(|_| refuse()),
        Err(_) => {
            let is_used = fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
            if is_used { Err(refuse()) } else { Ok(None) }
        }
    }
}

fn write_marker(folder: &Path, marker: &Marker) -> Result<(), Stop> {
    let text = serde_json::to_string_pretty(marker)?;
    let (fresh, path) = (folder.join("DEMO.new"), folder.join(MARKER));
    fs::write(&fresh, text)
        .and_then(|()| fs::rename(&fresh, &path))
        .doing(format!("writing `{}`", path.display()))
}

/// The same customers every time.
const SEED: u64 = 13_984;

/// Parties of the lists that customers turn out to be, for each thousand customers; at least two.
const LISTED_PER_THOUSAND: usize = 20;

fn make(mut config: Config, size: Size) -> Result<Demo, Stop> {
    let Size { customers, events } = size;
    tracing::info!("Making {customers} customers and {events} accesses in `{}`", config.data.display());
    let folder = DataFolder::new(&config.data);
    folder.make()?;
    write_marker(folder.path(), &Marker { size, finished: false, samples: None })?;
    let lists = lists::find_watchlists(&config, &folder, ListsNeeded::Yes).inspect_err(|_| {
        // Nothing was made yet but the marker.
        let _ = fs::remove_file(folder.path().join(MARKER));
        let _ = fs::remove_dir(folder.path());
    })?;
    let listed = choose_listed(&mut config, &folder, &lists, size)?;
    let wired = Wired::open(config, Access::Serving, ListsNeeded::Yes)?;

    let population = population::generate(&Shape {
        customers: size.customers,
        events: size.events,
        notice: wired.run(|env| env.notices_before_collection().into_iter().next()),
        listed,
        ..Shape::new(SEED, wired.platform.clock.now())
    });
    enrol(&wired, &population)?;
    take_in(&wired, &population)?;
    wired.load_gate()?;
    let samples = samples::choose(&wired, &population)?;
    wired.settle()?;
    write_marker(wired.folder.path(), &Marker { size, finished: true, samples: Some(samples.clone()) })?;
    Ok(Demo { wired, size, samples, reused: false })
}

/// Keeps the lists in the data folder, invented ones too, so that the demo stands alone; picks who is on them.
fn choose_listed(
    config: &mut Config,
    folder: &DataFolder,
    lists: &[Watchlist],
    size: Size,
) -> Result<Vec<Listed>, Stop> {
    lists::write_cache(folder, lists)?;
    config.lists.folder = None;
    // What nobody answered a moment ago is not asked again.
    config.lists.download = false;
    let count = (size.customers as usize * LISTED_PER_THOUSAND / 1_000).max(2);
    Ok(population::pick_listed(lists, count, SEED))
}

fn enrol(wired: &Wired, population: &Population) -> Result<(), Stop> {
    let progress = Progress::of("customers", population.import.len() as u64);
    let lines: Vec<NumberedLine<'_>> = (1..).zip(population.import.iter().map(String::as_bytes)).collect();
    for lines in lines.chunks(LINES_AT_ONCE) {
        for imported in import_lines(&wired.platform, &Actor::command(), lines)? {
            // Every line of an invented population is a good one.
            if let Imported::Refused { line, error } = imported {
                let RowError { code, detail, .. } = error;
                return Err(Stop::unable(format!("line {line} was refused: {code}: {detail}")));
            }
        }
        progress.add(lines.len() as u64);
    }
    progress.end();
    Ok(())
}

fn take_in(wired: &Wired, population: &Population) -> Result<(), Stop> {
    let progress = Progress::of("accesses", population.events.len() as u64);
    for lines in population.events.chunks(EVENTS_AT_ONCE) {
        let events: Result<Vec<_>, _> = lines.iter().map(|line| parse_event(line)).collect();
        wired.access.ingest(&events?, wired.platform.clock.now())?;
        progress.add(lines.len() as u64);
    }
    // Sealed, so that every row can be proven at once.
    wired.access.seal()?;
    progress.end();
    Ok(())
}
