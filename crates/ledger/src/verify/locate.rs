//! Second pass, only if the entries do not lead to the signed root: where and how they differ.
//!
//! Stored hashes that still lead to the signed root are as good as signed. The search goes down from it:
//! a tile whose hashes make the hash above it is authentic, and so on down to the leaf hashes.

use std::ops::Range;

use super::source::Source;
use super::{Fault, FaultKind, Older, fault};
use crate::edge::{Edge, perfect_root};
use crate::frontier::partial_tile;
use crate::hash::{Hash, TreeHead};
use crate::leaf::Leaf;
use crate::tile::{LEVELS, Level, TILE_WIDTH, Tile, decode_bundle, decode_hashes};

const WIDTH: u64 = TILE_WIDTH as u64;

/// Where the entries differ from what was signed.
pub(super) enum Place {
    /// The leaf hash that was signed is known, so this is certain.
    Known(Fault),
    /// Somewhere in these entries; `hint` is where entries and stored leaf hashes part.
    Within { entries: Range<u64>, hint: Option<Hint>, narrowed: bool },
}

/// Where entries and stored leaf hashes part, which says something only as far as the latter are genuine.
pub(super) struct Hint {
    fault: Fault,
    /// Both are too short or too long alike: whoever changed one changed the other.
    both_end: bool,
}

impl Place {
    /// The fault to report, given the first one that the records showed: a record that disagrees with
    /// its leaf in the stretch in question is a better answer than the start of the stretch.
    pub fn into_fault(self, by_record: Option<&Fault>) -> Fault {
        let with_id = |fault: Fault| {
            let same_place = by_record.filter(|by_record| by_record.index == fault.index);
            let leaf_id = fault.leaf_id.clone().or_else(|| same_place?.leaf_id.clone());
            Fault { leaf_id, ..fault }
        };
        let (entries, hint, narrowed) = match self {
            Self::Known(fault) => return with_id(fault),
            Self::Within { entries, hint, narrowed } => (entries, hint, narrowed),
        };
        let by_record = by_record.and_then(|fault| fault.index).filter(|index| entries.contains(index));
        let (what, path) = (FaultKind::TreeDiffers, "checkpoint");
        match (hint, by_record) {
            (Some(hint), _) if !hint.both_end || (by_record.is_none() && !narrowed) => with_id(hint.fault),
            (_, Some(index)) => {
                let detail = format!(
                    "the entries lead to another root than the signed one; the record at {index} disagrees with its entry"
                );
                fault(path, what, detail)
            }
            (_, None) if narrowed => {
                let Range { start, end } = entries;
                let detail = format!(
                    "entries and tiles were changed alike: the tree differs from the signed one in the entries from {start} to before {end}"
                );
                Fault { index: Some(start), ..fault(path, what, detail) }
            }
            (_, None) => fault(
                path,
                what,
                "entries and tiles agree with each other but lead to another root than the signed one",
            ),
        }
    }
}

pub(super) fn locate(source: &Source<'_>, head: TreeHead, older: &[Older]) -> Place {
    let mut authentic = Authentic::new(source, head);
    let mut from = 0;
    while from < source.size {
        let bundle = from / WIDTH;
        let stretch = authentic.stretch(bundle);
        let mut edge = Edge::default();
        let mut hint = None;
        for bundle in stretch.bundles.clone() {
            let read = read_bundle(source, bundle);
            let stored = authentic.leaf_hashes(bundle);
            let width = Tile::entries(bundle, source.size).map_or(0, |tile| usize::from(tile.width));
            // Entries that make the hash above them are not what was changed; the leaf hashes are.
            let parted = first_difference(&read, &stored, width)
                .filter(|_| stretch.root.is_some() || !authentic.seems_to_make(bundle, &read.hashes));
            hint = hint.or_else(|| parted.map(|offset| (bundle, offset)));
            for hash in &read.hashes {
                edge.push(*hash, &mut |_, _, _| {});
            }
            let certain = stretch.bundles.end - bundle == 1 && authentic.leaf_hashes_are(bundle, &stored);
            if certain && let Some((bundle, offset)) = hint.take() {
                return Place::Known(describe(source, bundle, offset, &stored).fault);
            }
            if read.path.is_none() {
                break; // Nothing further can be compared, and the size may be a lie.
            }
        }
        let end = stretch.bundles.end.saturating_mul(WIDTH).min(source.size);
        let as_signed = match stretch.root {
            Some(root) => edge.size() == end - from && edge.root() == root,
            None => stretch.leaf_hashes_authentic && hint.is_none(),
        };
        if !as_signed {
            let whole = from == 0 && end == source.size;
            let hint =
                hint.map(|(bundle, offset)| describe(source, bundle, offset, &authentic.leaf_hashes(bundle)));
            return narrow(from..end, whole, hint, older);
        }
        from = end;
    }
    narrow(0..source.size, true, None, older)
}

