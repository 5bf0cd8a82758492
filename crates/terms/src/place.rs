//! A country or a part of one, as measures and addresses name it.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::Country;

/// A country (`UA`) or a subdivision of it in the form of ISO 3166-2 (`UA-43`).
///
/// The country exists; the subdivision is taken on its form alone, 1 to 3 letters or digits after
/// the dash, so that a pack can name regions for which there is no ISO code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Place {
    country: Country,
    /// Padded with zeros; all zeros for the whole country.
    region: [u8; 3],
}

/// The text is neither a country nor a subdivision in the form of ISO 3166-2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a place: give a country such as `UA` or a subdivision such as `UA-43`")]
pub struct NotAPlace;

impl Place {
    pub fn country(self) -> Country {
        self.country
    }

    /// The code after the dash; `None` for a whole country.
    pub fn region(&self) -> Option<&str> {
        let len = self.region.iter().position(|&byte| byte == 0).unwrap_or(3);
        let text = std::str::from_utf8(&self.region[..len]).expect("the constructor takes ASCII only");
        (!text.is_empty()).then_some(text)
    }

    /// Whether all of `other` lies in this place: `UA` covers `UA-43` and itself, `UA-43` does not
    /// cover `UA`.
    pub fn covers(&self, other: &Place) -> bool {
        self.country == other.country && (self.region().is_none() || self.region == other.region)
    }
}

impl From<Country> for Place {
    fn from(country: Country) -> Self {
        Self { country, region: [0; 3] }
    }
}

impl FromStr for Place {
    type Err = NotAPlace;

    fn from_str(text: &str) -> Result<Self, NotAPlace> {
        let (country, code) = match text.split_once('-') {
            Some((country, code)) => (country, Some(code)),
            None => (text, None),
        };
        let country: Country = country.parse().map_err(|_| NotAPlace)?;
        let Some(code) = code else { return Ok(country.into()) };
        if !(1..=3).contains(&code.len()) || !code.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(NotAPlace);
        }
        let mut region = [0; 3];
        for (to, from) in region.iter_mut().zip(code.bytes()) {
            *to = from.to_ascii_uppercase();
        }
        Ok(Self { country, region })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.region() {
            None => f.pad(self.country.code()),
            Some(region) => f.pad(&format!("{}-{region}", self.country)),
        }
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Place({self})")
    }
}

impl TryFrom<String> for Place {
    type Error = NotAPlace;

    fn try_from(text: String) -> Result<Self, NotAPlace> {
        text.parse()
    }
}

impl From<Place> for String {
    fn from(place: Place) -> String {
        place.to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn place(text: &str) -> Place {
        text.parse().unwrap()
    }

    #[test]
    fn a_country_covers_its_parts_and_not_the_other_way_round() {
        let (ukraine, crimea, russia) = (place("UA"), place("ua-43"), place("RU"));

        assert!(ukraine.covers(&crimea) && ukraine.covers(&ukraine) && crimea.covers(&crimea));
        assert!(!crimea.covers(&ukraine) && !russia.covers(&crimea) && !crimea.covers(&place("UA-4")));
        assert_eq!((crimea.to_string().as_str(), crimea.region()), ("UA-43", Some("43")));
    }

    #[test]
    fn other_forms_are_refused() {
        for text in ["", "-", "UA-", "UA-1234", "UA-4 3", "QQ", "UA_43", "UKR", "UA-é", "UA-4-3"] {
            assert!(text.parse::<Place>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_place_travels_as_text() {
        assert_eq!(serde_json::to_string(&place("us-ca")).unwrap(), "\"US-CA\"");
        assert_eq!(serde_json::from_str::<Place>("\"CN-HK\"").unwrap(), place("CN-HK"));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic_and_all_it_takes_it_gives_back(text in "\\PC*|[a-zA-Z]{2}(-[a-zA-Z0-9]{1,3})?") {
            if let Ok(place) = text.parse::<Place>() {
                prop_assert_eq!(place.to_string(), text.to_uppercase());
            }
        }
    }
}
