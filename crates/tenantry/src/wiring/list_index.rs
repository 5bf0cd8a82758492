//! The index of the lists that were loaded into the data folder, kept beside them, so that a start need not build it.

use std::fs::{self, File};
use std::io;

use aws_lc_rs::digest::{Context, SHA256, digest};
use screening::Index;

use super::folder::DataFolder;
use super::lists::cached_files;

/// The index of just the lists that are in the data folder; `None` where it is to be made.
pub fn find_index(folder: &DataFolder) -> Option<Index> {
    let written = fs::read(folder.list_index()).ok()?;
    let stamp = stamp(folder).ok()??;
    let index = written.strip_prefix(stamp.as_slice())?;
    match Index::from_bytes(index) {
        Ok(index) => Some(index),
        Err(why) => {
            tracing::info!("The index of the lists is made anew: {why}");
            None
        }
    }
}

/// Keeps the index of the lists that are in the data folder for the next start.
pub fn keep_index(folder: &DataFolder, index: &Index) -> io::Result<()> {
    let Some(stamp) = stamp(folder)? else { return Ok(()) };
    let (path, fresh) = (folder.list_index(), folder.path().join("lists.index.new"));
    fs::write(&fresh, [stamp.as_slice(), &index.to_bytes()].concat())?;
    File::open(&fresh)?.sync_all()?;
    fs::rename(&fresh, &path)
}

/// Hash of the files of lists with their names; `None` where there are none.
fn stamp(folder: &DataFolder) -> io::Result<Option<Vec<u8>>> {
    let files = cached_files(folder)?;
    let mut all = Context::new(&SHA256);
    for file in &files {
        let name = file.file_name().unwrap_or_default().as_encoded_bytes();
        all.update(digest(&SHA256, name).as_ref());
        all.update(digest(&SHA256, &fs::read(file)?).as_ref());
    }
    Ok((!files.is_empty()).then(|| all.finish().as_ref().to_vec()))
}

#[cfg(test)]
mod tests {
    use super::super::lists::write_cache;
    use super::*;

    #[test]
    fn an_index_is_taken_up_only_while_it_is_whole_and_of_the_lists_that_are_there() {
        let folder = tempfile::tempdir().unwrap();
        let data = DataFolder::new(folder.path());
        let (one, mut other) = (screening::fictional(), screening::fictional());
        other.entries.truncate(3);
        let load = |list: &screening::Watchlist| write_cache(&data, std::slice::from_ref(list)).is_ok();
        let found = || find_index(&data).map(|index| index.entry_count());

        assert!(load(&one) && found().is_none());
        let index = Index::new(vec![one.clone()]);
        keep_index(&data, &index).unwrap();
        assert_eq!(found(), Some(one.entries.len()));

        assert!(load(&other) && found().is_none());
        assert!(load(&one));
        assert_eq!(found(), Some(one.entries.len()));
        let written = fs::read(data.list_index()).unwrap();
        fs::write(data.list_index(), &written[..written.len() / 2]).unwrap();
        assert_eq!(found(), None);
    }
}