/// Earlier checkpoints say how far the entries are still as signed.
fn narrow(entries: Range<u64>, whole: bool, hint: Option<Hint>, older: &[Older]) -> Place {
    let agreeing = older.iter().filter(|older| older.agrees == Some(true)).map(|older| older.head.size).max();
    let differing = older.iter().find(|older| older.agrees == Some(false)).map(|older| older.head.size);
    let start = agreeing.filter(|size| entries.contains(size)).unwrap_or(entries.start);
    let end = differing.filter(|size| (start + 1..entries.end).contains(size)).unwrap_or(entries.end);
    let narrowed = !whole || agreeing.is_some() || differing.is_some();
    let hint = hint.filter(|hint| hint.fault.index.is_none_or(|index| index >= start));
    Place::Within { entries: start..end, hint, narrowed }
}

/// A bundle as it is there.
struct ReadBundle {
    /// `None` if it is not there.
    path: Option<String>,
    hashes: Vec<Hash>,
    /// It could be read to its end.
    whole: bool,
}

fn read_bundle(source: &Source<'_>, bundle: u64) -> ReadBundle {
    let Some((path, bytes)) = source.bundle(bundle) else {
        return ReadBundle { path: None, hashes: Vec::new(), whole: false };
    };
    let (entries, whole) = decode_bundle(&bytes);
    let hashes = entries.iter().map(|entry| Hash::of_leaf(entry)).collect();
    ReadBundle { path: Some(path), hashes, whole }
}

fn first_difference(read: &ReadBundle, stored: &[Hash], width: usize) -> Option<usize> {
    let ReadBundle { hashes, whole, .. } = read;
    let same = hashes.iter().zip(stored).take_while(|(entry, stored)| entry == stored).count();
    let all_same = same == width && hashes.len() == width && stored.len() == width && *whole;
    (!all_same).then_some(same.min(width))
}

/// What happened at a place, told by where else the two hashes occur.
///
/// Reads the whole log once more, so it is asked about one place only.
fn describe(source: &Source<'_>, bundle: u64, offset: usize, stored: &[Hash]) -> Hint {
    let ReadBundle { path, hashes, .. } = read_bundle(source, bundle);
    let (entry, was) = (hashes.get(offset).copied(), stored.get(offset).copied());
    let (mut copies, mut was_elsewhere, mut leaf_id) = (0_u64, false, None);
    let index = u64::try_from(offset).map_or(u64::MAX, |offset| (bundle * WIDTH).saturating_add(offset));
    source.for_each_entry(&mut |place, bytes| {
        let hash = Hash::of_leaf(bytes);
        copies += u64::from(Some(hash) == entry);
        was_elsewhere |= Some(hash) == was;
        if place == index {
            leaf_id = Leaf::parse(bytes).ok().map(|leaf| leaf.id);
        }
    });
    let mut stored_elsewhere = false;
    for bundle in 0..source.bundles() {
        let Some((_, hashes)) = source.leaf_hashes(bundle) else { break };
        stored_elsewhere |= entry.is_some_and(|entry| hashes.contains(&entry));
    }
    let from_elsewhere = entry.is_none() || (stored_elsewhere && copies == 1);
    let moved_elsewhere = was.is_none() || was_elsewhere;
    let (what, detail) = match (entry, was) {
        (None, None) => what_happened(true, false),
        (Some(entry), Some(was)) if entry == was => what_happened(false, true), // Both too long.
        _ => what_happened(from_elsewhere, moved_elsewhere),
    };
    if matches!(what, FaultKind::Removed | FaultKind::Reordered) {
        leaf_id = None; // The leaf that stands there now is not the one that was there.
    }
    let expected_path = || Tile::entries(bundle, source.size).map_or_else(String::new, Tile::path);
    let path = path.unwrap_or_else(expected_path);
    let fault = Fault { index: Some(index), leaf_id, ..fault(path, what, detail) };
    Hint { fault, both_end: entry == was }
}

/// `from_elsewhere`: what stands here belongs to another place. `moved_elsewhere`: what belongs here stands
/// at another place.
pub(super) fn what_happened(from_elsewhere: bool, moved_elsewhere: bool) -> (FaultKind, &'static str) {
    match (from_elsewhere, moved_elsewhere) {
        (false, false) => (FaultKind::Altered, "what stands here is not what was recorded here"),
        (true, false) => (FaultKind::Removed, "what was recorded here is gone"),
        (false, true) => (FaultKind::Inserted, "what stands here was never recorded"),
        (true, true) => (FaultKind::Reordered, "what stands here was recorded at another place"),
    }
}

/// Bundles that are compared with one authentic hash, or with authentic leaf hashes.
struct Stretch {
    bundles: Range<u64>,
    root: Option<Hash>,
    leaf_hashes_authentic: bool,
}

