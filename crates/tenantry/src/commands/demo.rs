//! The platform on invented customers, in one command.

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::config::{self, Config};
use crate::demo::{self, Announcement, Made, Size};
use crate::exit::{Doing as _, Exit, Outcome, Stop};
use crate::serving;
use crate::streams::{self, say};

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The data folder; a finished demo in it is used again, anything else is refused
    #[arg(long, value_name = "DIR", default_value = "tenantry-data/demo")]
    data: PathBuf,
    /// Watchlists as published; else TENANTRY_LISTS, else the publishers within five seconds, else an invented list
    #[arg(long, value_name = "DIR")]
    lists: Option<PathBuf>,
    /// Customers of 60 countries
    #[arg(long, value_name = "N", default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(10..=100_000))]
    customers: u32,
    /// Accesses and leases, over 90 days
    #[arg(long, value_name = "N", default_value_t = 200_000, value_parser = clap::value_parser!(u32).range(100..=20_000_000))]
    events: u32,
    /// Where to listen
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Make the data and leave it at that
    #[arg(long)]
    no_serve: bool,
    /// What is printed as JSON, on one line
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments) -> Outcome {
    let mut config = Config::read(None, &config::variables()).doing("reading the environment")?;
    config.data.clone_from(&arguments.data);
    if let Some(lists) = &arguments.lists {
        if !lists.is_dir() {
            return Err(Stop::unusable(format!("`{}` is no folder", lists.display()))
                .next("name a folder with `--lists DIR`"));
        }
        config.lists.folder = Some(lists.clone());
    }
    let listen = if arguments.no_serve { arguments.listen } else { serving::choose_port(arguments.listen)? };
    config.listen = listen;
    let size = Size { customers: arguments.customers, events: arguments.events };
    let demo = demo::prepare(config, size)?;
    if arguments.no_serve {
        let made = Made::of(&demo);
        if arguments.json {
            streams::print_json(&made)?;
        } else {
            eprintln!("{} customers in `{}`", made.customers, made.data.display());
        }
        return Ok(Exit::Done);
    }
    let announcement = Announcement::make(&demo, &demo.wired.config.base_url(listen))?;
    let text = if arguments.json { serde_json::to_string(&announcement)? } else { announcement.to_string() };
    serving::serve(&demo.wired, listen, move || say!("{text}"))?;
    Ok(Exit::Done)
}
