#![no_main]
//! Parties that somebody asks for: bodies of `/v1/lists/screen` and `/v1/lists/compare`, and any text as a name.

use std::sync::LazyLock;

use app::watchlist::{Mode, Wanted, answer_pair, answer_query};
use libfuzzer_sys::fuzz_target;
use screening::Index;
use serde_json::{Value, json};

static INDEX: LazyLock<Index> = LazyLock::new(|| Index::new(vec![screening::fictional()]));

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let fields: Value = serde_json::from_slice(bytes).unwrap_or_else(|_| json!({ "names": [text] }));
    for mode in [Mode::Precise, Mode::Ofac] {
        let wanted = Wanted { threshold: Some(0.0001), top: 3, mode };
        if let Ok(answer) = answer_query(&INDEX, fields.clone(), wanted) {
            assert!(answer.hits.len() <= 3);
            assert!(answer.hits.iter().all(|hit| (0.0..=1.0).contains(&hit.score)));
        }
    }
    let pair = if fields["a"].is_object() { fields } else { json!({ "a": fields, "b": fields }) };
    if let Ok(answer) = answer_pair(pair) {
        assert!((0.0..=1.0).contains(&answer.comparison.score));
    }
});
