//! XML read as a row of small trees, one for each record; depth and size are bounded.

use quick_xml::{Reader, events::Event};

use super::NotRead;

const DEPTH_MAX: usize = 32;
const NODES_MAX: usize = 200_000;

/// An element with its content. Namespace prefixes are dropped.
#[derive(Default)]
pub struct Node {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    pub text: String,
    pub children: Vec<Node>,
}

impl Node {
    pub fn children<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Node> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// Text of the first child of that name; empty where there is none.
    pub fn child_text(&self, name: &str) -> &str {
        self.children.iter().find(|child| child.name == name).map_or("", |child| child.text.trim())
    }

    pub fn attribute(&self, name: &str) -> &str {
        self.attributes.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.trim())
    }

    /// Texts of all grandchildren by way of children `outer`.
    pub fn texts<'a>(&'a self, outer: &'a str, inner: &'a str) -> impl Iterator<Item = &'a str> {
        self.children(outer).flat_map(move |child| child.children(inner)).map(|child| child.text.trim())
    }
}

/// Calls `take` for every element named in `records`; gives the root without them.
pub fn read(content: &[u8], records: &[&str], mut take: impl FnMut(Node)) -> Result<Node, NotRead> {
    let mut reader = Reader::from_reader(content);
    let mut open: Vec<Node> = Vec::new();
    let mut root = None;
    let mut nodes_in_record = 0;
    loop {
        let at = format_args!("byte {}", reader.buffer_position()).to_string();
        match reader.read_event() {
            Ok(Event::Start(start)) => {
                nodes_in_record += 1;
                if open.len() >= DEPTH_MAX || nodes_in_record > NODES_MAX {
                    return Err(NotRead::damaged(at, "elements nested too deep or a record too large"));
                }
                open.push(node(&start));
            }
            Ok(Event::Empty(start)) => {
                nodes_in_record += 1;
                let node = node(&start);
                match open.last_mut() {
                    Some(parent) => close(node, parent, records, &mut take),
                    None => root = Some(node),
                }
            }
            Ok(Event::End(_)) => {
                let Some(node) = open.pop() else {
                    return Err(NotRead::damaged(at, "an end without a start"));
                };
                if records.contains(&node.name.as_str()) {
                    nodes_in_record = 0;
                }
                match open.last_mut() {
                    Some(parent) => close(node, parent, records, &mut take),
                    None => root = Some(node),
                }
            }
            Ok(Event::Text(text)) => {
                if let Some(node) = open.last_mut() {
                    node.text.push_str(&text);
                }
            }
            Ok(Event::CData(text)) => {
                if let Some(node) = open.last_mut() {
                    node.text.push_str(&text);
                }
            }
            Ok(Event::GeneralRef(entity)) => {
                let letter = entity.resolve_char_ref().ok().flatten().or_else(|| predefined(&entity));
                let Some(letter) = letter else { return Err(NotRead::damaged(at, "an entity of its own")) };
                if let Some(node) = open.last_mut() {
                    node.text.push(letter);
                }
            }
            // Entities defined by the file itself are how XML is made to explode.
            Ok(Event::DocType(_)) => return Err(NotRead::damaged(at, "a document type, which no list has")),
            Ok(Event::Eof) => break,
            Ok(_) => {}
            Err(_) if reader.buffer_position() as usize >= content.len() => {
                return Err(NotRead::cut(at, "the last element has no end"));
            }
            Err(_) => return Err(NotRead::damaged(at, "not well-formed")),
        }
    }
    match root {
        Some(root) if open.is_empty() => Ok(root),
        _ => Err(NotRead::cut(format!("byte {}", content.len()), "the root element has no end")),
    }
}

fn close(node: Node, parent: &mut Node, records: &[&str], take: &mut impl FnMut(Node)) {
    if records.contains(&node.name.as_str()) { take(node) } else { parent.children.push(node) }
}

fn node(start: &quick_xml::events::BytesStart<'_>) -> Node {
    let attributes = start.attributes().flatten().map(|attribute| {
        let raw = attribute.value.as_ref();
        let value =
            quick_xml::escape::unescape(raw).map_or_else(|_| raw.to_owned(), |value| value.into_owned());
        (attribute.key.local_name().as_ref().to_owned(), value)
    });
    Node { name: start.local_name().as_ref().to_owned(), attributes: attributes.collect(), ..Node::default() }
}

fn predefined(name: &str) -> Option<char> {
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => return None,
    })
}
