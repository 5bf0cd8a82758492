//! The text that a row keeps of a domain value: JSON with sorted keys, so that equal values have equal text.
//!
//! Records hold integers and strings only; for those this is the form of RFC 8785, which the ledger commits to.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use app::store::StoreError;

use crate::fault::Fault;

/// The canonical text of a record.
pub fn text_of(record: &impl Serialize) -> Result<String, StoreError> {
    let value = serde_json::to_value(record)
        .map_err(|error| StoreError::Refused { detail: format!("it has no JSON form: {error}") })?;
    let mut text = String::with_capacity(256);
    write(&value, &mut text);
    Ok(text)
}

/// Reads a record back from its text.
pub fn read<T: DeserializeOwned>(table: &'static str, text: &str) -> Result<T, Fault> {
    serde_json::from_str(text).map_err(|error| Fault::Unreadable { table, detail: error.to_string() })
}

/// The text of an enum without values, such as a kind or state.
pub fn code_of(value: &impl Serialize) -> Result<String, StoreError> {
    match serde_json::to_value(value) {
        Ok(Value::String(code)) => Ok(code),
        Ok(Value::Object(fields)) => match fields.get("state") {
            Some(Value::String(code)) => Ok(code.clone()),
            _ => Err(no_code()),
        },
        _ => Err(no_code()),
    }
}

fn no_code() -> StoreError {
    StoreError::Refused { detail: "a state has no name".to_owned() }
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Array(items) => {
            out.push('[');
            for (number, item) in items.iter().enumerate() {
                if number > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
            out.push('{');
            for (number, (key, item)) in fields.into_iter().enumerate() {
                if number > 0 {
                    out.push(',');
                }
                write_leaf(&Value::String(key.clone()), out);
                out.push(':');
                write(item, out);
            }
            out.push('}');
        }
        other => write_leaf(other, out),
    }
}

/// Text, numbers and literals as `serde_json` writes them, which for integers and text is RFC 8785's way.
fn write_leaf(value: &Value, out: &mut String) {
    out.push_str(&value.to_string());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_records_have_equal_text_whatever_the_order_of_their_fields() {
        let one = serde_json::json!({"b": [1, {"d": null, "c": "a\u{0}\n\"é"}], "a": -7, "aa": true});
        let other = serde_json::json!({"aa": true, "a": -7, "b": [1, {"c": "a\u{0}\n\"é", "d": null}]});

        assert_eq!(text_of(&one).unwrap(), text_of(&other).unwrap());
        assert_eq!(
            text_of(&one).unwrap(),
            "{\"a\":-7,\"aa\":true,\"b\":[1,{\"c\":\"a\\u0000\\n\\\"é\",\"d\":null}]}"
        );
    }
}
