//! Which parts of a Rust file are test code: told from the text, without a parser of the language.

/// Test code of one file.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct TestCode<'a> {
    /// Items under `#[cfg(test)]`, whole.
    pub items: Vec<&'a str>,
    /// Modules declared under `#[cfg(test)]` whose code is in a file of its own.
    pub modules: Vec<&'a str>,
}

/// Finds the items under a `cfg` that asks for `test`. Comments, texts and characters hide no brace.
pub fn find(source: &str) -> TestCode<'_> {
    let mask = mask(source);
    let mut found = TestCode::default();
    let mut from = 0;
    while let Some(start) = mask[from..].find("#[cfg(").map(|at| from + at) {
        let Some(attribute_end) = end_of(&mask, start + 1, '[', ']') else { break };
        from = attribute_end;
        if !asks_for_test(&mask[start..attribute_end]) {
            continue;
        }
        let item_start = skip_attributes(&mask, attribute_end);
        // `(` and `[` may hold a `;` or `{` that does not end the item: `[u8; 4]`.
        let Some(end) = end_of_item(&mask, item_start) else { break };
        let item = &source[start..end];
        match module_in_a_file(source[item_start..end].trim()) {
            Some(name) => found.modules.push(name),
            None => found.items.push(item),
        }
        from = end;
    }
    found
}

fn asks_for_test(attribute: &str) -> bool {
    let words: Vec<_> = attribute.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    words.contains(&"test") && !words.contains(&"not")
}

fn module_in_a_file(item: &str) -> Option<&str> {
    let declaration = item.strip_suffix(';')?.trim();
    let (before, name) = declaration.rsplit_once("mod ")?;
    (before.is_empty() || before.starts_with("pub")).then_some(name.trim())
}

fn skip_attributes(mask: &str, mut at: usize) -> usize {
    loop {
        at += mask[at..].len() - mask[at..].trim_start().len();
        match mask[at..].starts_with("#[").then(|| end_of(mask, at + 1, '[', ']')).flatten() {
            Some(end) => at = end,
            None => return at,
        }
    }
}

/// Just behind the bracket that closes the one at `open_at`.
fn end_of(mask: &str, open_at: usize, open: char, close: char) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, character) in mask[open_at..].char_indices() {
        if character == open {
            depth += 1;
        } else if character == close {
            depth = depth.checked_sub(1)?;
            if depth == 0 {
                return Some(open_at + at + 1);
            }
        }
    }
    None
}

/// Just behind the `;` or the block that ends the item.
fn end_of_item(mask: &str, start: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, character) in mask[start..].char_indices() {
        match character {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            ';' if depth == 0 => return Some(start + at + 1),
            '{' if depth == 0 => return end_of(mask, start + at, '{', '}'),
            _ => {}
        }
    }
    None
}

/// The source with everything inside comments, texts and characters turned to spaces, byte for byte,
/// so that a place in one is the same place in the other.
fn mask(source: &str) -> String {
    let bytes = source.as_bytes();
    let mut mask = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = hidden_until(bytes, at);
        for byte in &mut mask[at..end] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
        at = end.max(at + 1);
    }
    // Outside of what was blanked, identifiers may hold other letters; keep their length.
    String::from_utf8(mask).unwrap_or_else(|error| {
        error.into_bytes().iter().map(|byte| if byte.is_ascii() { char::from(*byte) } else { ' ' }).collect()
    })
}

/// Where what is hidden at `at` ends; `at` itself if code stands there.
fn hidden_until(bytes: &[u8], at: usize) -> usize {
    let rest = &bytes[at..];
    let follows_a_word = at > 0 && (bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] == b'_');
    match rest {
        [b'/', b'/', ..] => at + rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len()),
        [b'/', b'*', ..] => at + block_comment(rest),
        [b'"', ..] => at + quoted(rest),
        [b'b' | b'c', b'"', ..] if !follows_a_word => at + 1 + quoted(&rest[1..]),
        [b'r', b'"' | b'#', ..] if !follows_a_word => at + raw(rest, 1),
        [b'b' | b'c', b'r', b'"' | b'#', ..] if !follows_a_word => at + raw(rest, 2),
        [b'\'', ..] => at + character(rest),
        _ => at,
    }
}

