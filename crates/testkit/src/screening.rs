//! What the screening engine is measured and trained on: real lists read at run time, and lists as large as wanted
//! made of them.

pub mod million;
pub mod train;

use std::io;
use std::path::{Path, PathBuf};

use screening::{Collector, Lists};

/// Reads a folder of lists as published, and the folders in it, in order of name.
pub fn read_lists(folder: &Path) -> io::Result<Lists> {
    let mut collector = Collector::new();
    add_folder(folder, &mut collector)?;
    Ok(collector.finish())
}

fn add_folder(folder: &Path, collector: &mut Collector) -> io::Result<()> {
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder)?.map(|item| Ok(item?.path())).collect::<io::Result<_>>()?;
    paths.sort();
    for path in paths {
        if path.is_dir() {
            add_folder(&path, collector)?;
        } else {
            collector.add(&path.to_string_lossy(), &std::fs::read(&path)?);
        }
    }
    Ok(())
}
