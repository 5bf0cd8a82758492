//! Everything that is in an index, one after the other.

use super::Index;
use crate::entry::Entry;

impl Index {
    /// Every entry with the id of its list.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &Entry)> {
        let list = |at: &u16| self.lists[usize::from(*at)].id.as_str();
        self.list_of.iter().map(list).zip(&self.entries)
    }
}