fn block_comment(rest: &[u8]) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < rest.len() {
        if rest[at..].starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    rest.len()
}

fn quoted(rest: &[u8]) -> usize {
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

/// A raw text, or 0 when it is a raw name such as `r#type`.
fn raw(rest: &[u8], hashes_at: usize) -> usize {
    let hashes = rest[hashes_at..].iter().take_while(|byte| **byte == b'#').count();
    if rest.get(hashes_at + hashes) != Some(&b'"') {
        return 0;
    }
    let mut closing = vec![b'"'];
    closing.resize(hashes + 1, b'#');
    let inside = hashes_at + hashes + 1;
    let length = rest[inside..].windows(closing.len()).position(|window| window == closing);
    length.map_or(rest.len(), |length| inside + length + closing.len())
}

/// A character, or 0 when the quote starts a lifetime.
fn character(rest: &[u8]) -> usize {
    if rest.get(1) == Some(&b'\\') {
        let close = rest.iter().skip(3).position(|byte| *byte == b'\'');
        return close.map_or(rest.len(), |close| close + 4);
    }
    // One character has at most four bytes.
    match rest.iter().skip(2).take(4).position(|byte| *byte == b'\'') {
        Some(0) => 3,
        Some(close) if !rest[1].is_ascii() => close + 3,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_items_under_cfg_test_are_test_code() {
        let source = r##"
/// Serves AAA-01.
pub fn answer() -> [u8; 2] { [1, 2] }

#[cfg(test)]
use std::fmt;

#[cfg(test)]
#[allow(dead_code)]
mod tests {
    /// BBB-02
    #[test]
    fn braces_in_texts_close_nothing() {
        let _ = ("}", '}', r#"}"}"#, b"}", '\'', "\"}");
        // }
        /* } /* } */ } */
        fn lives<'a>(text: &'a str) -> &'a str { text }
    }
}

// CCC-03
#[cfg(not(test))]
fn never() {}

#[cfg(all(test, unix))]
fn helper(of: [u8; 4]) { let _ = "DDD-04"; }
fn after() { let _ = "EEE-05"; }
"##;
        let found = find(source);

        let all = found.items.concat();
        for (id, inside) in
            [("AAA-01", false), ("BBB-02", true), ("CCC-03", false), ("DDD-04", true), ("EEE-05", false)]
        {
            assert_eq!(all.contains(id), inside, "{id}");
        }
        assert_eq!(found.items.len(), 3);
        assert_eq!(found.modules, Vec::<&str>::new());
    }

    #[test]
    fn a_module_in_a_file_of_its_own_is_named() {
        let found =
            find("#[cfg(test)]\nmod tests;\n#[cfg(test)] pub(crate) mod table_of_cases;\nmod other;\n");

        assert_eq!(found.modules, ["tests", "table_of_cases"]);
    }

    #[test]
    fn text_that_only_looks_like_an_attribute_is_none() {
        assert_eq!(
            find("// #[cfg(test)] mod a {}\nconst B: &str = \"#[cfg(test)] mod c {}\";"),
            TestCode::default()
        );
    }

    #[test]
    fn broken_source_is_read_to_its_end_without_a_panic() {
        let whole = "#[cfg(test)] mod a { fn b<'c>() { r#\"x\"#; '\\''; b\"y\"; /* é */ 'é'; \"\\\\\" } }";
        for end in (0..=whole.len()).filter(|end| whole.is_char_boundary(*end)) {
            find(&whole[..end]);
            find(&whole[end..]);
        }
    }
}
