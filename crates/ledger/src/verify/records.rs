//! Third pass: each record against its leaf, and the lines against the order of the log.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Slot;
use std::io::{BufRead, Read};

use super::locate::what_happened;
use super::record_line::RecordLine;
use super::source::{Entries, Entry, Source};
use super::{Fault, FaultKind, Findings, fault};
use crate::leaf::Leaf;

/// Longest line that is read.
const LINE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Most gaps and early lines that are remembered; an export with more is beyond doubt damaged.
const REMEMBERED_MAX: usize = 65_536;

/// How the records fared.
#[derive(Default)]
pub(super) struct Tally {
    pub verified: u64,
    pub shredded: u64,
}

/// Holds every record line against the entries. Where the entries themselves are not sound, a difference is
/// told from the records' side: an entry that the records do not know was inserted, and so on.
pub(super) fn check(source: &Source<'_>, entries_sound: bool) -> (Tally, Findings) {
    let mut check = Check {
        source,
        entries_sound,
        entries: Entries::new(source),
        next: 0,
        gaps: BTreeMap::new(),
        early: BTreeMap::new(),
        identity_checked: false,
        tally: Tally::default(),
        findings: Findings::default(),
    };
    let mut lines = Lines::new(source).peekable();
    while let Some(line) = lines.next() {
        let following = lines.peek().and_then(|line| line.content.as_ref()).map(|line| line.index);
        check.line(&line, following);
    }
    check.finish()
}

struct Check<'a> {
    source: &'a Source<'a>,
    entries_sound: bool,
    entries: Entries<'a>,
    /// Index of the line that should come next.
    next: u64,
    /// Stretches without a line so far: start to end.
    gaps: BTreeMap<u64, u64>,
    /// Lines that came before their turn, by index: the file and the index whose turn it was.
    early: BTreeMap<u64, (String, u64)>,
    /// The costly search that tells what a foreign leaf id means is made once.
    identity_checked: bool,
    tally: Tally,
    findings: Findings,
}

