//! Ordinary people and companies of many countries: who is asked about and is not listed.
//!
//! Usual names come often and rare ones seldom, as they do among customers: a false alarm is mostly about a usual name.

use super::{
    Random,
    blocks::{Block, Choice, Order, Words},
};

const PERSONS: &str = include_str!("../../data/ordinary/persons.txt");
const COMPANIES: &str = include_str!("../../data/ordinary/companies.txt");
const COUNTRIES: &str = include_str!("../../data/ordinary/countries.txt");

/// How many family names of a thousand are none of the usual ones, where the data can make such.
const RARE_FAMILIES: u64 = 250;
/// How many words of a thousand in names of companies are made up.
const MADE_UP: u64 = 350;
const LETTERS: &[u8] = b"ABCDEFGHIKLMNOPRSTVZ";

/// All that is known of names and countries.
pub struct Ordinary {
    cultures: Vec<Culture>,
    languages: Vec<Language>,
    homes: Choice<Home>,
}

/// A country, and how its people and companies are called.
pub struct Home {
    /// ISO 3166, two letters.
    pub code: String,
    cultures: Choice<usize>,
    languages: Choice<usize>,
    forms: Words,
    cities: Words,
}

/// How persons are called.
struct Culture {
    name: String,
    orders: Choice<Order>,
    women: Words,
    men: Words,
    middle: Words,
    family: Words,
    stems: Words,
    ends: Words,
}

/// How companies are called.
struct Language {
    name: String,
    orders: Choice<Order>,
    qualities: Words,
    things: Words,
    trades: Words,
    stems: Words,
    ends: Words,
    forms: Words,
    cities: Words,
}

const SHIPPED: &str = "the shipped data is sound, as a test shows";

impl Default for Ordinary {
    fn default() -> Self {
        Self::new()
    }
}

impl Ordinary {
    pub fn new() -> Self {
        let cultures: Vec<Culture> = Block::parse_all(PERSONS).iter().map(Culture::of).collect();
        let languages: Vec<Language> = Block::parse_all(COMPANIES).iter().map(Language::of).collect();
        let homes = COUNTRIES.lines().filter(|line| !line.starts_with('#')).map(|line| {
            let cells: Vec<&str> = line.split('|').collect();
            let [code, weight, spoken, written, forms, cities]: [&str; 6] = cells.try_into().expect(SHIPPED);
            let culture = |name: &str| cultures.iter().position(|culture| culture.name == name);
            let language = |name: &str| languages.iter().position(|language| language.name == name);
            let home = Home {
                code: code.to_owned(),
                cultures: Choice::parse(spoken.split(' '), |name| culture(name).expect(SHIPPED))
                    .expect(SHIPPED),
                languages: Choice::parse(written.split(' '), |name| language(name).expect(SHIPPED))
                    .expect(SHIPPED),
                forms: Words::parse(forms),
                cities: Words::parse(cities),
            };
            (weight.parse().expect(SHIPPED), home)
        });
        Self { homes: Choice::of(homes.collect()).expect(SHIPPED), cultures, languages }
    }

    pub fn homes(&self) -> impl Iterator<Item = &Home> {
        self.homes.iter()
    }

    /// A country, big ones more often.
    pub fn home(&self, random: &mut Random) -> &Home {
        self.homes.pick(random)
    }

    pub fn person(&self, home: &Home, random: &mut Random) -> String {
        self.cultures[*home.cultures.pick(random)].person(random)
    }

    pub fn company(&self, home: &Home, random: &mut Random) -> String {
        let language = &self.languages[*home.languages.pick(random)];
        let culture = self.culture_written_as(language, home, random);
        let (first, second) = (culture.family(false, random), culture.family(false, random));
        let given = culture.men.usual(random).to_owned();
        language.orders.pick(random).fill(|slot| match slot {
            'q' => language.qualities.any(random).to_owned(),
            't' | 'u' => language.trades.usual(random).to_owned(),
            'w' => language.thing(random),
            'c' => first_of(&language.cities, &home.cities).any(random).to_owned(),
            'F' => first_of(&language.forms, &home.forms).usual(random).to_owned(),
            'a' => (0..random.between(2, 5)).map(|_| char::from(*random.pick(LETTERS))).collect(),
            'f' => first.clone(),
            'h' => second.clone(),
            'g' => given.clone(),
            _ => culture.middle(false, random),
        })
    }

