//! A sealed segment: the rows of one stretch of the log in address order and in account order,
//! never changed again, with the tree over its rows.

use std::path::{Path, PathBuf};

use app::access::AccessLogError;
use domain::access::{Network, RowProof, Window};
use ledger::Hash;

use crate::codec::{Reader, put_bytes};
use crate::damage::{corrupt, sync_folder};
use crate::manifest::Entry;
use crate::merkle;
use crate::row::{Block, Row};
use crate::run::{BLOCK_ROWS, Run};
use crate::seen::Seen;

pub struct Segment {
    pub entry: Entry,
    pub by_address: Run<u128>,
    pub by_account: Run<Box<str>>,
    /// Roots of the blocks in address order.
    hashes: Vec<Hash>,
}

pub fn paths(folder: &Path, segment_id: u64) -> (PathBuf, PathBuf) {
    let path = |order: &str| folder.join(format!("{segment_id:010}.{order}"));
    (path("address"), path("account"))
}

/// The segment a file belongs to, by its name; unfinished ones too.
pub fn id_of(name: &str) -> Option<u64> {
    let (id, order) = name.split_once('.')?;
    let order = order.strip_suffix(crate::run::UNFINISHED).unwrap_or(order);
    (id.len() == 10 && matches!(order, "address" | "account")).then(|| id.parse().ok())?
}

impl Segment {
    /// Writes both orders of rows that came one after another. On disk, but in no manifest, when it
    /// returns.
    pub fn write(folder: &Path, segment_id: u64, rows: &[Row]) -> Result<Self, AccessLogError> {
        let (address_path, account_path) = paths(folder, segment_id);
        let mut sorted: Vec<&Row> = rows.iter().collect();
        sorted.sort_unstable_by_key(|row| (row.event.network.first(), row.at_us(), row.position));
        let hashes: Vec<Hash> = sorted
            .chunks(BLOCK_ROWS)
            .map(|rows| merkle::root(&rows.iter().map(|row| row.leaf()).collect::<Vec<_>>()))
            .collect();
        let mut extra = Vec::new();
        put_bytes(&mut extra, hashes.iter().flat_map(|hash| hash.0).collect::<Vec<u8>>().as_slice());
        Seen::of(rows.iter()).encode(&mut extra);
        let (by_address, address_bytes) = Run::write(&address_path, &sorted, &extra)?;
        sorted.sort_unstable_by(|a, b| {
            (&a.event.account, a.at_us(), a.position).cmp(&(&b.event.account, b.at_us(), b.position))
        });
        let (by_account, account_bytes) = Run::write(&account_path, &sorted, &[])?;
        sync_folder(folder)?;
        let times = || rows.iter().map(Row::at_us);
        let entry = Entry {
            v: Entry::VERSION,
            segment_id,
            first_position: rows.first().map_or(0, |row| row.position),
            through_position: rows.last().map_or(0, |row| row.position),
            events: rows.len() as u64,
            min_us: times().min().unwrap_or(0),
            max_us: times().max().unwrap_or(0),
            root: merkle::root(&hashes),
            address_bytes,
            account_bytes,
        };
        Ok(Self { entry, by_address, by_account, hashes })
    }

    /// Opens what the manifest names, with the sequence numbers it holds.
    pub fn open(folder: &Path, entry: Entry) -> Result<(Self, Seen), AccessLogError> {
        let (address_path, account_path) = paths(folder, entry.segment_id);
        let (by_address, extra) = Run::open(&address_path, entry.address_bytes)?;
        let (by_account, _) = Run::open(&account_path, entry.account_bytes)?;
        let (hashes, seen) = parse_extra(&extra).ok_or_else(|| corrupt(&address_path, "index"))?;
        if merkle::root(&hashes) != entry.root
            || hashes.len() != by_address.blocks.len()
            || by_address.rows != entry.events
            || by_account.rows != entry.events
        {
            return Err(corrupt(&address_path, "its root is not the one in the manifest"));
        }
        Ok((Self { entry, by_address, by_account, hashes }, seen))
    }

    pub fn overlaps(&self, window: Window) -> bool {
        window.overlaps(self.entry.min_us, self.entry.max_us)
    }

