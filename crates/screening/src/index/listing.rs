//! Everything that is in an index, one after the other.

use super::Index;
use crate::entry::Entry;

impl Index {
    /// Every entry with the id of its list.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.parts.iter().flat_map(|part| part.entries().map(|(_, list, entry)| (list, entry)))
    }
}
