//! A stored event, and blocks of them by column: the unit of the log's frames and of segments.

use std::collections::HashMap;

use domain::access::{AccessEvent, ClockMark, Detail, Kind, Network, PortRange};
use jiff::Timestamp;
use ledger::Hash;
use serde::Serialize;

use crate::codec::{Reader, put_bytes, put_i64, put_i128, put_u64, put_u128};

/// More rows than a block may have; a larger count is damage.
const ROWS_MAX: usize = 1 << 20;

/// An event as it lies on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Counts stored events from 1, in order of arrival.
    pub position: u64,
    pub received_us: i64,
    pub mark: ClockMark,
    pub event: AccessEvent,
}

impl Row {
    pub fn at_us(&self) -> i64 {
        self.event.at.as_microsecond()
    }

    /// What a proof shows: canonical JSON (RFC 8785), the fields of the event and what we added.
    pub fn canonical(&self) -> String {
        #[derive(Serialize)]
        struct Wire<'a> {
            event: &'a AccessEvent,
            mark: ClockMark,
            position: u64,
            received_at: Timestamp,
        }
        let wire = Wire {
            event: &self.event,
            mark: self.mark,
            position: self.position,
            received_at: instant(self.received_us),
        };
        serde_json::to_string(&wire).expect("a row has only strings and integers")
    }

    pub fn leaf(&self) -> Hash {
        Hash::of_leaf(self.canonical().as_bytes())
    }
}

pub fn instant(us: i64) -> Timestamp {
    Timestamp::from_microsecond(us).unwrap_or(if us < 0 { Timestamp::MIN } else { Timestamp::MAX })
}

/// Appends one block. Columns one after another, times and addresses as differences, texts by
/// number in a dictionary of the block: zstd does the rest.
pub fn encode_block<'a>(out: &mut Vec<u8>, rows: impl Iterator<Item = &'a Row> + Clone) {
    let count = rows.clone().count();
    put_u64(out, count as u64);
    let mut last = 0_i64;
    for row in rows.clone() {
        put_i64(out, (row.position as i64).wrapping_sub(last));
        last = row.position as i64;
    }
    last = 0;
    for row in rows.clone() {
        put_i64(out, row.received_us.wrapping_sub(last));
        last = row.received_us;
    }
    last = 0;
    for row in rows.clone() {
        put_i64(out, row.at_us().wrapping_sub(last));
        last = row.at_us();
    }
    let mut last_address = 0_u128;
    for row in rows.clone() {
        put_i128(out, row.event.network.first().wrapping_sub(last_address) as i128);
        last_address = row.event.network.first();
    }
    out.extend(rows.clone().map(|row| row.event.network.prefix()));
    out.extend(rows.clone().map(|row| kind_code(row.event.kind) | mark_code(row.mark) << 4));
    for row in rows.clone() {
        put_u64(out, row.event.port.map_or(0, |port| u64::from(port) + 1));
    }
    for row in rows.clone() {
        match row.event.ports {
            None => put_u64(out, 0),
            Some(ports) => {
                put_u64(out, u64::from(ports.first()) + 1);
                put_u64(out, u64::from(ports.last() - ports.first()));
            }
        }
    }
    let mut last_seq = 0_u64;
    for row in rows.clone() {
        match row.event.seq {
            None => out.push(0),
            Some(seq) => {
                let step = seq.wrapping_sub(last_seq) as i64;
                put_u128(out, u128::from((step.wrapping_shl(1) ^ (step >> 63)) as u64) + 1);
                last_seq = seq;
            }
        }
    }
    encode_texts(out, rows);
}

fn texts(event: &AccessEvent) -> [Option<&str>; 6] {
    [
        Some(&event.account),
        event.detail.resource.as_deref(),
        event.detail.action.as_deref(),
        event.detail.actor.as_deref(),
        event.detail.outcome.as_deref(),
        event.source.as_deref(),
    ]
}

fn encode_texts<'a>(out: &mut Vec<u8>, rows: impl Iterator<Item = &'a Row> + Clone) {
    let mut numbers: HashMap<&str, u64> = HashMap::new();
    let mut words: Vec<&str> = Vec::new();
    let mut columns = Vec::new();
    for column in 0..6 {
        for row in rows.clone() {
            let number = texts(&row.event)[column].map_or(0, |text| {
                *numbers.entry(text).or_insert_with(|| {
                    words.push(text);
                    words.len() as u64
                })
            });
            put_u64(&mut columns, number);
        }
    }
    put_u64(out, words.len() as u64);
    for word in words {
        put_bytes(out, word.as_bytes());
    }
    out.extend_from_slice(&columns);
}

fn kind_code(kind: Kind) -> u8 {
    match kind {
        Kind::Access => 0,
        Kind::Admin => 1,
        Kind::Signup => 2,
        Kind::LeaseStart => 3,
        Kind::LeaseEnd => 4,
    }
}

