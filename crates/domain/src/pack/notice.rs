//! Texts of notices: what may stand in them, and how they are filled. Nothing of a customer but ids and days.

use std::collections::BTreeSet;

use super::entry::NoticeRule;

/// What a text may ask to be filled in, written `{account}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placeholder {
    /// The account it is about, by the name the customer knows.
    Account,
    /// What the pack says of the reasons; empty where it has no words for them.
    Reasons,
    /// What the packs in force say of redress.
    Redress,
    /// What to name in an answer: the id of a case or account.
    Reference,
    /// The day by which, in the pack's time zone.
    Day,
}

impl Placeholder {
    pub const ALL: [Self; 5] = [Self::Account, Self::Reasons, Self::Redress, Self::Reference, Self::Day];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Reasons => "reasons",
            Self::Redress => "redress",
            Self::Reference => "reference",
            Self::Day => "day",
        }
    }
}

/// Words between braces, each with its place in the text.
fn placeholders(text: &str) -> impl Iterator<Item = &str> {
    text.split('{').skip(1).map(|rest| rest.split('}').next().unwrap_or_default())
}

impl NoticeRule {
    /// The first word in braces that is no placeholder.
    pub(super) fn unknown_placeholder(&self) -> Option<&str> {
        let known = |word: &&str| Placeholder::ALL.iter().any(|one| one.as_str() == *word);
        placeholders(&self.text).find(|word| !known(word))
    }

    /// `id@version`, as it is put on record.
    pub fn name(&self) -> String {
        format!("{}@{}", self.id, self.version)
    }

    /// Whether one of the reasons forbids to say anything.
    pub fn is_silent_on(&self, codes: &BTreeSet<String>) -> bool {
        !self.silent_on.is_disjoint(codes)
    }

    /// The words for the reasons that have some, each once.
    pub fn words_for(&self, codes: &BTreeSet<String>) -> String {
        let mut words: Vec<&str> = Vec::new();
        for one in codes.iter().filter_map(|code| self.reasons.get(code)) {
            if !words.contains(&one.as_str()) {
                words.push(one);
            }
        }
        words.join(" ")
    }

    /// The text with every placeholder filled. A line that held nothing but empty ones is left out.
    pub fn fill(&self, value: impl Fn(Placeholder) -> String) -> String {
        let mut lines = Vec::new();
        for line in self.text.trim().lines() {
            let mut filled = line.to_owned();
            for one in Placeholder::ALL {
                let word = format!("{{{}}}", one.as_str());
                if line.contains(&word) {
                    filled = filled.replace(&word, &value(one));
                }
            }
            if line.trim().is_empty() || !filled.trim().is_empty() {
                lines.push(filled.trim_end().to_owned());
            }
        }
        lines.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack::{NoticeMoment, Pack, shipped};

    fn rule(text: &str) -> NoticeRule {
        let packs = shipped(&["us-eo13984-nprm"]);
        let notices = &packs.loaded()[0].pack.notices;
        let refusal = notices.iter().find(|rule| rule.moment == NoticeMoment::OnRefusal).unwrap();
        NoticeRule { text: text.to_owned(), ..refusal.clone() }
    }

    fn codes(codes: &[&str]) -> BTreeSet<String> {
        codes.iter().map(|&code| code.to_owned()).collect()
    }

    /// CIP-14, CIP-22: reasons are told in the pack's words; what has none, such as a list hit, is not told.
    #[test]
    fn only_reasons_with_words_are_told() {
        let refusal = rule("Not opened.\n{reasons}\nName {reference}.");
        let told = |of: &[&str]| {
            let codes = codes(of);
            refusal.fill(|one| match one {
                Placeholder::Reasons => refusal.words_for(&codes),
                _ => one.as_str().to_uppercase(),
            })
        };

        assert_eq!(
            told(&["identity-refused", "refuse", "hit-confirmed"]),
            "Not opened.\nWe could not verify who you are.\nName REFERENCE."
        );
        assert_eq!(told(&["hit-confirmed", "measure-prohibits"]), "Not opened.\nName REFERENCE.");
    }

    /// A text asks for what there is and nothing else.
    #[test]
    fn a_pack_with_another_placeholder_is_refused() {
        let pack = include_str!("../../../../packs/us-eo13984-nprm.toml");
        let other = pack.replace("the account {account}.", "the account {name}.");
        assert_ne!(pack, other);

        let refused = Pack::parse(&other).unwrap_err();

        assert_eq!(refused.what, "`{name}` is no placeholder");
    }
}
