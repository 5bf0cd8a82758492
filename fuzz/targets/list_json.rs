#![no_main]
//! Watchlists as JSON, and whether what was read of one comes back from the form in which it is kept.

use libfuzzer_sys::fuzz_target;
use screening::{Collector, Watchlist};

fuzz_target!(|bytes: &[u8]| {
    let mut collector = Collector::new();
    collector.add("list.json", bytes);
    for list in collector.finish().lists {
        let kept = serde_json::to_vec(&list).expect("a list can be written");
        let back: Watchlist = serde_json::from_slice(&kept).expect("what was written can be read");
        assert!(back == list);
    }
});
