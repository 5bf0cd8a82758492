//! Dates in the many ways in which lists write them.

use terms::PartialDate;

/// A word of a text that speaks of dates.
pub enum Token<'a> {
    Date(PartialDate),
    Word(&'a str),
}

/// Every date in the text and the words between them. Days before months, as all publishers but the American ones
/// write them; those name the month or give ISO dates.
pub fn tokens(text: &str) -> Vec<Token<'_>> {
    let words: Vec<&str> = text
        .split(|letter: char| letter.is_whitespace() || matches!(letter, ';' | ',' | '(' | ')'))
        .flat_map(|word| word.split_inclusive(['–', '—']))
        .filter(|word| !word.is_empty())
        .collect();
    let mut found = Vec::new();
    let mut index = 0;
    while index < words.len() {
        if let Some((from, through)) = years(words[index]) {
            found.extend([Token::Date(from), Token::Word("to"), Token::Date(through)]);
            index += 1;
            continue;
        }
        let (date, used) = date_at(&words[index..]);
        found.push(date.map_or(Token::Word(words[index]), Token::Date));
        index += used;
    }
    found
}

/// Every date in the text, each once: a range gives its first and last.
pub fn dates(text: &str) -> Vec<PartialDate> {
    let mut found = Vec::new();
    for token in tokens(text) {
        match token {
            Token::Date(date) if !found.contains(&date) => found.push(date),
            _ => {}
        }
    }
    found
}

pub fn date(text: &str) -> Option<PartialDate> {
    dates(text).into_iter().next()
}

/// Month before day, as American publishers write dates of publication.
pub fn american(text: &str) -> Option<String> {
    let mut parts = text.trim().split('/').map(|part| part.parse::<u16>().ok());
    let (month, day, year) = (parts.next()??, parts.next()??, parts.next()??);
    let date = PartialDate::new(year, u8::try_from(month).ok(), u8::try_from(day).ok());
    date.ok().map(|date| date.to_string())
}

fn date_at(words: &[&str]) -> (Option<PartialDate>, usize) {
    if let [day, name, year, ..] = words
        && let (Ok(day), Some(month), Some(year)) = (day.parse::<u8>(), month(name), year_of(year))
    {
        return (PartialDate::new(year, Some(month), Some(day)).ok(), 3);
    }
    if let [name, day, year, ..] = words
        && let (Some(month), Ok(day), Some(year)) = (month(name), day.parse::<u8>(), year_of(year))
    {
        return (PartialDate::new(year, Some(month), Some(day)).ok(), 3);
    }
    if let [name, year, ..] = words
        && let (Some(month), Some(year)) = (month(name), year_of(year))
    {
        return (PartialDate::new(year, Some(month), None).ok(), 2);
    }
    (words.first().and_then(|word| numeric(word)), 1)
}

/// `1949-1951`
fn years(word: &str) -> Option<(PartialDate, PartialDate)> {
    let (from, through) = word.split_once('-')?;
    let year = |text: &str| PartialDate::new(year_of(text)?, None, None).ok();
    Some((year(from)?, year(through)?))
}

/// `1949`, `1949-05-15`, `15/05/1949`, `15.5.1949`, `00/05/1949`, `dd/mm/1949`, `1949-05-15T…`.
fn numeric(word: &str) -> Option<PartialDate> {
    let word = word.split('T').next().unwrap_or(word).trim_end_matches(['.', '–', '—']);
    if let Some(year) = year_of(word) {
        return PartialDate::new(year, None, None).ok();
    }
    let parts: Vec<&str> = word.split(['-', '/', '.']).collect();
    let number = |text: &str| match text {
        "dd" | "mm" => Some(0),
        _ => text.parse::<u8>().ok().filter(|_| text.len() <= 2),
    };
    let (year, month, day) = match parts.as_slice() {
        [year, month, day] if year.len() == 4 => (year_of(year)?, number(month)?, number(day)?),
        [day, month, year] if year.len() == 4 => (year_of(year)?, number(month)?, number(day)?),
        [year, month] if year.len() == 4 => (year_of(year)?, number(month)?, 0),
        _ => return None,
    };
    let known = |part: u8| (part > 0).then_some(part);
    PartialDate::new(year, known(month), known(month).and(known(day))).ok()
}

fn year_of(word: &str) -> Option<u16> {
    let plain = word.len() == 4 && word.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| word.parse().ok()).flatten().filter(|year| (1000..=2199).contains(year))
}

fn month(word: &str) -> Option<u8> {
    const MONTHS: [&str; 12] =
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let start = word.get(..3)?.to_ascii_lowercase();
    let alphabetic = word.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'.');
    MONTHS.iter().position(|month| *month == start && alphabetic).map(|index| index as u8 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_lists_write_them() {
        for (text, expected) in [
            ("15 May 1949", "1949-05-15"),
            ("May 15, 1949", "1949-05-15"),
            ("circa 1949", "1949"),
            ("May 1949", "1949-05"),
            ("1949-05-15", "1949-05-15"),
            ("28/09/1955", "1955-09-28"),
            ("10/00/1983", "1983"),
            ("dd/mm/1961", "1961"),
            ("dd/05/1961", "1961-05"),
            ("1949-1951", "1949 1951"),
            ("1949–1951", "1949 1951"),
            ("(a) 1.1.1967, (b) 16.6.1967", "1967-01-01 1967-06-16"),
            ("00/04/1984", "1984-04"),
            ("00/00/1936", "1936"),
            ("29-06-2012", "2012-06-29"),
            ("26.11.1972", "1972-11-26"),
            ("1949 to 1951", "1949 1951"),
            ("between 1 Jan 1960 and Dec 1961", "1960-01-01 1961-12"),
            ("2026-02-27T00:00:09.554Z", "2026-02-27"),
            ("31 Feb 1949", ""),
            ("unknown", ""),
        ] {
            let found: Vec<String> = dates(text).iter().map(ToString::to_string).collect();
            assert_eq!(found.join(" "), expected, "{text}");
        }
        assert_eq!(american("04/22/2020").as_deref(), Some("2020-04-22"));
    }
}
