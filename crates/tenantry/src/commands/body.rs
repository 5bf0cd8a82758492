//! What commands send to the API and which part of a list they ask for.

use std::path::Path;

use serde_json::Value;

use crate::exit::Stop;
use crate::reach::Request;
use crate::streams;

/// Longest body that is sent from a file.
const BODY_BYTES_MAX: u64 = 10 << 20;

/// A body from a file; its own fault is named, never what stands in it.
pub fn body_from(path: &Path) -> Result<Value, Stop> {
    let text = streams::read_text(path, BODY_BYTES_MAX)?;
    serde_json::from_str(&text).map_err(|error| {
        Stop::unusable(format!(
            "`{}` is no JSON at line {}, column {}",
            path.display(),
            error.line(),
            error.column()
        ))
    })
}

/// One word of an enum of the API, as it is written there.
pub fn word(text: &str) -> Value {
    Value::from(text.replace('-', "_"))
}

/// Which part of a list is shown.
#[derive(Debug, clap::Args)]
pub struct Part {
    /// What comes after this id: `next` of the part before
    #[arg(long, value_name = "ID")]
    after: Option<String>,
    /// At most so many
    #[arg(long, value_name = "N")]
    limit: Option<u32>,
}

impl Part {
    pub fn on(&self, request: Request) -> Request {
        let limit = self.limit.map(|limit| limit.to_string());
        request.query(&[("after", self.after.clone()), ("limit", limit)])
    }
}
