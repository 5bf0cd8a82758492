//! Tables of cells: CSV and its kin, checked for a cut end.

use std::collections::HashMap;

use super::{ENTRIES_MAX, NotRead, draft::made_id};
use crate::entry::Entry;

/// The cells of one line, whichever of the usual delimiters parts them.
pub fn cells(line: &str) -> Vec<String> {
    let delimiter =
        [b'\t', b';', b','].into_iter().max_by_key(|&mark| line.bytes().filter(|&byte| byte == mark).count());
    cells_by(line, delimiter.unwrap_or(b','))
}

pub fn cells_by(line: &str, delimiter: u8) -> Vec<String> {
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).delimiter(delimiter).from_reader(line.as_bytes());
    let record = reader.records().next().and_then(Result::ok).unwrap_or_default();
    record.iter().map(|cell| cell.trim().to_owned()).collect()
}

/// Every row with the number of its first line. A row of another width than the first is an
/// error, and so is an end within quotes or within the last row.
pub fn rows(text: &str, delimiter: u8) -> Result<Vec<(u64, csv::StringRecord)>, NotRead> {
    let text = text.trim_start_matches('\u{feff}').trim_end_matches(['\u{1a}', '\0']);
    if let Some(line) = open_quote(text, delimiter) {
        return Err(NotRead::cut(format!("line {line}"), "a quoted cell has no end"));
    }
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(text.as_bytes());
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| {
            let line = error.position().map_or(0, csv::Position::line);
            NotRead::damaged(format!("line {line}"), "not a table")
        })?;
        let line = record.position().map_or(0, csv::Position::line);
        if rows.len() == ENTRIES_MAX {
            return Err(NotRead::damaged(format!("line {line}"), "more rows than any list has"));
        }
        if record.iter().any(|cell| !cell.trim().is_empty()) {
            rows.push((line, record));
        }
    }
    Ok(rows)
}

/// The line on which a quoted cell opens that never closes.
fn open_quote(text: &str, delimiter: u8) -> Option<u64> {
    let (mut line, mut opened, mut at_start, mut bytes) = (1, None, true, text.bytes().peekable());
    while let Some(byte) = bytes.next() {
        line += u64::from(byte == b'\n');
        match (byte, opened) {
            (b'"', None) if at_start => opened = Some(line),
            (b'"', Some(_)) if bytes.peek() == Some(&b'"') => {
                bytes.next();
            }
            (b'"', Some(_)) => opened = None,
            _ => {}
        }
        at_start = opened.is_none() && (byte == delimiter || byte == b'\n');
    }
    opened
}

/// A table whose columns have names.
pub struct Table {
    columns: HashMap<String, Vec<usize>>,
    names: Vec<String>,
    header_line: u64,
    rows: Vec<(u64, csv::StringRecord)>,
    /// Rows above the header, such as a report date.
    pub preamble: Vec<csv::StringRecord>,
}

pub struct Row<'a> {
    table: &'a Table,
    line: u64,
    record: &'a csv::StringRecord,
}

impl Table {
    /// Reads a table whose header is the first row that has the column `key`.
    pub fn read(text: &str, delimiter: u8, key: &str) -> Result<Self, NotRead> {
        Self::of(rows(text, delimiter)?, key, text.ends_with(['\n', '\u{1a}']))
    }

    /// `ended` says that the last row cannot have been cut.
    pub fn of(mut rows: Vec<(u64, csv::StringRecord)>, key: &str, ended: bool) -> Result<Self, NotRead> {
        let is_header =
            |record: &csv::StringRecord| record.iter().any(|cell| cell.trim().eq_ignore_ascii_case(key));
        let Some(header) = rows.iter().position(|(_, record)| is_header(record)) else {
            return Err(NotRead::cut("line 1", "the header is missing"));
        };
        let body = rows.split_off(header + 1);
        let (header_line, header) = rows.pop().unwrap_or_default();
        let names: Vec<String> = header.iter().map(|name| name.trim().to_lowercase()).collect();
        let mut columns: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, name) in names.iter().enumerate() {
            columns.entry(name.clone()).or_default().push(index);
        }
        let table = Self {
            columns,
            names,
            header_line,
            rows: body,
            preamble: rows.into_iter().map(|row| row.1).collect(),
        };
        table.check_widths(ended)?;
        Ok(table)
    }

    fn check_widths(&self, ended: bool) -> Result<(), NotRead> {
        for (index, (line, record)) in self.rows.iter().enumerate() {
            if record.len() == self.names.len() {
                continue;
            }
            let what = format!("{} columns where the header has {}", record.len(), self.names.len());
            let is_last = index + 1 == self.rows.len();
            let cut = record.len() < self.names.len() && is_last && !ended;
            return Err(if cut {
                NotRead::cut(format!("line {line}"), &what)
            } else {
                NotRead::damaged(format!("line {line}"), &what)
            });
        }
        Ok(())
    }

    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|(line, record)| Row { table: self, line: *line, record })
    }

    /// One entry for each id, however many rows it takes. A row without one is an entry by itself.
    pub fn gather(&self, key: &str, read: fn(&Row<'_>, &mut Entry)) -> Vec<Entry> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut by_id: HashMap<String, usize> = HashMap::new();
        for row in self.rows() {
            let id = match row.get(key) {
                "" => made_id(&row.record.iter().collect::<Vec<_>>()),
                id => id.to_owned(),
            };
            let index = *by_id.entry(id.clone()).or_insert_with(|| {
                entries.push(Entry { entry_id: id, ..Entry::default() });
                entries.len() - 1
            });
            read(&row, &mut entries[index]);
        }
        entries
    }

    pub fn header_line(&self) -> u64 {
        self.header_line
    }

    /// As they stand in the header, in lower case.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    pub fn has(&self, column: &str) -> bool {
        self.columns.contains_key(&column.to_lowercase())
    }
}

impl Row<'_> {
    /// Where it stands, for messages.
    pub fn at(&self) -> String {
        format!("line {}", self.line)
    }

    /// The cell of the first column of that name, trimmed; empty where there is none.
    pub fn get(&self, column: &str) -> &str {
        self.all(column).next().unwrap_or("")
    }

    /// The cells of every column of that name.
    pub fn all(&self, column: &str) -> impl Iterator<Item = &str> {
        let indices = self.table.columns.get(column).map_or(&[][..], Vec::as_slice);
        indices.iter().filter_map(|&index| self.record.get(index)).map(str::trim)
    }
}
