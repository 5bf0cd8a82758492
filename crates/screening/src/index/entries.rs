//! The entries of a segment: those of a file are read when they are looked at.

use std::sync::OnceLock;

use crate::entry::{Entry, Schema};

use super::flat::{Reader, put_all};

#[derive(Default)]
pub struct Entries {
    known: Vec<OnceLock<Box<Entry>>>,
    schemas: Vec<Schema>,
    list_of: Vec<u16>,
    /// As JSON, one after the other, and where each ends; empty where all are known.
    written: Vec<u8>,
    ends: Vec<u64>,
}

impl Entries {
    pub fn push(&mut self, entry: Entry, list: u16) {
        self.schemas.push(entry.schema);
        self.list_of.push(list);
        self.known.push(OnceLock::from(Box::new(entry)));
    }

    pub fn len(&self) -> usize {
        self.known.len()
    }

    pub fn get(&self, at: u32) -> &Entry {
        self.known[at as usize].get_or_init(|| {
            let read = self.bytes(at).and_then(|bytes| serde_json::from_slice(bytes).ok());
            // The file was found sound: there is an entry.
            Box::new(read.unwrap_or_default())
        })
    }

    fn bytes(&self, at: u32) -> Option<&[u8]> {
        let start = (at as usize).checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied())?;
        self.written.get(start as usize..*self.ends.get(at as usize)? as usize)
    }

    pub fn schema(&self, at: u32) -> Schema {
        self.schemas[at as usize]
    }

    /// The number of the entry's list.
    pub fn list_of(&self, at: u32) -> u16 {
        self.list_of[at as usize]
    }

    pub fn all(&self) -> impl Iterator<Item = (u16, &Entry)> {
        (0..self.len() as u32).map(|at| (self.list_of(at), self.get(at)))
    }

    pub fn put(&self, to: &mut Vec<u8>) {
        let (mut written, mut ends) = (Vec::new(), Vec::new());
        for (_, entry) in self.all() {
            // Writing to memory fails for no entry.
            let _ = serde_json::to_writer(&mut written, entry);
            ends.push(written.len() as u64);
        }
        put_all(&self.schemas, to);
        put_all(&self.list_of, to);
        put_all(&ends, to);
        put_all(&written, to);
    }

    pub fn take(from: &mut Reader) -> Option<Self> {
        let (schemas, list_of) = (from.all::<Schema>()?, from.all::<u16>()?);
        let (ends, written) = (from.all::<u64>()?, from.all::<u8>()?);
        let len = schemas.len();
        let sound = list_of.len() == len
            && ends.len() == len
            && ends.windows(2).all(|pair| pair[0] <= pair[1])
            && ends.last().is_none_or(|end| *end == written.len() as u64);
        let known = std::iter::repeat_with(OnceLock::new).take(len).collect();
        sound.then_some(Self { known, schemas, list_of, written, ends })
    }
}
