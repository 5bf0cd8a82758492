//! The log: positions without gaps, one sequencer, tiles that stay as they were written.

use std::sync::mpsc;

use app::store::{Store, StoreError};

use super::fixtures::{at, event, id, leaf, with};

pub fn check(open: &dyn Fn() -> Box<dyn Store>) {
    positions_follow_the_ids_without_gaps(&*open());
    a_leaf_is_found_by_its_record(&*open());
    one_holder_at_a_time_has_the_lease(&*open());
    an_older_lease_writes_nothing(&*open());
    tiles_and_checkpoints_are_written_all_or_none(&*open());
    numbering_at_once_with_writing_leaves_no_gap(&*open());
}

pub fn check_overlapping(open: &dyn Fn() -> Box<dyn Store>) {
    what_commits_late_gets_a_later_position(&*open());
}

fn lease(store: &dyn Store) -> u64 {
    store.log().lease_sequencer("node", at(0), at(1_000)).expect("answers").expect("nobody holds it")
}

fn positions_follow_the_ids_without_gaps(store: &dyn Store) {
    let log = store.log();
    let fence = lease(store);
    assert_eq!(log.assign_positions(fence, 10).expect("number"), (0, 0), "nothing to number");
    let leaves: Vec<_> = (1..=5).map(|version| leaf("fact", "fact_1", version)).collect();
    let events: Vec<_> = (0..3).map(|_| event(None)).collect();
    with(store, |tx| {
        leaves.iter().rev().try_for_each(|leaf| tx.insert_leaf(leaf))?;
        events.iter().rev().try_for_each(|event| tx.insert_event(event))
    });

    assert_eq!(log.list_leaves(0, 10).expect("list"), [], "without a position nothing is listed");
    assert_eq!(log.list_events(0, 10).expect("list"), []);
    assert_eq!(log.assign_positions(fence, 2).expect("number"), (2, 2), "no more than asked for");
    assert_eq!(log.assign_positions(fence, 2).expect("number"), (2, 1));
    assert_eq!(log.assign_positions(fence, 2).expect("number"), (1, 0));
    assert_eq!(log.assign_positions(fence, 2).expect("number"), (0, 0));

    let listed = log.list_leaves(0, 10).expect("list");
    assert_eq!(listed.iter().map(|leaf| leaf.position).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
    for (listed, leaf) in listed.iter().zip(&leaves) {
        assert_eq!(listed.leaf, leaf.id);
        assert_eq!((&listed.body, &listed.salt_sealed), (&leaf.body, &leaf.salt_sealed));
        assert_eq!((listed.kind.as_str(), &listed.object), (leaf.kind, &leaf.object));
        assert_eq!(listed.salt_owner, leaf.salt_owner);
    }
    assert_eq!(log.list_leaves(3, 10).expect("list"), listed[3..], "from a position on");
    assert_eq!(log.list_leaves(1, 2).expect("list"), listed[1..3]);
    let numbered: Vec<_> = (1..).zip(events).collect();
    assert_eq!(log.list_events(0, 10).expect("list"), numbered, "events count from one");
    assert_eq!(log.list_events(1, 1).expect("list"), numbered[1..2], "after a position");
    assert_eq!(log.list_events(3, 10).expect("list"), []);
}

fn a_leaf_is_found_by_its_record(store: &dyn Store) {
    let log = store.log();
    let fence = lease(store);
    let wanted = leaf("fact", "fact_1", 2);
    with(store, |tx| {
        tx.insert_leaf(&leaf("fact", "fact_1", 1))?;
        tx.insert_leaf(&wanted)?;
        tx.insert_leaf(&leaf("event", "fact_1", 2))
    });

    assert_eq!(log.find_leaf("fact", "fact_1", 2).expect("find"), None, "not before it has a position");
    log.assign_positions(fence, 10).expect("number");

    let found = log.find_leaf("fact", "fact_1", 2).expect("find").expect("it is there");
    assert_eq!((found.leaf, found.position), (wanted.id, 0), "made first, numbered first");
    assert_eq!(log.find_leaf("fact", "fact_1", 3).expect("find"), None);
    let again = store.with_tx(|tx| tx.insert_leaf(&wanted));
    assert!(matches!(again, Err(StoreError::Duplicate { .. })), "{again:?}");
}

fn one_holder_at_a_time_has_the_lease(store: &dyn Store) {
    let log = store.log();
    let take = |holder: &str, now: i64, until: i64| {
        log.lease_sequencer(holder, at(now), at(until)).expect("answers")
    };

    let first = take("one", 0, 10).expect("nobody holds it");
    assert_eq!(take("other", 5, 15), None, "held");
    assert_eq!(take("one", 5, 20), Some(first), "renewed under the same number");
    assert_eq!(take("other", 19, 30), None, "still held");
    let second = take("other", 20, 30).expect("it ran out");
    assert!(second > first, "a new holder has a greater number");
    assert_eq!(take("one", 25, 40), None);
    let third = take("other", 31, 40).expect("it comes back late");
    assert!(third > second, "who comes back late may have been replaced meanwhile");
}

fn an_older_lease_writes_nothing(store: &dyn Store) {
    let log = store.log();
    with(store, |tx| tx.insert_leaf(&leaf("fact", "fact_1", 1)));
    assert!(log.assign_positions(1, 10).is_err(), "without a lease");
    let older = log.lease_sequencer("one", at(0), at(10)).expect("answers").expect("free");
    let newer = log.lease_sequencer("other", at(10), at(20)).expect("answers").expect("ran out");

    let assigned = log.assign_positions(older, 10);
    let appended = log.append_tiles(older, &[("tile/0/000".to_owned(), vec![1])], 1, b"edge", "checkpoint");

    assert!(matches!(assigned, Err(StoreError::VersionConflict { .. })), "{assigned:?}");
    assert!(matches!(appended, Err(StoreError::VersionConflict { .. })), "{appended:?}");
    assert_eq!(log.find_tile("tile/0/000").expect("find"), None);
    assert_eq!(log.latest_checkpoint().expect("find"), None);
    assert_eq!(log.assign_positions(newer, 10).expect("number"), (1, 0));
}

fn tiles_and_checkpoints_are_written_all_or_none(store: &dyn Store) {
    let log = store.log();
    let fence = lease(store);
    let tile = |path: &str, byte: u8| (path.to_owned(), vec![byte; 40]);
    assert_eq!(log.tree_state().expect("find"), None);

    log.append_tiles(fence, &[tile("tile/0/000.p/1", 1)], 1, b"one", "first").expect("append");
    log.append_tiles(fence, &[tile("tile/0/000.p/2", 2), tile("tile/0/000.p/1", 1)], 2, b"two", "second")
        .expect("a tile written before with the same bytes is fine");
    let rewritten =
        log.append_tiles(fence, &[tile("tile/1/000", 5), tile("tile/0/000.p/1", 9)], 3, b"x", "bad");
    let shrunk = log.append_tiles(fence, &[tile("tile/1/000", 5)], 1, b"x", "bad");

    assert!(matches!(rewritten, Err(StoreError::Refused { .. })), "{rewritten:?}");
    assert!(matches!(shrunk, Err(StoreError::Refused { .. })), "{shrunk:?}");
    assert_eq!(log.find_tile("tile/1/000").expect("find"), None, "none of a refused write");
    assert_eq!(log.find_tile("tile/0/000.p/1").expect("find"), Some(vec![1; 40]));
    assert_eq!(log.tree_state().expect("find"), Some((2, b"two".to_vec())));
    assert_eq!(log.latest_checkpoint().expect("find").as_deref(), Some("second"));
    let checkpoints = [(1, "first".to_owned()), (2, "second".to_owned())];
    assert_eq!(log.list_checkpoints().expect("list"), checkpoints);
}

fn numbering_at_once_with_writing_leaves_no_gap(store: &dyn Store) {
    const WRITERS: usize = 4;
    const LEAVES: usize = 25;
    let log = store.log();
    let fence = lease(store);
    std::thread::scope(|scope| {
        for _ in 0..WRITERS {
            scope.spawn(|| {
                for version in 0..LEAVES {
                    let (leaf, event) = (leaf("fact", "fact_1", version as u64), event(Some(id())));
                    with(store, |tx| {
                        tx.insert_leaf(&leaf)?;
                        tx.insert_event(&event)
                    });
                }
            });
        }
        scope.spawn(|| {
            let mut numbered = 0;
            while numbered < WRITERS * LEAVES {
                numbered += log.assign_positions(fence, 7).expect("number").0 as usize;
            }
        });
    });
    while log.assign_positions(fence, 100).expect("number") != (0, 0) {}

    let leaves = log.list_leaves(0, 1_000).expect("list");
    let events = log.list_events(0, 1_000).expect("list");

    let all = WRITERS * LEAVES;
    assert!(leaves.iter().map(|leaf| leaf.position).eq(0..all as u64), "leaves from 0, each once");
    assert!(events.iter().map(|(position, _)| *position).eq(1..=all as u64), "events from 1, each once");
}

/// A transaction that began first and commits last: whoever read up to a position misses nothing.
fn what_commits_late_gets_a_later_position(store: &dyn Store) {
    let log = store.log();
    let fence = lease(store);
    let (slow, fast) = ((leaf("fact", "slow", 1), event(None)), (leaf("fact", "fast", 1), event(None)));
    let (began, wait_began) = mpsc::channel();
    let (go_on, wait_go_on) = mpsc::channel::<()>();
    let wait_go_on = std::sync::Mutex::new(wait_go_on);
    std::thread::scope(|scope| {
        let slow = &slow;
        scope.spawn(move || {
            with(store, |tx| {
                tx.insert_leaf(&slow.0)?;
                tx.insert_event(&slow.1)?;
                // A second run finds the channels closed and goes on at once.
                let _ = began.send(());
                let _ = wait_go_on.lock().expect("no panic").recv();
                Ok(())
            });
        });
        wait_began.recv().expect("the slow one began");
        with(store, |tx| {
            tx.insert_leaf(&fast.0)?;
            tx.insert_event(&fast.1)
        });
        assert_eq!(log.assign_positions(fence, 10).expect("number"), (1, 1), "only what is committed");
        assert_eq!(log.list_leaves(0, 10).expect("list").len(), 1);
        drop(go_on);
    });

    assert_eq!(log.assign_positions(fence, 10).expect("number"), (1, 1), "the late one, later");

    let leaves: Vec<_> = log.list_leaves(0, 10).expect("list").into_iter().map(|leaf| leaf.object).collect();
    assert_eq!(leaves, ["fast", "slow"]);
    let after_fast: Vec<_> =
        log.list_events(1, 10).expect("list").into_iter().map(|(_, event)| event).collect();
    assert_eq!(after_fast, [slow.1]);
}
