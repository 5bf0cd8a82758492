//! What is wrong with one line of input, as callers see it: `{"code","detail"}`.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Why a line was not taken. The run goes on after it. `code` is stable, `detail` is for people
/// and repeats no value of the line: accounts and addresses stay out of logs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{code}: {detail}")]
pub struct LineError {
    pub code: String,
    pub detail: String,
}

impl LineError {
    pub fn new(code: &str, detail: impl Into<String>) -> Self {
        Self { code: code.to_owned(), detail: detail.into() }
    }
}

/// The JSON type a field must have.
#[derive(Debug, Clone, Copy)]
pub(super) enum Shape {
    Text,
    Port,
    Ports,
    Count,
}

impl Shape {
    fn fits(self, value: &Value) -> bool {
        let is_port = |value: &Value| value.as_u64().is_some_and(|port| port <= 65_535);
        match self {
            _ if value.is_null() => true,
            Self::Text => value.is_string(),
            Self::Port => is_port(value),
            Self::Count => value.is_u64(),
            Self::Ports => {
                value.as_array().is_some_and(|ports| ports.len() == 2 && ports.iter().all(is_port))
            }
        }
    }

    fn wanted(self) -> &'static str {
        match self {
            Self::Text => "a string",
            Self::Port => "an integer from 0 to 65535",
            Self::Ports => "two integers from 0 to 65535, as in `[1024,2047]`",
            Self::Count => "an integer from 0 to 18446744073709551615",
        }
    }
}

/// Says what a strict parser disliked, by field, without repeating what stood there.
pub(super) fn explain(line: &str, fields: &[(&str, Shape)]) -> LineError {
    let value: Value = match serde_json::from_str(line) {
        Ok(value) => value,
        Err(error) => {
            return LineError::new("not_json", format!("no JSON at column {}", error.column()));
        }
    };
    let Some(object) = value.as_object() else {
        return not_an_object();
    };
    let wrong = fields.iter().find(|(name, shape)| object.get(*name).is_some_and(|value| !shape.fits(value)));
    match wrong {
        Some((name, shape)) => LineError::new("bad_field", format!("`{name}` must be {}", shape.wanted())),
        None => LineError::new("bad_field", "a field stands twice"),
    }
}

/// JSON, and not of the form that a line has.
pub fn not_an_object() -> LineError {
    LineError::new("wrong_shape", "a line is one JSON object")
}

pub(super) fn missing(field: &str) -> LineError {
    LineError::new("missing_field", format!("`{field}` is missing"))
}
