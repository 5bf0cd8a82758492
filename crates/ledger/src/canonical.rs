//! Canonical JSON after RFC 8785 (JCS): the same value has the same bytes everywhere, so that a
//! commitment made here can be checked by another program.
//!
//! Numbers are integers of at most 2^53 - 1 either way, the range in which RFC 8785 keeps every digit;
//! anything else is refused rather than rounded. Larger numbers and fractions travel as text or in a
//! smaller unit.

use std::collections::HashSet;
use std::fmt;

use serde::Serialize;
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Greatest integer that every JSON reader keeps exactly.
const INTEGER_MAX: u64 = (1 << 53) - 1;

/// Deepest nesting that is written; what `serde_json` reads is no deeper.
const DEPTH_MAX: usize = 128;

/// Why a value has no canonical form.
#[derive(Debug, thiserror::Error)]
pub enum CanonicalError {
    #[error("a number is not an integer")]
    NotAnInteger,
    #[error("an integer is beyond 2^53 - 1 and would lose digits in other readers")]
    IntegerTooLarge,
    #[error("the value is nested deeper than {DEPTH_MAX} levels")]
    TooDeep,
    #[error("the value cannot be written as JSON")]
    NotJson(#[source] serde_json::Error),
}

/// Canonical bytes of anything that serialises to JSON.
pub fn to_vec(value: &impl Serialize) -> Result<Vec<u8>, CanonicalError> {
    to_string(value).map(String::into_bytes)
}

/// Canonical text of anything that serialises to JSON.
pub fn to_string(value: &impl Serialize) -> Result<String, CanonicalError> {
    value_to_string(&serde_json::to_value(value).map_err(CanonicalError::NotJson)?)
}

/// Canonical text of a JSON value, without the copy that [`to_string`] makes.
pub fn value_to_string(value: &Value) -> Result<String, CanonicalError> {
    let mut out = String::new();
    write_value(&mut out, value, 0)?;
    Ok(out)
}

/// Reads JSON in any layout but refuses a key that stands twice in one object: readers disagree on
/// which of the two counts, so one of them could be shown something else than was committed to.
pub fn parse(bytes: &[u8]) -> Result<Value, serde_json::Error> {
    serde_json::from_slice::<UniqueKeys>(bytes).map(|unique| unique.0)
}

fn write_value(out: &mut String, value: &Value, depth: usize) -> Result<(), CanonicalError> {
    if depth > DEPTH_MAX {
        return Err(CanonicalError::TooDeep);
    }
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => write_number(out, number)?,
        Value::String(text) => write_string(out, text),
        Value::Array(items) => {
            out.push('[');
            for (position, item) in items.iter().enumerate() {
                if position > 0 {
                    out.push(',');
                }
                write_value(out, item, depth + 1)?;
            }
            out.push(']');
        }
        Value::Object(fields) => {
            out.push('{');
            let mut sorted: Vec<_> = fields.iter().collect();
            // RFC 8785, 3.2.3: by UTF-16 code units, which differs from UTF-8 order past U+FFFF.
            sorted.sort_by(|(one, _), (other, _)| one.encode_utf16().cmp(other.encode_utf16()));
            for (position, (key, item)) in sorted.into_iter().enumerate() {
                if position > 0 {
                    out.push(',');
                }
                write_string(out, key);
                out.push(':');
                write_value(out, item, depth + 1)?;
            }
            out.push('}');
        }
    }
    Ok(())
}

fn write_number(out: &mut String, number: &Number) -> Result<(), CanonicalError> {
    if let Some(positive) = number.as_u64() {
        if positive > INTEGER_MAX {
            return Err(CanonicalError::IntegerTooLarge);
        }
        out.push_str(&positive.to_string());
    } else if let Some(negative) = number.as_i64() {
        if negative.unsigned_abs() > INTEGER_MAX {
            return Err(CanonicalError::IntegerTooLarge);
        }
        out.push_str(&negative.to_string());
    } else {
        return Err(CanonicalError::NotAnInteger);
    }
    Ok(())
}