/// The stored tiles that lead to the signed root. Keeps one tile a level.
struct Authentic<'a> {
    source: &'a Source<'a>,
    /// The partial tiles on the right edge make the signed root.
    anchored: bool,
    /// Leaf hashes of the partial tile, if anchored.
    last_leaf_hashes: Vec<Hash>,
    held: Vec<Option<(u64, Option<Vec<Hash>>)>>,
}

impl<'a> Authentic<'a> {
    fn new(source: &'a Source<'a>, head: TreeHead) -> Self {
        let mut levels = Vec::new();
        for level in 0..LEVELS {
            let tile = partial_tile(Level::Hashes(level), source.size >> (8 * level));
            let bytes = tile.and_then(|tile| source.export.read(&tile.path()));
            levels.push(bytes.and_then(|bytes| decode_hashes(&bytes)).unwrap_or_default());
        }
        let makes_root = |levels: &[Vec<Hash>]| {
            Edge::from_levels(source.size, levels.to_vec()).is_some_and(|edge| edge.head() == head)
        };
        let mut anchored = makes_root(&levels);
        if !anchored && !source.size.is_multiple_of(WIDTH) {
            // Perhaps only the partial tile of leaf hashes was touched, and the entries stand for it.
            levels[0] = read_bundle(source, source.size / WIDTH).hashes;
            anchored = makes_root(&levels);
        }
        let last_leaf_hashes = levels.swap_remove(0);
        Self { source, anchored, last_leaf_hashes, held: vec![None; usize::from(LEVELS)] }
    }

    /// Leaf hashes as stored, or as signed where that is known without the tile.
    fn leaf_hashes(&self, bundle: u64) -> Vec<Hash> {
        if self.anchored && bundle == self.source.size / WIDTH {
            return self.last_leaf_hashes.clone();
        }
        self.source.leaf_hashes(bundle).map(|(_, hashes)| hashes).unwrap_or_default()
    }

    /// Whether the stored hash above a full bundle, authentic or not, agrees with these leaf hashes.
    fn seems_to_make(&self, bundle: u64, hashes: &[Hash]) -> bool {
        let above = Tile::hashes(1, bundle / WIDTH, self.source.size);
        let above = above.and_then(|tile| decode_hashes(&self.source.export.read(&tile.path())?));
        let offset = usize::try_from(bundle % WIDTH).unwrap_or(usize::MAX);
        hashes.len() == usize::from(TILE_WIDTH)
            && above.is_some_and(|above| above.get(offset) == Some(&perfect_root(hashes)))
    }

    /// The smallest stretch from this bundle on that has something authentic to be compared with; all
    /// the rest if nothing has.
    fn stretch(&mut self, bundle: u64) -> Stretch {
        let rest = bundle..self.source.bundles();
        if !self.anchored {
            return Stretch { bundles: rest, root: None, leaf_hashes_authentic: false };
        }
        if (bundle + 1).saturating_mul(WIDTH) > self.source.size {
            return Stretch { bundles: rest, root: None, leaf_hashes_authentic: true };
        }
        for level in 1..LEVELS {
            let shift = 8 * (u32::from(level) - 1);
            if let Some(root) = self.node(level, bundle >> shift) {
                // A stretch begins where the last one ended, so it is aligned.
                let end = ((bundle >> shift) + 1) << shift;
                return Stretch { bundles: bundle..end, root: Some(root), leaf_hashes_authentic: false };
            }
        }
        Stretch { bundles: rest, root: None, leaf_hashes_authentic: false }
    }

    fn leaf_hashes_are(&mut self, bundle: u64, stored: &[Hash]) -> bool {
        if !self.anchored {
            return false;
        }
        let partial = (bundle + 1).saturating_mul(WIDTH) > self.source.size;
        let full = stored.len() == usize::from(TILE_WIDTH);
        partial || (full && self.node(1, bundle) == Some(perfect_root(stored)))
    }

    /// Hash of the subtree of 256^level leaves at this place, if authentic.
    fn node(&mut self, level: u8, place: u64) -> Option<Hash> {
        let (index, offset) = (place / WIDTH, usize::try_from(place % WIDTH).ok()?);
        let held = self.held.get(usize::from(level))?;
        if held.as_ref().is_none_or(|(held, _)| *held != index) {
            let tile = self.authentic_tile(level, index);
            self.held[usize::from(level)] = Some((index, tile));
        }
        let (_, tile) = self.held[usize::from(level)].as_ref()?;
        tile.as_ref()?.get(offset).copied()
    }

    fn authentic_tile(&mut self, level: u8, index: u64) -> Option<Vec<Hash>> {
        let tile = Tile::hashes(level, index, self.source.size)?;
        let hashes = decode_hashes(&self.source.export.read(&tile.path())?)?;
        if hashes.len() != usize::from(tile.width) {
            return None;
        }
        let authentic = if tile.is_partial() {
            self.anchored
        } else {
            self.node(level + 1, index) == Some(perfect_root(&hashes))
        };
        authentic.then_some(hashes)
    }
}
