//! Births as lists tell them: one day, several, a stretch of time, about then.

use terms::PartialDate;

use super::date::{self, Token};
use crate::entry::{BirthSpan, Entry};

/// Adds every birth date in the text: `1 Jan 1960; circa 1962`, `between 1955 and 1958`, `1960 to 1961`.
pub fn add(entry: &mut Entry, text: &str) {
    for part in text.split(';') {
        // Some say it after the date.
        let roughly = date::tokens(part).iter().any(|token| is_circa(token));
        let several = part.contains(',') || part.contains(" or ");
        let mut reading = Reading { circa: roughly && !several, ..Reading::default() };
        for token in date::tokens(part) {
            reading.take(entry, &token);
        }
        reading.flush(entry);
    }
}

/// Whether every part of the text is a birth date, with no word that it would be read without.
pub fn is_whole(text: &str) -> bool {
    let is_dated = |part: &str| {
        let tokens = date::tokens(part);
        let is_word = |token: &Token<'_>| match token {
            Token::Date(_) => true,
            Token::Word(word) => is_circa(token) || LINKS.contains(&word.to_ascii_lowercase().as_str()),
        };
        tokens.iter().any(|token| matches!(token, Token::Date(_))) && tokens.iter().all(is_word)
    };
    text.split(';').filter(|part| !part.trim().is_empty()).all(is_dated)
}

/// Words between the dates of a range, and of several.
const LINKS: [&str; 10] = ["between", "from", "to", "-", "–", "—", "through", "until", "and", "or"];

/// A date that the publisher marks as rough by a field of its own.
pub fn add_graded(entry: &mut Entry, text: &str, circa: bool) {
    if !circa {
        return add(entry, text);
    }
    for date in date::dates(text) {
        entry.add_birth_span(BirthSpan { from: date, through: date, circa });
    }
}

/// From the one to the other, in whichever order they stand; one alone is a date.
pub fn add_span(entry: &mut Entry, from: &str, through: &str, circa: bool) {
    match (date::date(from), date::date(through)) {
        (Some(from), Some(through)) => entry.add_birth_span(span(from, through, circa)),
        (Some(date), None) | (None, Some(date)) => add_graded(entry, &date.to_string(), circa),
        (None, None) => {}
    }
}

pub fn span(from: PartialDate, through: PartialDate, circa: bool) -> BirthSpan {
    BirthSpan { from: from.min(through), through: from.max(through), circa }
}

#[derive(Default)]
struct Reading {
    /// The last date, until it is known whether it begins a range.
    held: Option<PartialDate>,
    between: bool,
    to: bool,
    circa: bool,
}

impl Reading {
    fn take(&mut self, entry: &mut Entry, token: &Token<'_>) {
        match token {
            Token::Date(through) => match self.held.take() {
                Some(from) if self.to => {
                    entry.add_birth_span(span(from, *through, self.circa));
                    *self = Reading { circa: self.circa, ..Reading::default() };
                }
                held => {
                    self.held = held;
                    self.flush(entry);
                    self.held = Some(*through);
                }
            },
            token if is_circa(token) => {
                self.flush(entry);
                self.circa = true;
            }
            Token::Word(word) => match word.to_ascii_lowercase().as_str() {
                "between" | "from" => self.between = true,
                "to" | "-" | "–" | "—" | "through" | "until" => self.to = self.held.is_some(),
                "and" if self.between => self.to = self.held.is_some(),
                "or" | "and" => {
                    self.flush(entry);
                    self.circa = false;
                }
                _ => {}
            },
        }
    }

    fn flush(&mut self, entry: &mut Entry) {
        self.to = false;
        match self.held.take() {
            Some(date) if self.circa => {
                entry.add_birth_span(BirthSpan { from: date, through: date, circa: true });
            }
            Some(date) => entry.add_birth_date(date),
            None => {}
        }
    }
}

fn is_circa(token: &Token<'_>) -> bool {
    let Token::Word(word) = token else { return false };
    let word = word.trim_end_matches(['.', ':']).to_ascii_lowercase();
    matches!(
        word.as_str(),
        "circa" | "ca" | "c" | "approximately" | "approx" | "about" | "around" | "estimated" | "presumed"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn births_are_graded_by_how_well_they_are_known() {
        for (text, dates, spans) in [
            ("15 May 1949", "1949-05-15", ""),
            ("1949; May 1950", "1949 1950-05", ""),
            ("circa 1957", "1957", "1957~1957"),
            ("ca. 1947", "1947", "1947~1947"),
            ("1980 (presumed)", "1980", "1980~1980"),
            ("Approximately 1985; Between 1984 and 1986", "1985 1984 1986", "1985~1985 1984..1986"),
            ("Between 1966 and 1967 (Approximately )", "1966 1967", "1966~1967"),
            ("1960 to 1961", "1960 1961", "1960..1961"),
            ("1949-1951", "1949 1951", "1949..1951"),
            ("Jan 1961 to Dec 1960", "1960-12 1961-01", "1960-12..1961-01"),
            ("(a) 1955, (b) circa 1952", "1955 1952", "1952~1952"),
            ("18.1.1970 or 29.3.1965", "1970-01-18 1965-03-29", ""),
            ("1976 or 1977", "1976 1977", ""),
            ("circa 1960 to 1962", "1960 1962", "1960~1962"),
            ("unknown", "", ""),
        ] {
            let mut entry = Entry::default();

            add(&mut entry, text);

            let found: Vec<String> = entry.birth_dates.iter().map(ToString::to_string).collect();
            let found_spans = entry
                .birth_spans
                .iter()
                .map(|span| format!("{}{}{}", span.from, if span.circa { "~" } else { ".." }, span.through));
            assert_eq!(found.join(" "), dates, "{text}");
            assert_eq!(found_spans.collect::<Vec<_>>().join(" "), spans, "{text}");
        }
    }
}
