//! The server.

use std::net::SocketAddr;

use super::data::Data;
use crate::exit::{Exit, Outcome};
use crate::serving;
use crate::wiring::lists::ListsNeeded;
use crate::wiring::stores::Access;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    data: Data,
    /// Where to listen; else what the configuration says
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
}

pub fn run(arguments: &Arguments) -> Outcome {
    let mut config = arguments.data.config()?;
    config.listen = serving::choose_port(arguments.listen.unwrap_or(config.listen))?;
    let listen = config.listen;
    let wired = crate::wiring::Wired::open(config, Access::Serving, ListsNeeded::Yes)?;
    wired.load_gate()?;
    let base = wired.config.base_url(listen);
    let folder = wired.folder.path().display().to_string();
    let accounts = wired.platform.gate.len();
    serving::serve(&wired, listen, move || {
        tracing::info!(accounts, "Serving `{folder}` at {base}; stop it with Ctrl-C");
    })?;
    Ok(Exit::Done)
}