impl Check<'_> {
    fn line(&mut self, line: &Line, following: Option<u64>) {
        let Some(content) = &line.content else {
            let log_ends = following.is_none() && self.next >= self.source.size;
            let in_place_of_next =
                !log_ends && (following.is_none() || following == self.next.checked_add(1));
            let what = if in_place_of_next {
                FaultKind::Altered
            } else if log_ends || following == Some(self.next) {
                FaultKind::Inserted
            } else {
                FaultKind::Malformed
            };
            let detail = format!("line {} cannot be read as a record", line.number);
            self.findings.add(Fault { index: Some(self.next), ..fault(&line.path, what, detail) });
            if in_place_of_next {
                self.next += 1;
            }
            return;
        };
        if content.index >= self.source.size {
            let detail = format!("line {} has an index beyond the log", line.number);
            self.add(content, line, FaultKind::Inserted, detail);
            return;
        }
        if content.index == self.next {
            if let Some((path, stands_at)) = self.early.remove(&content.index) {
                let detail = format!("a second line for index {} stands here", content.index);
                let fault = at(content, path, FaultKind::Inserted, detail);
                self.findings.add(Fault { index: Some(stands_at), ..fault });
            }
            self.content(content, line);
            self.next += 1;
        } else {
            self.out_of_order(content, line, following);
        }
        while self.gaps.len() > REMEMBERED_MAX {
            let Some((start, end)) = self.gaps.pop_first() else { return };
            self.removed(start, end);
        }
    }

    /// A line whose turn it is not. The line after it tells what it stands for.
    fn out_of_order(&mut self, content: &RecordLine, line: &Line, following: Option<u64>) {
        let (index, next) = (content.index, self.next);
        if index < next {
            if self.take_from_gap(index) {
                let detail = format!("line {} comes after later ones", line.number);
                self.add(content, line, FaultKind::Reordered, detail);
                self.content(content, line);
            } else {
                let detail = format!("line {} repeats an index", line.number);
                self.add(content, line, FaultKind::Inserted, detail);
            }
            if following == next.checked_add(1) && next < self.source.size {
                self.leave_gap(next, next + 1); // It stands in place of the one expected.
                self.next = next + 1;
            }
        } else if following == Some(next) || following == next.checked_add(1) {
            self.content(content, line);
            let room = self.early.len() < REMEMBERED_MAX;
            match self.early.entry(index) {
                Slot::Vacant(slot) if room => drop(slot.insert((line.path.clone(), next))),
                _ => {
                    let detail = format!("line {} repeats an index", line.number);
                    self.findings.add(at(content, line.path.clone(), FaultKind::Inserted, detail));
                }
            }
            if following != Some(next) {
                self.leave_gap(next, next + 1);
                self.next = next + 1;
            }
        } else {
            self.leave_gap(next, index);
            self.content(content, line);
            self.next = index + 1;
        }
    }

    /// Remembers `start..end` as without lines, but for those that came early: they were moved.
    fn leave_gap(&mut self, start: u64, end: u64) {
        let mut from = start;
        let moved: Vec<u64> = self.early.range(start..end).map(|(index, _)| *index).collect();
        for index in moved {
            if from < index {
                self.gaps.insert(from, index);
            }
            from = index + 1;
            self.moved_early(index);
        }
        if from < end {
            self.gaps.insert(from, end);
        }
    }

    fn moved_early(&mut self, index: u64) {
        if let Some((path, stands_at)) = self.early.remove(&index) {
            let leaf_id = self.leaf_id(stands_at);
            let detail = format!("the line of index {index} stands here");
            let fault = fault(path, FaultKind::Reordered, detail);
            self.findings.add(Fault { index: Some(stands_at), leaf_id, ..fault });
        }
    }

    fn take_from_gap(&mut self, index: u64) -> bool {
        let Some((&start, &end)) = self.gaps.range(..=index).next_back() else { return false };
        if index >= end {
            return false;
        }
        self.gaps.remove(&start);
        if start < index {
            self.gaps.insert(start, index);
        }
        if index + 1 < end {
            self.gaps.insert(index + 1, end);
        }
        true
    }

    fn removed(&mut self, start: u64, end: u64) {
        let leaf_id = self.leaf_id(start);
        let detail = if end - start == 1 {
            "there is no line for this leaf".to_owned()
        } else {
            format!("there are no lines for the leaves from {start} to before {end}")
        };
        self.findings.add(Fault {
            index: Some(start),
            leaf_id,
            ..fault("records/", FaultKind::Removed, detail)
        });
        self.findings.count = self.findings.count.saturating_add(end - start - 1);
    }

    fn leaf_id(&mut self, index: u64) -> Option<String> {
        match self.entries.at(index) {
            Entry::Leaf(leaf) => Some(leaf.id.clone()),
            Entry::NotALeaf | Entry::Absent => None,
        }
    }

    /// Whether the record is the one that its leaf committed to.
    fn content(&mut self, content: &RecordLine, line: &Line) {
        let leaf = match self.entries.at(content.index) {
            Entry::Leaf(leaf) => leaf,
            Entry::NotALeaf if self.entries_sound => {
                let detail = "the entry is not a leaf in a known form";
                return self.add(content, line, FaultKind::Malformed, detail);
            }
            Entry::NotALeaf => {
                let detail = "the entry of this record is not a leaf any more";
                return self.add(content, line, FaultKind::Altered, detail);
            }
            Entry::Absent => {
                return self.add(content, line, FaultKind::Removed, "the entry of this record is gone");
            }
        };
        if leaf.id != content.leaf_id {
            let leaf_id = leaf.id.clone();
            return self.other_leaf(content, &leaf_id, line);
        }
        let (what, detail) = match (&content.record, content.salt_bytes(), content.shredded) {
            (None, None, true) if content.salt.is_none() => return self.tally.shredded += 1,
            (_, _, true) => (FaultKind::Altered, "marked as shredded but still holds something"),
            (Some(record), Some(salt), false) if leaf.commits_to(&salt, record) => {
                return self.tally.verified += 1;
            }
            (Some(_), Some(_), false) => {
                (FaultKind::Altered, "the record is not the one its leaf committed to")
            }
            (Some(_), None, false) => {
                (FaultKind::Altered, "the salt is gone but the record is not marked as shredded")
            }
            (None, _, false) => (FaultKind::Altered, "the record is gone but not marked as shredded"),
        };
        self.add(content, line, what, detail);
    }

    /// A line for another leaf than the one at its index. Where the two leaf ids occur tells what happened.
    fn other_leaf(&mut self, content: &RecordLine, leaf_id: &str, line: &Line) {
        let (what, detail) = if self.identity_checked {
            (FaultKind::Altered, "the line names another leaf than the one at its index")
        } else {
            self.identity_checked = true;
            let in_entries = count_in_entries(self.source, &content.leaf_id) == 1;
            let in_lines = count_in_lines(self.source, leaf_id) == 1;
            let copies_in_lines = count_in_lines(self.source, &content.leaf_id);
            let copies_in_entries = count_in_entries(self.source, leaf_id);
            if self.entries_sound {
                what_happened(in_entries && copies_in_lines == 1, in_lines)
            } else {
                what_happened(in_lines && copies_in_entries == 1, in_entries)
            }
        };
        let leaf_id = match (what, self.entries_sound) {
            (FaultKind::Removed | FaultKind::Reordered, true) | (FaultKind::Inserted, false) => leaf_id,
            _ => content.leaf_id.as_str(),
        };
        let fault = fault(&line.path, what, format!("line {}: {detail}", line.number));
        self.findings.add(Fault { index: Some(content.index), leaf_id: Some(leaf_id.to_owned()), ..fault });
    }

    fn add(&mut self, content: &RecordLine, line: &Line, what: FaultKind, detail: impl Into<String>) {
        self.findings.add(at(content, line.path.clone(), what, detail));
    }

    fn finish(mut self) -> (Tally, Findings) {
        if self.next < self.source.size {
            self.leave_gap(self.next, self.source.size);
        }
        for (start, end) in std::mem::take(&mut self.gaps) {
            self.removed(start, end);
        }
        (self.tally, self.findings)
    }
}

