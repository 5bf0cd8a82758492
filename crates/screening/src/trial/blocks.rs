//! The form in which facts of language are written down: `[name]`, then lines of `key: words`.

use std::collections::HashMap;

use super::Random;

/// How much more usual the first word of a list is than one far down: the weight of the n-th is `1 / (n + FLAT)`.
const FLAT: u64 = 8;

/// Words of which the first are the most usual, as words of a language are.
#[derive(Default)]
pub struct Words {
    words: Vec<String>,
    /// Sums of the weights up to and with each word.
    sums: Vec<u64>,
}

impl Words {
    /// Words between blanks; `_` stands for a blank within one.
    pub fn parse(text: &str) -> Self {
        let words: Vec<String> = text.split_whitespace().map(|word| word.replace('_', " ")).collect();
        let sums = (0..words.len() as u64).scan(0, |sum, rank| {
            *sum += 1_000_000 / (rank + FLAT);
            Some(*sum)
        });
        Self { sums: sums.collect(), words }
    }

    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.words.iter().map(String::as_str)
    }

    /// Usual words more often; nothing of an empty list.
    pub fn usual<'a>(&'a self, random: &mut Random) -> &'a str {
        let Some(sum) = self.sums.last() else { return "" };
        let at = random.number() % sum;
        &self.words[self.sums.partition_point(|sum| *sum <= at)]
    }

    /// Each word as often as any other.
    pub fn any<'a>(&'a self, random: &mut Random) -> &'a str {
        if self.words.is_empty() { "" } else { random.pick::<String>(&self.words) }
    }
}

/// Named lists of words under a heading.
pub struct Block {
    pub name: String,
    lists: HashMap<String, String>,
}

impl Block {
    pub fn parse_all(text: &str) -> Vec<Block> {
        let mut blocks: Vec<Block> = Vec::new();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                blocks.push(Block { name: name.to_owned(), lists: HashMap::new() });
            } else if let (Some((key, words)), Some(block)) = (line.split_once(':'), blocks.last_mut()) {
                block.lists.insert(key.to_owned(), words.trim().to_owned());
            }
        }
        blocks
    }

    /// Every list under the heading, in no order.
    pub fn lists(&self) -> impl Iterator<Item = (&str, &str)> {
        self.lists.iter().map(|(key, words)| (key.as_str(), words.as_str()))
    }

    /// Empty where the block has no such list.
    pub fn words(&self, key: &str) -> Words {
        Words::parse(self.text(key))
    }

    pub fn text(&self, key: &str) -> &str {
        self.lists.get(key).map_or("", String::as_str)
    }
}

/// Things of which some are so many times as usual as others: `name*6`.
pub struct Choice<T> {
    things: Vec<(u64, T)>,
    total: u64,
}

impl<T> Choice<T> {
    /// `None` where there is nothing to choose from.
    pub fn parse<'a>(texts: impl Iterator<Item = &'a str>, mut read: impl FnMut(&str) -> T) -> Option<Self> {
        let things = texts.map(str::trim).filter(|text| !text.is_empty()).map(|text| {
            let (thing, times) = text.rsplit_once('*').unwrap_or((text, "1"));
            (times.parse().unwrap_or(1), read(thing))
        });
        Self::of(things.collect())
    }

    pub fn of(things: Vec<(u64, T)>) -> Option<Self> {
        let total = things.iter().map(|(times, _)| times).sum();
        (total > 0).then_some(Self { things, total })
    }

    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.things.iter().map(|(_, thing)| thing)
    }

    pub fn pick(&self, random: &mut Random) -> &T {
        let mut at = random.number() % self.total;
        for (times, thing) in &self.things {
            if at < *times {
                return thing;
            }
            at -= times;
        }
        &self.things[0].1
    }
}

/// How a whole name is put together: parts with blanks between, each some slots in one piece or a word as it stands.
pub struct Order(Vec<Part>);

enum Part {
    Slots(Vec<char>),
    Word(String),
}

impl Order {
    /// A part of nothing but letters of `slots` and hyphens is filled in.
    pub fn parse(text: &str, slots: &str) -> Self {
        let parts = text.split_whitespace().map(|part| {
            if part.chars().all(|letter| letter == '-' || slots.contains(letter)) && part != "-" {
                Part::Slots(part.chars().collect())
            } else {
                Part::Word(part.replace('_', " "))
            }
        });
        Self(parts.collect())
    }

    pub fn fill(&self, mut slot: impl FnMut(char) -> String) -> String {
        let mut name = String::new();
        for part in &self.0 {
            let text = match part {
                Part::Word(word) => word.clone(),
                Part::Slots(slots) => slots
                    .iter()
                    .map(|letter| if *letter == '-' { "-".to_owned() } else { slot(*letter) })
                    .collect(),
            };
            if !name.is_empty() && !text.is_empty() {
                name.push(' ');
            }
            name.push_str(&text);
        }
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_words_come_more_often_and_all_come() {
        let words = Words::parse("first second third_one fourth");
        let mut random = Random::new(1);

        let picked: Vec<&str> = (0..4000).map(|_| words.usual(&mut random)).collect();

        let count = |word: &str| picked.iter().filter(|picked| **picked == word).count();
        assert!(count("first") > count("fourth") && count("third one") > 500, "{}", count("third one"));
        assert_eq!(Words::parse("").usual(&mut random), "");
    }

    #[test]
    fn slots_are_filled_and_words_stand() {
        let order = Order::parse("Al w tu F i_K", "wtuF");

        let name = order.fill(|slot| if slot == 'F' { String::new() } else { slot.to_string() });

        assert_eq!(name, "Al w tu i K");
    }
}
