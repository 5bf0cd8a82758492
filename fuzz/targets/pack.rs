#![no_main]
//! Packs of operators.

use domain::pack::Pack;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = Pack::parse(text);
});
