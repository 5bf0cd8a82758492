//! XML read as a row of small trees, one for each record; depth and size are bounded.

use quick_xml::{Reader, events::Event};

use super::{ENTRIES_MAX, NotRead};

const DEPTH_MAX: usize = 32;
/// Elements of one record, and of all that stands outside of records.
const NODES_MAX: usize = 200_000;
const ATTRIBUTES_MAX: usize = 100;

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

    /// The elements at the end of a path of names.
    pub fn at<'a>(&'a self, path: &'a [&'a str]) -> Vec<&'a Node> {
        path.iter()
            .fold(vec![self], |nodes, name| nodes.into_iter().flat_map(|node| node.children(name)).collect())
    }

    /// Texts of all grandchildren by way of children `outer`.
    pub fn texts<'a>(&'a self, outer: &'a str, inner: &'a str) -> impl Iterator<Item = &'a str> {
        self.children(outer).flat_map(move |child| child.children(inner)).map(|child| child.text.trim())
    }
}

/// Calls `take` for every element named in `records`; gives the root without them.
pub fn read(content: &str, records: &[&str], take: impl FnMut(Node)) -> Result<Node, NotRead> {
    let mut reader = Reader::from_str(content);
    let mut tree = Tree { records, take, open: Vec::new(), root: None, inside: 0, outside: 0, taken: 0 };
    loop {
        let before = reader.buffer_position() as usize;
        let damaged = |what: &str| NotRead::damaged(line_at(content, before), what);
        match reader.read_event() {
            Ok(Event::Start(start)) => node(&start).and_then(|node| tree.start(node)).map_err(damaged)?,
            Ok(Event::Empty(start)) => {
                node(&start).and_then(|node| tree.start(node)).and_then(|()| tree.end()).map_err(damaged)?;
            }
            Ok(Event::End(_)) => tree.end().map_err(damaged)?,
            Ok(Event::Text(text)) => tree.text(&text),
            Ok(Event::CData(text)) => tree.text(&text),
            Ok(Event::GeneralRef(entity)) => {
                let letter = entity.resolve_char_ref().ok().flatten().or_else(|| predefined(&entity));
                let letter = letter.ok_or_else(|| damaged("an entity that XML does not define itself"))?;
                tree.text(letter.encode_utf8(&mut [0; 4]));
            }
            // Entities defined by the file itself are how XML is made to explode.
            Ok(Event::DocType(_)) => return Err(damaged("a document type, which no list has")),
            Ok(Event::Eof) => break,
            Ok(_) => {}
            Err(_) if reader.buffer_position() as usize >= content.len() => {
                return Err(NotRead::cut(line_at(content, before), "the last element has no end"));
            }
            Err(_) => return Err(damaged("not well-formed")),
        }
    }
    match tree.root {
        Some(root) if tree.open.is_empty() => Ok(root),
        _ => Err(NotRead::cut(line_at(content, content.len()), "the root element has no end")),
    }
}

/// Where a byte stands, for messages.
fn line_at(content: &str, byte: usize) -> String {
    let before = &content.as_bytes()[..byte.min(content.len())];
    format!("line {}", before.iter().filter(|&&byte| byte == b'\n').count() + 1)
}

struct Tree<'a, F> {
    records: &'a [&'a str],
    take: F,
    open: Vec<Node>,
    root: Option<Node>,
    /// Elements of the record that is open, and of all that is in none.
    inside: usize,
    outside: usize,
    taken: usize,
}

impl<F: FnMut(Node)> Tree<'_, F> {
    fn start(&mut self, node: Node) -> Result<(), &'static str> {
        let is_record = |node: &Node| self.records.contains(&node.name.as_str());
        if is_record(&node) && !self.open.iter().any(is_record) {
            self.inside = 0;
        }
        let count = match is_record(&node) || self.open.iter().any(is_record) {
            true => &mut self.inside,
            false => &mut self.outside,
        };
        *count += 1;
        if *count > NODES_MAX {
            return Err("a record with too many elements");
        }
        if self.open.len() >= DEPTH_MAX {
            return Err("elements nested too deep");
        }
        self.open.push(node);
        Ok(())
    }

    fn end(&mut self) -> Result<(), &'static str> {
        let node = self.open.pop().ok_or("an end without a start")?;
        let is_record = self.records.contains(&node.name.as_str());
        match self.open.last_mut() {
            Some(_) if is_record && self.taken == ENTRIES_MAX => {
                return Err("more entries than any list has");
            }
            Some(_) if is_record => {
                self.taken += 1;
                (self.take)(node);
            }
            Some(parent) => parent.children.push(node),
            None => self.root = Some(node),
        }
        Ok(())
    }

    fn text(&mut self, text: &str) {
        if let Some(node) = self.open.last_mut() {
            node.text.push_str(text);
        }
    }
}

fn node(start: &quick_xml::events::BytesStart<'_>) -> Result<Node, &'static str> {
    let mut attributes = Vec::new();
    // Without its own checks, which compare each attribute with all before it.
    for attribute in start.attributes().with_checks(false).flatten() {
        if attributes.len() == ATTRIBUTES_MAX {
            return Err("an element with too many attributes");
        }
        let raw = attribute.value.as_ref();
        let value =
            quick_xml::escape::unescape(raw).map_or_else(|_| raw.to_owned(), |value| value.into_owned());
        attributes.push((attribute.key.local_name().as_ref().to_owned(), value));
    }
    Ok(Node { name: start.local_name().as_ref().to_owned(), attributes, ..Node::default() })
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