fn mark_code(mark: ClockMark) -> u8 {
    match mark {
        ClockMark::OnTime => 0,
        ClockMark::Late => 1,
        ClockMark::Future => 2,
    }
}

/// A decoded block. Rows are made one at a time, so that a question pays for what it takes.
pub struct Block<'a> {
    positions: Vec<u64>,
    received: Vec<i64>,
    at: Vec<i64>,
    networks: Vec<Network>,
    kinds: Vec<Kind>,
    marks: Vec<ClockMark>,
    ports: Vec<Option<u16>>,
    ranges: Vec<Option<PortRange>>,
    seqs: Vec<Option<u64>>,
    words: Vec<&'a str>,
    columns: [Vec<u32>; 6],
}

impl<'a> Block<'a> {
    /// `None` if the bytes are not a block: nothing of it is used then.
    pub fn decode(bytes: &'a [u8]) -> Option<Self> {
        let mut reader = Reader(bytes);
        let count = reader.count().filter(|count| *count <= ROWS_MAX && *count <= bytes.len())?;
        let positions = deltas(&mut reader, count)?.into_iter().map(|value| value as u64).collect();
        let received = deltas(&mut reader, count)?;
        let at = deltas(&mut reader, count)?;
        if at.iter().chain(&received).any(|us| Timestamp::from_microsecond(*us).is_err()) {
            return None;
        }
        let networks = decode_networks(&mut reader, count)?;
        let (mut kinds, mut marks) = (Vec::with_capacity(count), Vec::with_capacity(count));
        for code in reader.take(count)? {
            kinds.push(*Kind::ALL.get(usize::from(code & 15))?);
            marks.push(*[ClockMark::OnTime, ClockMark::Late, ClockMark::Future].get(usize::from(code >> 4))?);
        }
        let ports = (0..count).map(|_| decode_port(&mut reader)).collect::<Option<_>>()?;
        let ranges = (0..count).map(|_| decode_range(&mut reader)).collect::<Option<_>>()?;
        let seqs = decode_seqs(&mut reader, count)?;
        let word_count = reader.count().filter(|words| *words <= bytes.len())?;
        let words: Vec<_> = (0..word_count).map(|_| reader.text()).collect::<Option<_>>()?;
        let mut columns: [Vec<u32>; 6] = Default::default();
        for (index, column) in columns.iter_mut().enumerate() {
            for _ in 0..count {
                let number = reader.count().filter(|number| *number <= words.len())?;
                if index == 0 && number == 0 {
                    return None;
                }
                column.push(u32::try_from(number).ok()?);
            }
        }
        let block =
            Self { positions, received, at, networks, kinds, marks, ports, ranges, seqs, words, columns };
        reader.is_empty().then_some(block)
    }

    pub fn len(&self) -> usize {
        self.at.len()
    }

    pub fn at_us(&self, index: usize) -> i64 {
        self.at[index]
    }

    pub fn network(&self, index: usize) -> Network {
        self.networks[index]
    }

    pub fn kind(&self, index: usize) -> Kind {
        self.kinds[index]
    }

    pub fn position(&self, index: usize) -> u64 {
        self.positions[index]
    }

    pub fn port(&self, index: usize) -> Option<u16> {
        self.ports[index]
    }

    pub fn ports(&self, index: usize) -> Option<PortRange> {
        self.ranges[index]
    }

    pub fn account(&self, index: usize) -> &'a str {
        self.words[self.columns[0][index] as usize - 1]
    }

    pub fn row(&self, index: usize) -> Row {
        let text = |column: usize| {
            let number = self.columns[column][index] as usize;
            number.checked_sub(1).map(|number| self.words[number].to_owned())
        };
        Row {
            position: self.positions[index],
            received_us: self.received[index],
            mark: self.marks[index],
            event: AccessEvent {
                account: self.account(index).to_owned(),
                network: self.networks[index],
                port: self.ports[index],
                at: instant(self.at[index]),
                kind: self.kinds[index],
                ports: self.ranges[index],
                detail: Detail { resource: text(1), action: text(2), actor: text(3), outcome: text(4) },
                source: text(5),
                seq: self.seqs[index],
            },
        }
    }

    pub fn rows(&self) -> impl Iterator<Item = Row> {
        (0..self.len()).map(|index| self.row(index))
    }
}

fn deltas(reader: &mut Reader<'_>, count: usize) -> Option<Vec<i64>> {
    let mut last = 0_i64;
    let mut values = Vec::with_capacity(count);
    for _ in 0..count {
        last = last.wrapping_add(reader.i64()?);
        values.push(last);
    }
    Some(values)
}

