#![no_main]
//! FollowTheMoney delta files on a small list.

use libfuzzer_sys::fuzz_target;
use screening::{Collector, apply_delta};

const BASE: &[u8] = b"{\"id\":\"a\",\"schema\":\"Person\",\"properties\":{\"name\":[\"Anna Example\"]}}\n\
    {\"id\":\"w\",\"schema\":\"CryptoWallet\",\"properties\":{\"publicKey\":[\"1abc\"],\"holder\":[\"a\"]}}\n";

fuzz_target!(|bytes: &[u8]| {
    let mut collector = Collector::new();
    collector.add("base.json", BASE);
    for list in collector.finish().lists {
        let before = list.entries.len();
        if let Ok(after) = apply_delta(list, "next", bytes) {
            let lines = bytes.split(|byte| *byte == b'\n').count();
            assert!(after.entries.len() <= before + lines);
        }
    }
});