fn at(content: &RecordLine, path: String, what: FaultKind, detail: impl Into<String>) -> Fault {
    let (index, leaf_id) = (Some(content.index), Some(content.leaf_id.clone()));
    Fault { index, leaf_id, path, what, detail: detail.into() }
}

fn count_in_entries(source: &Source<'_>, leaf_id: &str) -> u64 {
    let mut count = 0;
    source.for_each_entry(&mut |_, bytes| {
        count += u64::from(Leaf::parse(bytes).is_ok_and(|leaf| leaf.id == leaf_id));
    });
    count
}

fn count_in_lines(source: &Source<'_>, leaf_id: &str) -> u64 {
    let lines = Lines::new(source).filter_map(|line| line.content);
    lines.fold(0, |count, line| count + u64::from(line.leaf_id == leaf_id))
}

/// A line as it was read.
struct Line {
    path: String,
    /// From 1, within its file.
    number: u64,
    /// `None` if it cannot be read.
    content: Option<RecordLine>,
}

/// All lines of all files of records, files in the order of their names.
struct Lines<'a> {
    source: &'a Source<'a>,
    paths: std::vec::IntoIter<String>,
    file: Option<(String, u64, Box<dyn BufRead + 'a>)>,
}

impl<'a> Lines<'a> {
    fn new(source: &'a Source<'a>) -> Self {
        let mut paths = source.export.list("records/");
        paths.retain(|path| path.ends_with(".ndjson"));
        paths.sort();
        Self { source, paths: paths.into_iter(), file: None }
    }
}

impl Iterator for Lines<'_> {
    type Item = Line;

    fn next(&mut self) -> Option<Line> {
        loop {
            let Some((path, number, file)) = &mut self.file else {
                let path = self.paths.next()?;
                match self.source.export.open(&path) {
                    Some(file) => self.file = Some((path, 0, file)),
                    None => return Some(Line { path, number: 0, content: None }),
                }
                continue;
            };
            *number += 1;
            let mut bytes = Vec::new();
            let read = file.take(LINE_BYTES_MAX).read_until(b'\n', &mut bytes);
            let cut = read.is_err() || (bytes.len() as u64 == LINE_BYTES_MAX && !bytes.ends_with(b"\n"));
            if cut {
                // The rest of such a file is not worth guessing at: its lines will be missing.
                let line = Line { path: path.clone(), number: *number, content: None };
                self.file = None;
                return Some(line);
            }
            if bytes.is_empty() {
                self.file = None;
                continue;
            }
            if bytes.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            let content = RecordLine::parse(&bytes).ok();
            return Some(Line { path: path.clone(), number: *number, content });
        }
    }
}
