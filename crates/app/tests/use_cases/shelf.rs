//! Kept versions of lists.

use std::sync::Mutex;

use app::watchlist::{ListKeeper, ListVersion, LoadedList};

/// Keeps versions in memory.
#[derive(Default)]
pub struct Shelf(pub Mutex<Vec<LoadedList>>);

impl ListKeeper for Shelf {
    fn keep(&self, lists: &[LoadedList]) -> std::io::Result<()> {
        self.0.lock().unwrap().extend_from_slice(lists);
        Ok(())
    }

    fn find(&self, version: &ListVersion) -> std::io::Result<Option<LoadedList>> {
        let fits =
            |list: &&LoadedList| list.id == version.list && list.sha256.starts_with(&version.hash_start);
        Ok(self.0.lock().unwrap().iter().find(fits).cloned())
    }
}
