//! JSON as lists come in it: one object a line, an array of objects, or an object with an array of results. Objects
//! are read one by one.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::{ENTRIES_MAX, NotRead};

pub type Object = Map<String, Value>;

const TOO_MANY: &str = "more entries than any list has";

/// Where an object stands.
#[derive(Clone, Copy)]
pub enum At {
    Line(usize),
    /// Counted from 1, in a document.
    Object(usize),
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(number) => write!(f, "line {number}"),
            Self::Object(number) => write!(f, "object {number}"),
        }
    }
}

/// Calls `take` for every object.
pub fn read(text: &str, mut take: impl FnMut(Object)) -> Result<(), NotRead> {
    read_placed(text, |_, object| take(object))
}

/// The same with where it stands.
pub fn read_placed(text: &str, take: impl FnMut(At, Object)) -> Result<(), NotRead> {
    let text = text.trim_start_matches('\u{feff}');
    match text.trim_start().chars().next() {
        Some('[') => whole(text, Each { take, taken: 0 }),
        _ if is_document(text) => whole(text, Results(Each { take, taken: 0 })),
        _ => lines(text, take),
    }
}

/// Whether the text is one object around its results, not an object a line.
pub fn is_document(text: &str) -> bool {
    let compact: String = text.chars().take(2000).filter(|letter| !letter.is_whitespace()).collect();
    let before = compact.split("\"results\":[").next().unwrap_or("");
    compact.len() > before.len() && !before.contains("\"properties\"") && compact.starts_with('{')
}

fn whole<'de, S: DeserializeSeed<'de>>(text: &'de str, seed: S) -> Result<(), NotRead> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let read = seed.deserialize(&mut reader).and_then(|_| reader.end());
    read.map_err(|error| {
        let at = format!("line {}", error.line());
        match () {
            () if error.is_eof() => NotRead::cut(at, "the document has no end"),
            () if error.to_string().starts_with(TOO_MANY) => NotRead::damaged(at, TOO_MANY),
            () => NotRead::damaged(at, "not a list of JSON objects"),
        }
    })
}

struct Each<F> {
    take: F,
    taken: usize,
}

impl<'de, F: FnMut(At, Object)> DeserializeSeed<'de> for Each<F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_seq(self)
    }
}

impl<'de, F: FnMut(At, Object)> Visitor<'de> for Each<F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        while let Some(object) = items.next_element()? {
            self.taken += 1;
            if self.taken > ENTRIES_MAX {
                return Err(A::Error::custom(TOO_MANY));
            }
            (self.take)(At::Object(self.taken), object);
        }
        Ok(())
    }
}

struct Results<F>(Each<F>);

impl<'de, F: FnMut(At, Object)> DeserializeSeed<'de> for Results<F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de, F: FnMut(At, Object)> Visitor<'de> for Results<F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with results")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        let mut each = Some(self.0);
        while let Some(field) = fields.next_key::<String>()? {
            match each.take_if(|_| field == "results") {
                Some(each) => fields.next_value_seed(each)?,
                None => drop(fields.next_value::<IgnoredAny>()?),
            }
        }
        each.map_or(Ok(()), |_| Err(A::Error::custom("no results")))
    }
}

/// A last line that is not whole means that the file was cut.
fn lines(text: &str, mut take: impl FnMut(At, Object)) -> Result<(), NotRead> {
    let mut numbered = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()).peekable();
    let mut taken = 0;
    while let Some((index, line)) = numbered.next() {
        let at = At::Line(index + 1);
        if taken == ENTRIES_MAX {
            return Err(NotRead::damaged(at, TOO_MANY));
        }
        match serde_json::from_str(line) {
            Ok(Value::Object(object)) => take(at, object),
            Err(error) if error.is_eof() && numbered.peek().is_none() => {
                return Err(NotRead::cut(at, "the last line is not whole"));
            }
            _ => return Err(NotRead::damaged(at, "not a JSON object")),
        }
        taken += 1;
    }
    Ok(())
}

pub fn text<'a>(object: &'a Object, field: &str) -> &'a str {
    object.get(field).and_then(Value::as_str).unwrap_or("")
}

/// One text or number, or several.
pub fn values(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(text)) => vec![text.clone()],
        Some(Value::Number(number)) => vec![number.to_string()],
        Some(Value::Array(items)) => items
            .iter()
            .flat_map(|item| match item {
                Value::String(text) => Some(text.clone()),
                Value::Number(number) => Some(number.to_string()),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}
