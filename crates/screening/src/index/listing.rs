//! Everything that is in an index, one after the other.

use super::Index;
use crate::entry::Entry;

impl Index {
    /// Every entry with the id of its list.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.entries.all().map(|(list, entry)| (self.lists[usize::from(list)].id.as_str(), entry))
    }
}
