//! Telephone numbers by the numbering plans, offline (CIP-07). Says nothing about who answers.

use std::fmt;

use rlibphonenumber::{ParseError, PhoneNumber, PhoneNumberFormat, PhoneNumberType};
use serde::{Deserialize, Serialize};
use terms::Country;

use crate::check::{Check, Class, Rule};

/// Longer than any number with all its spaces.
const TEXT_LEN_MAX: usize = 40;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Mobile,
    FixedLine,
    /// The numbering plan does not tell them apart, as in North America.
    FixedLineOrMobile,
    Voip,
    TollFree,
    PremiumRate,
    SharedCost,
    Personal,
    Pager,
    /// One number for a whole company.
    Company,
    Voicemail,
    Unknown,
}

/// `Debug` does not show the number.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    pub checks: Vec<Check>,
    /// E.164, when the number is one of its country.
    pub normal: Option<String>,
    /// Whose numbering plan it belongs to; says nothing about where the telephone is.
    pub country: Option<Country>,
    pub kind: Option<Kind>,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Answer");
        out.field("checks", &self.checks).field("kind", &self.kind).finish_non_exhaustive()
    }
}

const PLAN: Rule = Rule { check: "telephone-plan@1", class: Class::C };
const USE: Rule = Rule { check: "telephone-kind@1", class: Class::E };

/// Numbers set aside for films and examples, by how their E.164 digits begin; `#` stands for any digit.
const FICTIONAL: &[&str] = &[
    // North American Numbering Plan: 555-0100 to 555-0199 of every area.
    "1###55501##",
    // Ofcom, numbers for drama.
    "447700900###",
    "442079460###",
    "441134960###",
    "441144960###",
    "441154960###",
    "441164960###",
    "441174960###",
    "441184960###",
    "441214960###",
    "441314960###",
    "441414960###",
    "441514960###",
    "441614960###",
    "441632960###",
    "441914980###",
    "442896496###",
    "442920180###",
    "443069990###",
    "448081570###",
    "449098790###",
    // Arcep, numbers for films.
    "3319900####",
    "3326191####",
    "3335301####",
    "3346571####",
    "3353649####",
    "3363998####",
    // ACMA, numbers for use in radio, film and television.
    "61255501###",
    "61255503###",
    "61355501###",
    "61370101###",
    "61755501###",
    "61770101###",
    "61855501###",
    "61870101###",
    "6149157####",
];

/// Checks a number in international form.
pub fn check(text: &str) -> Answer {
    let text = text.trim();
    if text.len() > TEXT_LEN_MAX || !text.chars().all(is_usual) {
        return refused(PLAN.fail("not-a-number", "It is not a telephone number."));
    }
    if !text.starts_with('+') {
        return refused(
            PLAN.fail("no-country-code", "The number does not begin with `+` and a country code."),
        );
    }
    let number: PhoneNumber = match text.parse() {
        Ok(number) => number,
        Err(error) => return refused(why_not(&error)),
    };
    let digits = number.format_as(PhoneNumberFormat::E164).into_owned();
    let country = number.get_region_code().and_then(|region| region.to_string().parse().ok());
    if is_fictional(&digits) {
        let check = PLAN.fail("fictional", "The number is set aside for films and examples; nobody has it.");
        return Answer { country, ..refused(check) };
    }
    if !number.is_valid() {
        return Answer {
            country,
            ..refused(PLAN.fail("not-in-use", "The country's numbering plan has no such number."))
        };
    }
    let kind = kind_of(number.get_type());
    let plan = PLAN.pass(
        "in-plan",
        "The country's numbering plan has such numbers; whether this one answers was not asked.",
    );
    Answer { checks: vec![plan, weigh(kind)], normal: Some(digits), country, kind: Some(kind) }
}

fn is_usual(c: char) -> bool {
    c.is_ascii_digit() || " +-().".contains(c)
}

fn refused(check: Check) -> Answer {
    Answer { checks: vec![check], normal: None, country: None, kind: None }
}

fn why_not(error: &ParseError) -> Check {
    match error {
        ParseError::InvalidCountryCode => {
            PLAN.fail("invalid-country-code", "No country has this country code.")
        }
        ParseError::TooShortAfterIdd | ParseError::TooShortNsn => {
            PLAN.fail("too-short", "The number is too short.")
        }
        ParseError::TooLongNsn => PLAN.fail("too-long", "The number is too long."),
        ParseError::NotANumber(_) => PLAN.fail("not-a-number", "It is not a telephone number."),
    }
}

fn is_fictional(e164: &str) -> bool {
    let digits = e164.trim_start_matches('+');
    let fits = |pattern: &&str| {
        pattern.len() == digits.len() && pattern.bytes().zip(digits.bytes()).all(|(p, d)| p == b'#' || p == d)
    };
    FICTIONAL.iter().any(fits)
}

