//! A line of `records/*.ndjson`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::canonical::{self, CanonicalError};

/// A record with what is needed to hold it against its leaf. There is one line for each leaf, in the
/// order of the index; a shredded record has neither record nor salt any more.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordLine {
    pub leaf_id: String,
    pub index: u64,
    /// 32 bytes in base64.
    #[serde(default)]
    pub salt: Option<String>,
    #[serde(default)]
    pub record: Option<Value>,
    #[serde(default)]
    pub shredded: bool,
}

/// The line cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("not a record line")]
pub struct RecordLineError(#[source] serde_json::Error);

impl RecordLine {
    /// A record that is still held.
    pub fn held(index: u64, leaf_id: impl Into<String>, salt: &[u8; 32], record: Value) -> Self {
        let salt = Some(STANDARD.encode(salt));
        Self { leaf_id: leaf_id.into(), index, salt, record: Some(record), shredded: false }
    }

    /// A record that was destroyed.
    pub fn shredded(index: u64, leaf_id: impl Into<String>) -> Self {
        Self { leaf_id: leaf_id.into(), index, salt: None, record: None, shredded: true }
    }

    /// The line to write, with its newline.
    pub fn to_line(&self) -> Result<String, CanonicalError> {
        let mut line = canonical::to_string(self)?;
        line.push('\n');
        Ok(line)
    }

    /// Layout and order of keys are free; a key that stands twice is refused.
    pub fn parse(line: &[u8]) -> Result<Self, RecordLineError> {
        let value = canonical::parse(line).map_err(RecordLineError)?;
        serde_json::from_value(value).map_err(RecordLineError)
    }

    pub(super) fn salt_bytes(&self) -> Option<[u8; 32]> {
        STANDARD.decode(self.salt.as_ref()?).ok()?.try_into().ok()
    }
}

/// Records hold personal data, so only the place is printed.
impl std::fmt::Debug for RecordLine {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("RecordLine")
            .field("index", &self.index)
            .field("leaf_id", &self.leaf_id)
            .field("shredded", &self.shredded)
            .finish_non_exhaustive()
    }
}