/// RFC 8785, 3.2.2.2: the two-letter escapes where JSON has them, lower-case hexadecimal for other
/// control characters, everything else as it is.
fn write_string(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            control if control < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(control))),
            plain => out.push(plain),
        }
    }
    out.push('"');
}

/// A JSON value that was read without meeting a key twice.
struct UniqueKeys(Value);

impl<'de> Deserialize<'de> for UniqueKeys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(UniqueKeysVisitor).map(UniqueKeys)
    }
}

struct UniqueKeysVisitor;

impl<'de> Visitor<'de> for UniqueKeysVisitor {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        while let Some(UniqueKeys(item)) = items.next_element()? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        let mut seen = HashSet::new();
        while let Some(key) = fields.next_key::<String>()? {
            if !seen.insert(key.clone()) {
                return Err(A::Error::custom("a key stands twice in one object"));
            }
            let UniqueKeys(item) = fields.next_value()?;
            object.insert(key, item);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_are_ordered_by_utf16_code_units() {
        // The example of RFC 8785, 3.2.3.
        let value = parse(
            br#"{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh",
                "1":"One","\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"}"#,
        )
        .unwrap();

        let text = value_to_string(&value).unwrap();

        let order = ["Carriage", "One", "Control", "Latin", "Euro", "Emoji", "Hebrew"];
        let places: Vec<_> = order.iter().map(|word| text.find(word).unwrap()).collect();
        assert!(places.is_sorted(), "{text}");
    }

    #[test]
    fn strings_are_escaped_to_the_letter() {
        // The string of RFC 8785, 3.2.2, and what stays as it is.
        let cases = [
            ("\u{20ac}$\u{f}\nA'B\"\\\\\"/", "\"\u{20ac}$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\""),
            ("\u{8}\t\u{c}\r\u{0}\u{1f}\u{7f}", "\"\\b\\t\\f\\r\\u0000\\u001f\u{7f}\""),
            ("\u{2028}é<>&", "\"\u{2028}é<>&\""),
        ];
        for (text, expected) in cases {
            assert_eq!(to_string(&text).unwrap(), expected);
        }
    }

    #[test]
    fn numbers_are_integers_that_every_reader_keeps() {
        let cases = [
            (json!(0), Some("0")),
            (json!(-1), Some("-1")),
            (json!(9_007_199_254_740_991_i64), Some("9007199254740991")),
            (json!(-9_007_199_254_740_991_i64), Some("-9007199254740991")),
            (json!(9_007_199_254_740_992_i64), None),
            (json!(u64::MAX), None),
            (json!(i64::MIN), None),
            (parse(b"1.5").unwrap(), None),
            (parse(b"1.0").unwrap(), None),
            (parse(b"-0").unwrap(), None),
            (parse(b"1e3").unwrap(), None),
        ];
        for (value, expected) in cases {
            assert_eq!(value_to_string(&value).ok().as_deref(), expected, "{value}");
        }
    }

    #[test]
    fn a_key_that_stands_twice_is_refused() {
        assert!(parse(br#"{"a":1,"b":{"c":1,"c":2}}"#).is_err());
        assert!(parse(br#"{"a":1,"\u0061":2}"#).is_err());
        assert!(parse(br#"{"a":1,"b":{"a":2}}"#).is_ok());
    }

    #[test]
    fn nesting_beyond_the_limit_is_refused_not_followed() {
        let mut value = Value::Null;
        for _ in 0..1000 {
            value = Value::Array(vec![value]);
        }

        assert!(matches!(value_to_string(&value), Err(CanonicalError::TooDeep)));
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let scalar = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (-9_007_199_254_740_991_i64..=9_007_199_254_740_991).prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        scalar.prop_recursive(4, 32, 6, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                proptest::collection::vec((any::<String>(), inner), 0..6)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        /// What was written canonically reads back as the same value and is written the same again.
        #[test]
        fn canonical_text_always_reads_back_as_itself(value in any_value()) {
            let text = value_to_string(&value).unwrap();

            let again = parse(text.as_bytes()).unwrap();

            prop_assert_eq!(&again, &value);
            prop_assert_eq!(value_to_string(&again).unwrap(), text);
        }

        #[test]
        fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&bytes);
        }
    }
}
