//! Products of the catalogue.

use std::path::PathBuf;

use super::body::body_from;
use crate::exit::Outcome;
use crate::reach::{Reach, Request};

/// Products of the catalogue
#[derive(Debug, clap::Subcommand)]
pub enum Product {
    /// The catalogue, with the classes and the site of each
    List {
        #[command(flatten)]
        reach: Reach,
    },
    /// Enter one from a JSON file, as `POST /v1/products` takes it
    Add {
        /// A JSON file; `-` is standard input
        #[arg(long = "in", value_name = "FILE", default_value = "-")]
        input: PathBuf,
        #[command(flatten)]
        reach: Reach,
    },
}

impl Product {
    pub fn run(&self) -> Outcome {
        match self {
            Self::List { reach } => reach.tell(Request::get("/v1/products")),
            Self::Add { input, reach } => reach.tell(Request::post("/v1/products", body_from(input)?)),
        }
    }
}
