//! Appending: the state a sequencer keeps between batches, and the tiles each batch makes.

use crate::edge::Edge;
use crate::hash::{Hash, TreeHead};
use crate::tile::{
    ENTRY_BYTES_MAX, LEVELS, Level, TILE_WIDTH, Tile, TileError, TileReader, decode_bundle, decode_hashes,
    encode_hashes, push_entry, read_hashes,
};

/// The right edge of a log: its partial tiles and its partial bundle. At most 255 hashes a level and
/// 255 entries, however large the log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frontier {
    edge: Edge,
    bundle: Vec<u8>,
}

/// What one append made: the new size and root, and every tile and bundle that is new or changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Index of the first entry appended.
    pub first_index: u64,
    pub head: TreeHead,
    pub tiles: Vec<StoredTile>,
}

/// A tile to store under its path. Stored tiles are never changed: a wider one has another path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredTile {
    pub tile: Tile,
    pub bytes: Vec<u8>,
}

/// Why nothing was appended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    #[error("entry {position} of the batch is longer than {ENTRY_BYTES_MAX} bytes")]
    EntryTooLong { position: usize },
    #[error("the log is full")]
    Full,
}

/// Why a stored frontier cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrontierError {
    #[error("not a stored frontier")]
    Malformed,
    #[error("the partial bundle does not hold the entries its hashes stand for")]
    BundleDiffers,
    #[error(transparent)]
    Tile(#[from] TileError),
}

const FORMAT: u8 = 1;

impl Frontier {
    /// The empty log.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads the right edge of a log of this size: at most nine tiles. The caller compares
    /// [`Frontier::head`] with the checkpoint it trusts.
    pub fn load(size: u64, reader: &dyn TileReader) -> Result<Self, FrontierError> {
        let mut levels = Vec::new();
        for level in 0..LEVELS {
            match partial_tile(Level::Hashes(level), size >> (8 * level)) {
                Some(tile) => levels.push(read_hashes(reader, tile)?),
                None => levels.push(Vec::new()),
            }
        }
        let bundle = match partial_tile(Level::Entries, size) {
            Some(tile) => read_partial_bundle(reader, tile)?,
            None => Vec::new(),
        };
        Self::from_parts(size, levels, bundle)
    }

    pub fn size(&self) -> u64 {
        self.edge.size()
    }

    /// Size and root, for the next checkpoint.
    pub fn head(&self) -> TreeHead {
        self.edge.head()
    }

    /// Appends entries in order: all of them, or none on an error. Tiles are those of the state after
    /// the batch; states within it are not emitted, as no checkpoint names them.
    pub fn append(&mut self, entries: &[impl AsRef<[u8]>]) -> Result<Batch, AppendError> {
        let first_index = self.size();
        if let Some(position) = entries.iter().position(|entry| entry.as_ref().len() > ENTRY_BYTES_MAX) {
            return Err(AppendError::EntryTooLong { position });
        }
        let added = u64::try_from(entries.len()).map_err(|_| AppendError::Full)?;
        first_index.checked_add(added).ok_or(AppendError::Full)?;

        let mut tiles = Vec::new();
        for entry in entries {
            self.push(entry.as_ref(), &mut tiles);
        }
        if !entries.is_empty() {
            self.emit_partial_tiles(first_index, &mut tiles);
        }
        Ok(Batch { first_index, head: self.head(), tiles })
    }

    /// A compact form that [`Frontier::from_bytes`] reads back.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![FORMAT];
        bytes.extend_from_slice(&self.size().to_be_bytes());
        for level in 0..usize::from(LEVELS) {
            bytes.extend(encode_hashes(self.edge.level(level)));
        }
        bytes.extend_from_slice(&self.bundle);
        bytes
    }

    /// Reads what [`Frontier::to_bytes`] wrote and checks that entries and hashes belong together. The
    /// caller compares [`Frontier::head`] with the checkpoint it trusts.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FrontierError> {
        let (format, rest) = bytes.split_first().ok_or(FrontierError::Malformed)?;
        let (size, mut rest) = rest.split_first_chunk::<8>().ok_or(FrontierError::Malformed)?;
        if *format != FORMAT {
            return Err(FrontierError::Malformed);
        }
        let size_bytes = *size;
        let size = u64::from_be_bytes(size_bytes);
        let mut levels = Vec::new();
        for width in size_bytes.iter().rev() {
            let (hashes, after) =
                rest.split_at_checked(32 * usize::from(*width)).ok_or(FrontierError::Malformed)?;
            levels.push(decode_hashes(hashes).ok_or(FrontierError::Malformed)?);
            rest = after;
        }
        Self::from_parts(size, levels, rest.to_vec())
    }

    fn from_parts(size: u64, levels: Vec<Vec<Hash>>, bundle: Vec<u8>) -> Result<Self, FrontierError> {
        let edge = Edge::from_levels(size, levels).ok_or(FrontierError::Malformed)?;
        let (entries, whole) = decode_bundle(&bundle);
        if !whole || !entries.iter().map(|entry| Hash::of_leaf(entry)).eq(edge.level(0).iter().copied()) {
            return Err(FrontierError::BundleDiffers);
        }
        Ok(Self { edge, bundle })
    }

    fn push(&mut self, entry: &[u8], tiles: &mut Vec<StoredTile>) {
        push_entry(&mut self.bundle, entry);
        let bundle = &mut self.bundle;
        self.edge.push(Hash::of_leaf(entry), &mut |level, index, hashes| {
            if level == 0 {
                let tile = Tile { level: Level::Entries, index, width: TILE_WIDTH };
                tiles.push(StoredTile { tile, bytes: std::mem::take(bundle) });
            }
            let tile = Tile { level: Level::Hashes(level), index, width: TILE_WIDTH };
            tiles.push(StoredTile { tile, bytes: encode_hashes(hashes) });
        });
    }

    /// Partial tiles that this batch made or widened; those of higher levels that it did not reach are
    /// stored already.
    fn emit_partial_tiles(&self, first_index: u64, tiles: &mut Vec<StoredTile>) {
        if let Some(tile) = partial_tile(Level::Entries, self.size()) {
            tiles.push(StoredTile { tile, bytes: self.bundle.clone() });
        }
        for level in 0..LEVELS {
            let in_row = self.size() >> (8 * level);
            if in_row == first_index >> (8 * level) {
                break;
            }
            if let Some(tile) = partial_tile(Level::Hashes(level), in_row) {
                let bytes = encode_hashes(self.edge.level(usize::from(level)));
                tiles.push(StoredTile { tile, bytes });
            }
        }
    }
}

/// The tile at the right end of a row, if it is not full.
pub(crate) fn partial_tile(level: Level, in_row: u64) -> Option<Tile> {
    let width = u16::try_from(in_row % u64::from(TILE_WIDTH)).ok().filter(|width| *width > 0)?;
    Some(Tile { level, index: in_row / u64::from(TILE_WIDTH), width })
}

/// The partial bundle, or its share of the full one.
fn read_partial_bundle(reader: &dyn TileReader, tile: Tile) -> Result<Vec<u8>, FrontierError> {
    if let Some(bytes) = reader.tile(tile) {
        return Ok(bytes);
    }
    let full = reader.tile(tile.to_full()).ok_or(TileError::Missing(tile))?;
    let (entries, _) = decode_bundle(&full);
    let mut bundle = Vec::new();
    for entry in entries.iter().take(usize::from(tile.width)) {
        push_entry(&mut bundle, entry);
    }
    Ok(bundle)
}

#[cfg(test)]
pub(crate) mod tests;
