//! What is wrong with somebody's JSON, in words: without what it holds, which may be personal data, and without the
//! names of our types.

/// How our own messages begin: they say what is taken, with an example, and quote nothing.
const OURS: [&str; 4] = ["missing field", "duplicate field", "not ", "a period has"];

/// How serde's own begin: a kind of mistake, the value, what was expected.
const OF_SERDE: [&str; 5] =
    ["invalid type", "invalid value", "invalid length", "unknown variant", "unknown field"];

/// Serde's message without what was sent: the kind of mistake, what was expected, and names and examples of our own
/// stay. What somebody else says of a value is left out as a whole.
pub fn without_values(error: &serde_json::Error) -> String {
    let text = error.to_string();
    if OURS.iter().any(|start| text.starts_with(start)) {
        return text;
    }
    if text.starts_with("failed to parse") {
        return "not a date or instant of RFC 3339, such as `2026-11-01` or `2026-11-01T10:00:00Z`"
            .to_owned();
    }
    if !OF_SERDE.iter().any(|start| text.starts_with(start)) {
        return "a value is not of the form that its field takes".to_owned();
    }
    // A value may hold quotes and even these words itself: what is ours begins after the last of them.
    let (said, expected) = text.split_at(text.rfind(", expected").unwrap_or(text.len()));
    let said = match said.split_once(['"', '`']) {
        Some((kind, _)) => format!("{kind}`…`"),
        None => said.to_owned(),
    };
    format!("{}{}", in_json_words(&said), in_json_words(expected))
}

/// Types as JSON has them.
fn in_json_words(text: &str) -> String {
    let mut words = Vec::new();
    let mut rest = text.split(' ').peekable();
    while let Some(word) = rest.next() {
        match word {
            "internally" | "adjacently" | "externally" if rest.peek() == Some(&"tagged") => {
                rest.next();
            }
            "tuple" | "unit" | "newtype" if matches!(rest.peek(), Some(&"struct" | &"variant")) => {}
            "variant" if words.last() == Some(&"unknown") => words.push("word"),
            "struct" | "variant" | "enum" => {
                // Its name, and how many members it has.
                rest.next();
                if rest.peek() == Some(&"with") {
                    rest.by_ref().take(3).for_each(drop);
                }
                words.push("an object");
            }
            "sequence" | "sequence," => words.push("array"),
            "map" | "map," => words.push("object"),
            "u8" => words.push("an integer from 0 to 255"),
            "u16" => words.push("an integer from 0 to 65535"),
            "u32" | "u64" | "usize" => words.push("an integer of 0 or more"),
            "i8" | "i16" | "i32" | "i64" => words.push("an integer"),
            "f32" | "f64" => words.push("a number"),
            other => words.push(other),
        }
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its shape matters")]
    struct Sent {
        count: u8,
        #[serde(default)]
        kind: Option<domain::staff::Role>,
        #[serde(default)]
        at: Option<jiff::Timestamp>,
        #[serde(default)]
        place: Option<terms::Place>,
        #[serde(default)]
        value: Option<Form>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(untagged)]
    #[expect(dead_code, reason = "only its shape matters")]
    enum Form {
        Number(u8),
        Pair { one: u8, two: u8 },
    }

    #[test]
    fn what_is_expected_is_said_in_json_words_and_what_was_sent_is_not() {
        let cases = [
            ("[]", "invalid length 0, expected an object"),
            (r#""Ivan""#, "invalid type: string `…`, expected an object"),
            (r#"{"count":4711}"#, "invalid value: integer `…`, expected an integer from 0 to 255"),
            (r#"{"count":[1]}"#, "invalid type: array, expected an integer from 0 to 255"),
            (r#"{"count":{}}"#, "invalid type: object, expected an integer from 0 to 255"),
            (r#"{}"#, "missing field `count`"),
            (
                r#"{"count":1,"at":"Ivan"}"#,
                "not a date or instant of RFC 3339, such as `2026-11-01` or `2026-11-01T10:00:00Z`",
            ),
            (
                r#"{"count":1,"place":"Ivan"}"#,
                "not a place: give a country such as `UA` or a subdivision such as `UA-43`",
            ),
            (r#"{"count":1,"value":"Ivan"}"#, "a value is not of the form that its field takes"),
        ];
        for (sent, expected) in cases {
            let said = without_values(&serde_json::from_str::<Sent>(sent).unwrap_err());
            assert!(said.starts_with(expected), "{sent}: {said}");
            assert!(
                !said.contains("Ivan") && !said.contains("4711") && !said.contains("Sent"),
                "{sent}: {said}"
            );
        }
        let unknown = serde_json::from_str::<Sent>(r#"{"count":1,"kind":"Ivan"}"#).unwrap_err();
        let said = without_values(&unknown);
        assert!(said.starts_with("unknown word `…`, expected one of `administrator`"), "{said}");
    }
}
