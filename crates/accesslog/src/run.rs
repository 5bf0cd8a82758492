//! One sorted copy of a segment's rows: compressed blocks, an index of them, a footer.
//!
//! `magic | block … | index | extra | footer`. Every part has a checksum; the index stays in memory.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use app::access::AccessLogError;
use domain::access::Window;

use crate::codec::{Reader, crc32, put_bytes, put_i64, put_u64, put_u128};
use crate::damage::corrupt;
use crate::row::{Row, encode_block};

/// Rows of every block but the last; a power of two, so that a block is a node of the segment's tree.
pub const BLOCK_ROWS: usize = 1024;
const MAGIC: &[u8; 8] = b"TENRUN01";
const FOOTER_BYTES: usize = 48;
const COMPRESSION: i32 = 3;
/// No block is this big: rows are bounded, and so are their texts.
const BLOCK_BYTES_MAX: u64 = 1 << 30;

/// What a copy is sorted by, before time.
pub trait Key: Ord + Clone {
    fn of(row: &Row) -> Self;
    fn put(&self, out: &mut Vec<u8>);
    fn get(reader: &mut Reader<'_>) -> Option<Self>;
}

impl Key for u128 {
    fn of(row: &Row) -> Self {
        row.event.network.first()
    }

    fn put(&self, out: &mut Vec<u8>) {
        put_u128(out, *self);
    }

    fn get(reader: &mut Reader<'_>) -> Option<Self> {
        reader.u128()
    }
}

impl Key for Box<str> {
    fn of(row: &Row) -> Self {
        row.event.account.as_str().into()
    }

    fn put(&self, out: &mut Vec<u8>) {
        put_bytes(out, self.as_bytes());
    }

    fn get(reader: &mut Reader<'_>) -> Option<Self> {
        reader.text().map(Into::into)
    }
}

/// What the index says of a block.
#[derive(Debug, Clone)]
pub struct BlockMeta<K> {
    pub first: K,
    pub last: K,
    pub min_us: i64,
    pub max_us: i64,
    /// How many of its rows are lease events.
    pub leases: u64,
    offset: u64,
    length: u64,
    raw_length: u64,
    crc: u32,
}

impl<K: Key> BlockMeta<K> {
    fn put(&self, out: &mut Vec<u8>) {
        self.first.put(out);
        self.last.put(out);
        put_i64(out, self.min_us);
        put_i64(out, self.max_us);
        for number in [self.leases, self.offset, self.length, self.raw_length] {
            put_u64(out, number);
        }
        out.extend(self.crc.to_le_bytes());
    }

    fn get(reader: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            first: K::get(reader)?,
            last: K::get(reader)?,
            min_us: reader.i64()?,
            max_us: reader.i64()?,
            leases: reader.u64()?,
            offset: reader.u64()?,
            length: reader.u64()?,
            raw_length: reader.u64()?,
            crc: u32::from_le_bytes(reader.fixed()?),
        })
    }
}

/// A sorted copy on disk, with its index in memory.
pub struct Run<K> {
    path: PathBuf,
    pub blocks: Vec<BlockMeta<K>>,
    pub rows: u64,
}

impl<K: Key> Run<K> {
    /// Writes rows that are sorted already, beside `path`, and renames when all is on disk.
    /// The caller syncs the folder. Gives back the run and its length in bytes.
    pub fn write(path: &Path, rows: &[&Row], extra: &[u8]) -> std::io::Result<(Self, u64)> {
        let unfinished = path.with_extension(unfinished_extension(path));
        let file = OpenOptions::new().create(true).write(true).truncate(true).open(&unfinished)?;
        let mut out = BufWriter::with_capacity(1 << 18, file);
        out.write_all(MAGIC)?;
        let mut offset = MAGIC.len() as u64;
        let mut blocks = Vec::with_capacity(rows.len() / BLOCK_ROWS + 1);
        let mut raw = Vec::new();
        for chunk in rows.chunks(BLOCK_ROWS) {
            raw.clear();
            encode_block(&mut raw, chunk.iter().copied());
            let packed = zstd::bulk::compress(&raw, COMPRESSION)?;
            blocks.push(meta_of(chunk, offset, &packed, raw.len()));
            out.write_all(&packed)?;
            offset += packed.len() as u64;
        }
        let mut index = Vec::new();
        put_u64(&mut index, blocks.len() as u64);
        blocks.iter().for_each(|block: &BlockMeta<K>| block.put(&mut index));
        out.write_all(&index)?;
        out.write_all(extra)?;
        let mut footer = Vec::with_capacity(FOOTER_BYTES);
        footer.extend(offset.to_le_bytes());
        footer.extend((index.len() as u64).to_le_bytes());
        footer.extend((extra.len() as u64).to_le_bytes());
        footer.extend((rows.len() as u64).to_le_bytes());
        footer.extend(crc32(&index).to_le_bytes());
        footer.extend(crc32(extra).to_le_bytes());
        footer.extend(crc32(&footer).to_le_bytes());
        footer.extend(&MAGIC[..4]);
        out.write_all(&footer)?;
        let file = out.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        file.sync_all()?;
        std::fs::rename(&unfinished, path)?;
        let length = offset + (index.len() + extra.len() + footer.len()) as u64;
        Ok((Self { path: path.to_owned(), blocks, rows: rows.len() as u64 }, length))
    }

