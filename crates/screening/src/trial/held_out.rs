//! Aliases taken out of lists, to see whether their entries are found without them.

use std::collections::HashSet;

use super::Random;
use crate::{
    entry::{Entry, NameKind, Schema, Watchlist},
    text::{self, Script, words},
};

/// A name that an entry had.
pub struct HeldOut {
    pub list: String,
    pub entry_id: String,
    pub schema: Schema,
    pub name: String,
}

/// Takes one alias out of every entry that has one. What the entry still has word for word is none, nor is a weak
/// alias. Vessels and aircraft keep theirs: former names of theirs have nothing in common.
pub fn hold_out(lists: &mut [Watchlist], seed: u64) -> Vec<HeldOut> {
    let mut random = Random::new(seed);
    let mut held_out = Vec::new();
    for list in lists {
        for entry in &mut list.entries {
            if matches!(entry.schema, Schema::Vessel | Schema::Airplane) {
                continue;
            }
            let aliases = aliases(entry);
            if aliases.is_empty() {
                continue;
            }
            let name = entry.names.remove(*random.pick(&aliases));
            held_out.push(HeldOut {
                list: list.id.clone(),
                entry_id: entry.entry_id.clone(),
                schema: entry.schema,
                name: name.text,
            });
        }
    }
    held_out
}

/// Places of aliases that no other name of the entry says word for word.
fn aliases(entry: &Entry) -> Vec<usize> {
    let plain: Vec<Vec<String>> = entry.names.iter().map(|name| plain_words(&name.text)).collect();
    let is_alias = |at: &usize| {
        let others = || plain.iter().enumerate().filter(|(other, _)| other != at);
        entry.names[*at].kind == NameKind::Alias
            && entry.names.len() > 1
            && !plain[*at].is_empty()
            && others().all(|(_, other)| *other != plain[*at])
    };
    (0..entry.names.len()).filter(is_alias).collect()
}

/// The words of a name without regard to their order.
fn plain_words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = words(name).into_iter().map(|word| word.text).collect();
    words.sort_unstable();
    words
}

/// Every name of lists, to tell which others are listed word for word.
pub struct WordForWord(HashSet<Vec<String>>);

impl WordForWord {
    pub fn of(lists: &[Watchlist]) -> Self {
        let entries = lists.iter().flat_map(|list| &list.entries);
        Self(entries.flat_map(|entry| entry.names.iter().map(|name| plain_words(&name.text))).collect())
    }

    pub fn has(&self, name: &str) -> bool {
        self.0.contains(&plain_words(name))
    }
}

/// In which script a name begins, in one word.
pub fn script_of(name: &str) -> &'static str {
    match text::script_of(name) {
        Some(Script::Latin) => "latin",
        Some(Script::Cyrillic) => "cyrillic",
        Some(Script::Arabic) => "arabic",
        Some(Script::Hebrew) => "hebrew",
        Some(Script::Kana) => "kana",
        Some(Script::Hangul) => "hangul",
        Some(Script::Han) => "han",
        Some(Script::Other) => "other",
        None => "none",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::Name;

    #[test]
    fn an_alias_that_another_name_says_word_for_word_is_not_held_out() {
        let entry = |names: &[(&str, NameKind)]| {
            let names = names.iter().map(|(text, kind)| Name { text: (*text).to_owned(), kind: *kind });
            Entry { schema: Schema::Person, names: names.collect(), ..Entry::default() }
        };
        use NameKind::{Alias, Primary, WeakAlias};
        for (names, held) in [
            (&[("PUTIN, Vladimir", Primary), ("Vladimir Putin", Alias)][..], 0),
            (&[("PUTIN, Vladimir", Primary), ("Wladimir Putin", Alias)], 1),
            (&[("Wladimir Putin", Alias)], 0),
            (&[("PUTIN, Vladimir", Primary), ("Vova", WeakAlias)], 0),
        ] {
            let mut lists = [crate::fictional()];
            lists[0].entries = vec![entry(names)];

            let held_out = hold_out(&mut lists, 1);

            assert_eq!((held_out.len(), lists[0].entries[0].names.len()), (held, names.len() - held));
            let listed = WordForWord::of(&lists);
            assert!(held_out.iter().all(|held| !listed.has(&held.name)) && listed.has(names[0].0));
        }
    }

    #[test]
    fn a_name_is_of_the_script_in_which_it_begins() {
        for (name, script) in
            [("Ann", "latin"), ("Путин", "cyrillic"), ("李", "han"), ("Παύλος", "other"), ("!", "none")]
        {
            assert_eq!(script_of(name), script, "{name}");
        }
    }
}
