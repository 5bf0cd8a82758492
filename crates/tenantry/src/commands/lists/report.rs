//! What of list files is not in the lists that were read from them.

use std::fmt;

use screening::{LeftOut, Lists, PassedOver};
use serde::Serialize;

/// Lines that are written for people; programs get all.
const LINES_MAX: usize = 200;

#[derive(Serialize)]
pub struct Report {
    /// Files that are no list, unsound, or an older version of one.
    pub left_out: Vec<FileLeftOut>,
    /// Of files that are used.
    pub passed_over: Vec<FilePassedOver>,
    /// Whether a person must look at it: a list file is unsound, or a list of the operator's own has rows that cannot be
    /// read. What publishers leave out is theirs.
    #[serde(skip)]
    pub has_faults: bool,
}

#[derive(Serialize)]
pub struct FileLeftOut {
    path: String,
    why: String,
}

#[derive(Serialize)]
pub struct FilePassedOver {
    path: String,
    /// Of which the first are named.
    count: u64,
    places: Vec<Place>,
}

#[derive(Serialize)]
struct Place {
    at: String,
    what: String,
}

impl Report {
    pub fn of(lists: &Lists) -> Self {
        let has_faults = lists.left_out.iter().any(|file| file.why.is_fault())
            || lists.passed_over.iter().any(|file| file.is_own);
        let (faulty, others): (Vec<_>, Vec<_>) = lists.left_out.iter().partition(|file| file.why.is_fault());
        let left_out = faulty.into_iter().chain(others).map(FileLeftOut::of).collect();
        Self { left_out, passed_over: lists.passed_over.iter().map(FilePassedOver::of).collect(), has_faults }
    }

    pub fn is_empty(&self) -> bool {
        self.left_out.is_empty() && self.passed_over.is_empty()
    }
}

impl FileLeftOut {
    fn of(LeftOut { path, why }: &LeftOut) -> Self {
        Self { path: path.clone(), why: why.to_string() }
    }
}

impl FilePassedOver {
    fn of(file: &PassedOver) -> Self {
        let place = |place: &screening::Place| Place { at: place.at.clone(), what: place.what.clone() };
        let places = file.places.iter().map(place).collect();
        Self { path: file.path.clone(), count: file.count, places }
    }

    fn lines(&self) -> impl Iterator<Item = String> {
        let more = self.count - self.places.len() as u64;
        let more = (more > 0).then(|| format!("`{}`: {more} more", self.path));
        self.places.iter().map(|Place { at, what }| format!("`{}`, {at}: {what}", self.path)).chain(more)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines: Vec<String> = self
            .left_out
            .iter()
            .map(|FileLeftOut { path, why }| format!("left out `{path}`: {why}"))
            .collect();
        lines.extend(self.passed_over.iter().flat_map(FilePassedOver::lines));
        let more = lines.len().saturating_sub(LINES_MAX);
        lines.truncate(LINES_MAX);
        if more > 0 {
            lines.push(format!("and {more} more; `--json` has all"));
        }
        f.write_str(&lines.join("\n"))
    }
}