fn decode_networks(reader: &mut Reader<'_>, count: usize) -> Option<Vec<Network>> {
    let mut address = 0_u128;
    let mut addresses = Vec::with_capacity(count);
    for _ in 0..count {
        address = address.wrapping_add(reader.i128()? as u128);
        addresses.push(address);
    }
    let prefixes = reader.take(count)?;
    addresses.into_iter().zip(prefixes).map(|(first, prefix)| Network::from_bits(first, *prefix)).collect()
}

fn decode_port(reader: &mut Reader<'_>) -> Option<Option<u16>> {
    match reader.u64()? {
        0 => Some(None),
        port => u16::try_from(port - 1).ok().map(Some),
    }
}

fn decode_range(reader: &mut Reader<'_>) -> Option<Option<PortRange>> {
    let Some(first) = decode_port(reader)? else { return Some(None) };
    let last = u64::from(first).checked_add(reader.u64()?)?;
    PortRange::new(first, u16::try_from(last).ok()?).map(Some)
}

fn decode_seqs(reader: &mut Reader<'_>, count: usize) -> Option<Vec<Option<u64>>> {
    let mut last = 0_u64;
    let mut seqs = Vec::with_capacity(count);
    for _ in 0..count {
        let coded = reader.u128()?;
        if coded == 0 {
            seqs.push(None);
            continue;
        }
        let coded = u64::try_from(coded - 1).ok()?;
        last = last.wrapping_add(((coded >> 1) as i64 ^ -((coded & 1) as i64)) as u64);
        seqs.push(Some(last));
    }
    Some(seqs)
}

#[cfg(test)]
pub mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Any row at all, with few enough values that they meet.
    pub fn any_row() -> impl Strategy<Value = Row> {
        let text = prop::option::of("[a-c]{0,2}|.{0,8}");
        let network = (any::<bool>(), any::<u128>(), 0..=128_u8).prop_map(|(v4, bits, prefix)| {
            if v4 {
                Network::from_bits(0xffff_0000_0000 | (bits & 0xffff_ffff), 96 + prefix % 33)
            } else {
                Network::from_bits(bits, prefix)
            }
        });
        let ports = prop::option::of((any::<u16>(), any::<u16>()));
        let head = (any::<u64>(), -9_000_000_000_000_000_i64..9_000_000_000_000_000, 0..3_usize);
        let body =
            (network, any::<Option<u16>>(), -9_000_000_000_000_000_i64..9_000_000_000_000_000, 0..5_usize);
        (
            head,
            body,
            ports,
            ".{1,6}",
            [text.clone(), text.clone(), text.clone(), text.clone(), text],
            any::<Option<u64>>(),
        )
            .prop_map(|(head, body, ports, account, [a, b, c, d, source], seq)| Row {
                position: head.0,
                received_us: head.1,
                mark: [ClockMark::OnTime, ClockMark::Late, ClockMark::Future][head.2],
                event: AccessEvent {
                    account,
                    network: body.0.unwrap(),
                    port: body.1,
                    at: instant(body.2),
                    kind: Kind::ALL[body.3],
                    ports: ports.and_then(|(a, b)| PortRange::new(a.min(b), a.max(b))),
                    detail: Detail { resource: a, action: b, actor: c, outcome: d },
                    source,
                    seq,
                },
            })
    }

    proptest! {
        #[test]
        fn a_block_always_comes_back_as_it_was(rows in prop::collection::vec(any_row().no_shrink(), 0..40)) {
            let mut bytes = Vec::new();
            encode_block(&mut bytes, rows.iter());

            let decoded: Vec<Row> = Block::decode(&bytes).unwrap().rows().collect();

            prop_assert!(decoded == rows);
        }

        #[test]
        fn damaged_bytes_never_panic(
            rows in prop::collection::vec(any_row().no_shrink(), 1..8),
            damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
            cut in any::<prop::sample::Index>(),
        ) {
            let mut bytes = Vec::new();
            encode_block(&mut bytes, rows.iter());
            for (index, byte) in damage {
                let index = index.index(bytes.len());
                bytes[index] = byte;
            }
            if let Some(block) = Block::decode(&bytes) {
                block.rows().for_each(drop);
            }
            if let Some(block) = Block::decode(&bytes[..cut.index(bytes.len())]) {
                block.rows().for_each(drop);
            }
        }
    }

    #[test]
    fn the_leaf_of_a_row_is_canonical_json() {
        let event = domain::access::parse_event(
            r#"{"kind":"lease_start","ports":[1,2],"ip":"10.0.0.0/24","account":"ä","at":"1970-01-01T00:00:00.000001Z"}"#,
        )
        .unwrap();
        let row = Row { position: 7, received_us: 2_000_000, mark: ClockMark::OnTime, event };

        assert_eq!(
            row.canonical(),
            r#"{"event":{"account":"ä","at":"1970-01-01T00:00:00.000001Z","ip":"10.0.0.0/24","kind":"lease_start","ports":[1,2]},"mark":"on_time","position":7,"received_at":"1970-01-01T00:00:02Z"}"#
        );
    }
}
