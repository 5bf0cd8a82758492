//! Keys under which a party can be found again without keeping its name.

use std::collections::BTreeSet;

use crate::{compare::names, name::parse, sound::is_vowel, token::Kind, word};

/// Normalised keys of all names, sorted and without repeats. Two spellings of a name share at
/// least one key when their words sound alike: `=` a word, `~` its consonants, `*` its group.
/// The same names give the same keys for ever within one `ENGINE_VERSION`.
pub fn retrieval_keys(of: &[String]) -> Vec<String> {
    let mut keys = BTreeSet::new();
    for name in names(of) {
        for person in [true, false] {
            for token in parse(name, person) {
                if token.is_minor() || token.kind == Kind::Initial {
                    continue;
                }
                keys.insert(format!("={}", token.text));
                let consonants: String = token
                    .sounds
                    .iter()
                    .filter(|sound| !is_vowel(**sound))
                    .map(|sound| char::from(*sound))
                    .collect();
                if token.kind == Kind::Whole && consonants.len() >= 2 {
                    keys.insert(format!("~{consonants}"));
                }
                keys.extend(word::group(&token.text, person).map(|(_, head)| format!("*{head}")));
            }
        }
    }
    keys.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_a_name_share_keys_and_titles_give_none() {
        let keys = |name: &str| retrieval_keys(&[name.to_owned()]);

        assert_eq!(
            keys("Dr. Mohammed AL-Said"),
            ["*muhammad", "*said", "=dr", "=mohammed", "=said", "~dr", "~mhmd", "~sd"]
        );
        assert!(keys("Muhamad Saeed").contains(&"~mhmd".to_owned()));
        assert_eq!(keys("!!"), Vec::<String>::new());
    }
}