    /// Visits every row of the network in the window, with the number of its block and its place there.
    pub fn visit_network(
        &self,
        network: Network,
        window: Window,
        visit: &mut dyn FnMut(&Block<'_>, usize, usize) -> Result<(), AccessLogError>,
    ) -> Result<(), AccessLogError> {
        let mut reader = None;
        for number in self.by_address.blocks_for(&network.first(), &network.last(), window) {
            let reader = match &mut reader {
                Some(reader) => reader,
                none => none.insert(self.by_address.reader()?),
            };
            let bytes = reader.read(number)?;
            let block = Block::decode(&bytes).ok_or_else(|| reader.damaged(number))?;
            for index in 0..block.len() {
                if window.contains(block.at_us(index)) && network.contains(&block.network(index)) {
                    visit(&block, number, index)?;
                }
            }
        }
        Ok(())
    }

    /// Visits the rows of an account: accesses in the window and all lease events before its end.
    pub fn visit_account(
        &self,
        account: &str,
        window: Window,
        visit: &mut dyn FnMut(&Block<'_>, usize) -> Result<(), AccessLogError>,
    ) -> Result<(), AccessLogError> {
        let key: Box<str> = account.into();
        let mut reader = None;
        for number in self.by_account.blocks_between(&key, &key) {
            let meta = &self.by_account.blocks[number];
            let leases = meta.leases > 0 && meta.min_us < window.until_us;
            if !leases && !window.overlaps(meta.min_us, meta.max_us) {
                continue;
            }
            let reader = match &mut reader {
                Some(reader) => reader,
                none => none.insert(self.by_account.reader()?),
            };
            let bytes = reader.read(number)?;
            let block = Block::decode(&bytes).ok_or_else(|| reader.damaged(number))?;
            for index in 0..block.len() {
                let at_us = block.at_us(index);
                let meant =
                    window.contains(at_us) || (block.kind(index).is_lease() && at_us < window.until_us);
                if meant && block.account(index) == account {
                    visit(&block, index)?;
                }
            }
        }
        Ok(())
    }

    /// Time of the account's latest access here.
    pub fn last_access_us(&self, account: &str) -> Result<Option<i64>, AccessLogError> {
        let key: Box<str> = account.into();
        let range = self.by_account.blocks_between(&key, &key);
        if range.is_empty() {
            return Ok(None);
        }
        let mut reader = self.by_account.reader()?;
        for number in range.rev() {
            let bytes = reader.read(number)?;
            let block = Block::decode(&bytes).ok_or_else(|| reader.damaged(number))?;
            let latest = (0..block.len())
                .rev()
                .find(|index| block.account(*index) == account && !block.kind(*index).is_lease());
            if let Some(index) = latest {
                return Ok(Some(block.at_us(index)));
            }
        }
        Ok(None)
    }

    /// Visits all lease events, in address order. Reads only blocks that have any.
    pub fn visit_leases(&self, visit: &mut dyn FnMut(&Block<'_>, usize)) -> Result<(), AccessLogError> {
        let mut reader = self.by_address.reader()?;
        for number in 0..self.by_address.blocks.len() {
            if self.by_address.blocks[number].leases == 0 {
                continue;
            }
            let bytes = reader.read(number)?;
            let block = Block::decode(&bytes).ok_or_else(|| reader.damaged(number))?;
            (0..block.len())
                .filter(|index| block.kind(*index).is_lease())
                .for_each(|index| visit(&block, index));
        }
        Ok(())
    }

    /// Where a row of this segment stands in address order, with its whole block.
    pub fn find_row(&self, row: &Row) -> Result<Option<(usize, usize)>, AccessLogError> {
        let at_us = row.at_us();
        let window = Window { from_us: at_us, until_us: at_us.saturating_add(1) };
        let mut found = None;
        self.visit_network(row.event.network, window, &mut |block, number, index| {
            if block.position(index) == row.position {
                found = Some((number, index));
            }
            Ok(())
        })?;
        Ok(found)
    }

    /// The leaves of one block, from the rows as they lie on disk.
    pub fn leaves(&self, number: usize) -> Result<Vec<Hash>, AccessLogError> {
        let mut reader = self.by_address.reader()?;
        let bytes = reader.read(number)?;
        let block = Block::decode(&bytes).ok_or_else(|| reader.damaged(number))?;
        let leaves: Vec<Hash> = block.rows().map(|row| row.leaf()).collect();
        if merkle::root(&leaves) == self.hashes[number] { Ok(leaves) } else { Err(reader.damaged(number)) }
    }

    /// That `row` stands at that place; `leaves` are those of its block.
    pub fn proof(&self, row: &Row, number: usize, index: usize, leaves: &[Hash]) -> RowProof {
        let mut path = merkle::path(leaves, index);
        path.extend(merkle::path(&self.hashes, number));
        RowProof {
            segment_id: self.entry.segment_id,
            index: (number * BLOCK_ROWS + index) as u64,
            size: self.entry.events,
            root: self.entry.root.to_string(),
            path: path.iter().map(Hash::to_string).collect(),
            row: row.canonical(),
        }
    }

    /// Reads every row of both orders and holds them against the root in the manifest (LOG-02). Gives a
    /// description of each block that is not as it was sealed.
    pub fn verify(&self) -> Result<Vec<AccessLogError>, AccessLogError> {
        let mut damage = Vec::new();
        let mut in_address_order = Vec::new();
        for number in 0..self.by_address.blocks.len() {
            match self.leaves(number) {
                Ok(leaves) => in_address_order.extend(leaves),
                Err(error @ AccessLogError::Corrupt { .. }) => damage.push(error),
                Err(error) => return Err(error),
            }
        }
        let mut in_account_order = Vec::new();
        let mut reader = self.by_account.reader()?;
        for number in 0..self.by_account.blocks.len() {
            match reader.read(number) {
                Ok(bytes) => match Block::decode(&bytes) {
                    Some(block) => in_account_order.extend(block.rows().map(|row| row.leaf())),
                    None => damage.push(reader.damaged(number)),
                },
                Err(error @ AccessLogError::Corrupt { .. }) => damage.push(error),
                Err(error) => return Err(error),
            }
        }
        if damage.is_empty() {
            in_address_order.sort_unstable();
            in_account_order.sort_unstable();
            if in_address_order != in_account_order {
                damage.push(corrupt(self.by_account.path(), "its rows are not those of the address order"));
            }
        }
        Ok(damage)
    }
}

fn parse_extra(bytes: &[u8]) -> Option<(Vec<Hash>, Seen)> {
    let mut reader = Reader(bytes);
    let hashes = reader.bytes()?;
    let hashes = hashes.chunks(32).map(|hash| hash.try_into().ok().map(Hash)).collect::<Option<_>>()?;
    let seen = Seen::decode(&mut reader)?;
    reader.is_empty().then_some((hashes, seen))
}

/// Whether a proof holds by itself: the row leads to the root it names. The root must then be found in
/// the ledger.
pub fn proof_holds(proof: &RowProof) -> bool {
    let path: Option<Vec<Hash>> = proof.path.iter().map(|hash| hash.parse().ok()).collect();
    let (Some(path), Ok(root)) = (path, proof.root.parse()) else { return false };
    merkle::leads_to(Hash::of_leaf(proof.row.as_bytes()), proof.index, proof.size, &path, root)
}