fn kind_of(kind: PhoneNumberType) -> Kind {
    match kind {
        PhoneNumberType::FixedLine => Kind::FixedLine,
        PhoneNumberType::Mobile => Kind::Mobile,
        PhoneNumberType::FixedLineOrMobile => Kind::FixedLineOrMobile,
        PhoneNumberType::TollFree => Kind::TollFree,
        PhoneNumberType::PremiumRate => Kind::PremiumRate,
        PhoneNumberType::SharedCost => Kind::SharedCost,
        PhoneNumberType::VoIP => Kind::Voip,
        PhoneNumberType::PersonalNumber => Kind::Personal,
        PhoneNumberType::Pager => Kind::Pager,
        PhoneNumberType::UAN => Kind::Company,
        PhoneNumberType::VoiceMail => Kind::Voicemail,
        PhoneNumberType::Unknown => Kind::Unknown,
    }
}

fn weigh(kind: Kind) -> Check {
    match kind {
        Kind::Mobile => USE.pass("mobile", "A mobile number."),
        Kind::FixedLine => USE.pass("fixed-line", "A fixed line: a code may have to be spoken."),
        Kind::FixedLineOrMobile => USE.pass("fixed-line-or-mobile", "A fixed line or a mobile number."),
        Kind::Voip => {
            USE.warn("voip", "A number of an internet telephone service, easily had under any name.")
        }
        Kind::Personal => USE.warn("personal-number", "A number that is forwarded to others."),
        Kind::TollFree => USE.warn("toll-free", "A toll-free number belongs to a company, not to a person."),
        Kind::SharedCost => {
            USE.warn("shared-cost", "A shared-cost number belongs to a company, not to a person.")
        }
        Kind::Company => USE.warn("company-number", "One number for a whole company."),
        Kind::Pager => USE.warn("pager", "A pager cannot be spoken to."),
        Kind::Voicemail => USE.warn("voicemail", "A number of a voice mailbox."),
        Kind::PremiumRate => {
            USE.fail("premium-rate", "A premium-rate number: calling it costs and proves nothing.")
        }
        Kind::Unknown => {
            USE.unknown("kind-unknown", "The numbering plan does not say what kind of number it is.")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::CheckResult;
    use proptest::prelude::*;

    /// CIP-07
    #[test]
    fn numbers_are_told_apart_by_the_numbering_plans() {
        use CheckResult::*;
        let cases = [
            ("+49 1512 3456789", Pass, "mobile"),
            ("+44 20 8366 1177", Pass, "fixed-line"),
            ("+1 650 253 0000", Pass, "fixed-line-or-mobile"),
            ("+1 800 253 0000", Warn, "toll-free"),
            ("+44 56 1234 5678", Warn, "voip"),
            ("+44 70 1234 5678", Warn, "personal-number"),
            ("+1 900 253 0000", Fail, "premium-rate"),
            ("+39 892 123", Fail, "premium-rate"),
            ("+1 (202) 555-0143", Fail, "fictional"),
            ("+44 7700 900123", Fail, "fictional"),
            ("+33 6 39 98 12 34", Fail, "fictional"),
            ("+61 491 570 156", Fail, "fictional"),
            ("+999 123 456 789", Fail, "invalid-country-code"),
            ("+0 123 456 789", Fail, "invalid-country-code"),
            ("+1 123 456 7890", Fail, "not-in-use"),
            ("+49 1", Fail, "too-short"),
            ("+49 151234567890123456789", Fail, "too-long"),
            ("030 901820", Fail, "no-country-code"),
            ("", Fail, "no-country-code"),
            ("+1 800 FLOWERS", Fail, "not-a-number"),
            ("+49 30 901820;ext=1", Fail, "not-a-number"),
            ("+", Fail, "not-a-number"),
        ];
        for (text, result, reason) in cases {
            let answer = check(text);
            let last = answer.checks.last().expect("there is always a finding");
            assert_eq!((last.result, last.reason.as_str()), (result, reason), "{text}");
        }
    }

    #[test]
    fn a_good_number_has_one_form_and_a_country() {
        let answer = check("+49 (0)30 901820");

        assert_eq!(answer.normal.as_deref(), Some("+4930901820"));
        assert_eq!(answer.country.map(|country| country.to_string()).as_deref(), Some("DE"));
        assert!(!format!("{answer:?}").contains("901820"), "{answer:?}");
    }

    proptest! {
        #[test]
        fn any_text_gets_an_answer(text in ".{0,60}", digits in "\\+[0-9 ().-]{0,45}") {
            prop_assert!(!check(&text).checks.is_empty());
            prop_assert!(!check(&digits).checks.is_empty());
        }
    }
}