    /// Opens a copy of that many bytes and reads its index. Gives back what was written as `extra`.
    pub fn open(path: &Path, bytes: u64) -> Result<(Self, Vec<u8>), AccessLogError> {
        let mut file = File::open(path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => corrupt(path, "the file is missing"),
            _ => error.into(),
        })?;
        if file.metadata()?.len() != bytes || bytes < (MAGIC.len() + FOOTER_BYTES) as u64 {
            return Err(corrupt(path, "its length is not the one in the manifest"));
        }
        let mut footer = [0; FOOTER_BYTES];
        file.seek(SeekFrom::Start(bytes - FOOTER_BYTES as u64))?;
        file.read_exact(&mut footer)?;
        let footer = Footer::parse(&footer, bytes).ok_or_else(|| corrupt(path, "footer"))?;
        file.seek(SeekFrom::Start(footer.index_offset))?;
        // Both lengths were held against the file's, so they fit.
        let mut index = vec![0; footer.index_length as usize];
        file.read_exact(&mut index)?;
        let mut extra = vec![0; footer.extra_length as usize];
        file.read_exact(&mut extra)?;
        if crc32(&index) != footer.index_crc || crc32(&extra) != footer.extra_crc {
            return Err(corrupt(path, "index"));
        }
        let blocks = parse_index(&index, footer.index_offset).ok_or_else(|| corrupt(path, "index"))?;
        Ok((Self { path: path.to_owned(), blocks, rows: footer.rows }, extra))
    }

    /// Numbers of the blocks that may hold rows with a key from `first` through `last`.
    pub fn blocks_between(&self, first: &K, last: &K) -> std::ops::Range<usize> {
        let begin = self.blocks.partition_point(|block| block.last < *first);
        let end = self.blocks.partition_point(|block| block.first <= *last);
        begin..end.max(begin)
    }

    /// As [`Run::blocks_between`], without those that have nothing in the window.
    pub fn blocks_for(&self, first: &K, last: &K, window: Window) -> impl Iterator<Item = usize> {
        self.blocks_between(first, last).filter(move |number| {
            let block = &self.blocks[*number];
            window.overlaps(block.min_us, block.max_us)
        })
    }

    pub fn reader(&self) -> Result<RunReader<'_, K>, AccessLogError> {
        Ok(RunReader { run: self, file: File::open(&self.path)? })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// An opened copy. Files are opened for each question: years of segments need no descriptors.
pub struct RunReader<'a, K> {
    run: &'a Run<K>,
    file: File,
}

impl<K: Key> RunReader<'_, K> {
    /// The bytes of a block, for [`Block::decode`](crate::row::Block::decode).
    pub fn read(&mut self, number: usize) -> Result<Vec<u8>, AccessLogError> {
        let block = &self.run.blocks[number];
        let mut packed = vec![0; block.length as usize];
        self.file.seek(SeekFrom::Start(block.offset))?;
        self.file.read_exact(&mut packed)?;
        if crc32(&packed) != block.crc {
            return Err(self.damaged(number));
        }
        zstd::bulk::decompress(&packed, block.raw_length as usize).map_err(|_| self.damaged(number))
    }

    pub fn damaged(&self, number: usize) -> AccessLogError {
        let offset = self.run.blocks[number].offset;
        corrupt(&self.run.path, format!("block {number} at byte {offset}"))
    }
}

/// `00000001.address` is written as `00000001.address-unfinished`.
fn unfinished_extension(path: &Path) -> String {
    let extension = path.extension().unwrap_or_default().to_string_lossy();
    format!("{extension}{UNFINISHED}")
}

pub const UNFINISHED: &str = "-unfinished";

fn meta_of<K: Key>(rows: &[&Row], offset: u64, packed: &[u8], raw_length: usize) -> BlockMeta<K> {
    let times = || rows.iter().map(|row| row.at_us());
    BlockMeta {
        first: K::of(rows[0]),
        last: K::of(rows[rows.len() - 1]),
        min_us: times().min().unwrap_or(0),
        max_us: times().max().unwrap_or(0),
        leases: rows.iter().filter(|row| row.event.kind.is_lease()).count() as u64,
        offset,
        length: packed.len() as u64,
        raw_length: raw_length as u64,
        crc: crc32(packed),
    }
}

fn parse_index<K: Key>(bytes: &[u8], blocks_end: u64) -> Option<Vec<BlockMeta<K>>> {
    let mut reader = Reader(bytes);
    let count = reader.count().filter(|count| *count <= bytes.len())?;
    let blocks: Vec<BlockMeta<K>> = (0..count).map(|_| BlockMeta::get(&mut reader)).collect::<Option<_>>()?;
    let fits = |block: &BlockMeta<K>| {
        block.offset.checked_add(block.length).is_some_and(|end| end <= blocks_end)
            && block.raw_length <= BLOCK_BYTES_MAX
    };
    (reader.is_empty() && blocks.iter().all(fits)).then_some(blocks)
}

struct Footer {
    index_offset: u64,
    index_length: u64,
    extra_length: u64,
    rows: u64,
    index_crc: u32,
    extra_crc: u32,
}

impl Footer {
    fn parse(bytes: &[u8; FOOTER_BYTES], file_length: u64) -> Option<Self> {
        let mut reader = Reader(bytes);
        let mut number = || reader.fixed().map(u64::from_le_bytes);
        let (index_offset, index_length, extra_length, rows) = (number()?, number()?, number()?, number()?);
        let mut crc = || reader.fixed().map(u32::from_le_bytes);
        let (index_crc, extra_crc, footer_crc) = (crc()?, crc()?, crc()?);
        let end = index_offset.checked_add(index_length)?.checked_add(extra_length)?;
        let whole = footer_crc == crc32(&bytes[..FOOTER_BYTES - 8])
            && reader.fixed::<4>()? == MAGIC[..4]
            && end.checked_add(FOOTER_BYTES as u64)? == file_length;
        whole.then_some(Self { index_offset, index_length, extra_length, rows, index_crc, extra_crc })
    }
}