    /// A culture of the country whose names stand in the script of the language, where it has one.
    fn culture_written_as(&self, language: &Language, home: &Home, random: &mut Random) -> &Culture {
        const TRIES: usize = 8;
        let picked = (0..TRIES).map(|_| &self.cultures[*home.cultures.pick(random)]);
        let mut picked: Vec<&Culture> = picked.collect();
        let latin = |words: &Words| words.iter().next().is_none_or(|word| word.starts_with(is_latin));
        let fitting = picked.iter().position(|culture| latin(&culture.family) == latin(&language.things));
        picked.swap_remove(fitting.unwrap_or(0))
    }

    /// The name of somebody, wherever.
    pub fn anyone(&self, random: &mut Random) -> String {
        self.person(self.home(random), random)
    }

    /// The name of a company, wherever.
    pub fn any_company(&self, random: &mut Random) -> String {
        self.company(self.home(random), random)
    }
}

fn is_latin(letter: char) -> bool {
    letter < '\u{250}'
}

fn first_of<'a>(first: &'a Words, second: &'a Words) -> &'a Words {
    if first.is_empty() { second } else { first }
}

fn orders(block: &Block, slots: &str) -> Choice<Order> {
    Choice::parse(block.text("order").split(','), |text| Order::parse(text, slots)).expect(SHIPPED)
}

impl Culture {
    fn of(block: &Block) -> Self {
        Self {
            name: block.name.clone(),
            orders: orders(block, "gsmpfh"),
            women: block.words("women"),
            men: block.words("men"),
            middle: block.words("middle"),
            family: block.words("family"),
            stems: block.words("stems"),
            ends: block.words("ends"),
        }
    }

    fn person(&self, random: &mut Random) -> String {
        let woman = random.permille(500);
        let order = self.orders.pick(random);
        let mut last = String::new();
        order.fill(|slot| {
            let mut part = || match slot {
                'g' | 's' if woman => self.women.usual(random).to_owned(),
                'g' | 's' | 'm' => self.men.usual(random).to_owned(),
                'p' => self.middle(woman, random),
                _ => self.family(woman, random),
            };
            // Nobody has one name twice, or hardly anybody.
            let picked = part();
            last = if picked == last { part() } else { picked };
            last.clone()
        })
    }

    fn middle(&self, woman: bool, random: &mut Random) -> String {
        form_of(self.middle.usual(random), woman).to_owned()
    }

    fn family(&self, woman: bool, random: &mut Random) -> String {
        if !self.stems.is_empty() && random.permille(RARE_FAMILIES) {
            let (stem, end) = (self.stems.any(random), self.ends.any(random));
            return format!("{stem}{}", form_of(end, woman));
        }
        form_of(self.family.usual(random), woman).to_owned()
    }
}

/// Of `Ivanov/Ivanova` the one that fits.
fn form_of(word: &str, woman: bool) -> &str {
    match word.split_once('/') {
        Some((_, of_woman)) if woman => of_woman,
        Some((of_man, _)) => of_man,
        None => word,
    }
}

impl Language {
    fn of(block: &Block) -> Self {
        Self {
            name: block.name.clone(),
            orders: orders(block, "qtuwcfhgapF"),
            qualities: block.words("qualities"),
            things: block.words("things"),
            trades: block.words("trades"),
            stems: block.words("stems"),
            ends: block.words("ends"),
            forms: block.words("forms"),
            cities: block.words("cities"),
        }
    }

    fn thing(&self, random: &mut Random) -> String {
        if !self.stems.is_empty() && random.permille(MADE_UP) {
            return format!("{}{}", self.stems.any(random), self.ends.any(random));
        }
        self.things.any(random).to_owned()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_country_has_people_and_companies() {
        let ordinary = Ordinary::new();
        let mut random = Random::new(3);
        assert!(ordinary.homes().count() >= 60);
        for home in ordinary.homes() {
            assert!(terms::Country::named(&home.code).is_some(), "{}", home.code);
            for _ in 0..200 {
                for name in [ordinary.person(home, &mut random), ordinary.company(home, &mut random)] {
                    assert!(name.chars().any(char::is_alphabetic), "{} {name}", home.code);
                    assert!(!name.contains("  ") && name == name.trim(), "{} `{name}`", home.code);
                }
            }
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_names_and_usual_names_come_again() {
        let ordinary = Ordinary::new();
        let names = |seed| {
            let mut random = Random::new(seed);
            (0..5000).map(|_| ordinary.anyone(&mut random)).collect::<Vec<_>>()
        };

        let distinct: HashSet<String> = names(5).into_iter().collect();

        assert_eq!(names(5), names(5));
        assert_ne!(names(5), names(6));
        assert!((4000..4990).contains(&distinct.len()), "{}", distinct.len());
    }
}
