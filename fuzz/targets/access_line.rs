#![no_main]
//! Lines of accesses and leases, and questions about them.

use domain::access::{parse_event, parse_question};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|line: &str| {
    if let Ok(event) = parse_event(line) {
        let _ = event.check();
    }
    let _ = parse_question(line);
});
