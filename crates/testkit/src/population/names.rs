//! Names and places as they are usual where somebody lives.

use screening::trial::Random;

const NAMES: &str = include_str!("names.txt");
const COUNTRIES: &str = include_str!("countries.txt");

/// What names of companies are made of, beside a family's.
const TRADES: &[&str] = &[
    "Systems",
    "Cloud",
    "Media",
    "Logistics",
    "Data",
    "Trading",
    "Digital",
    "Networks",
    "Software",
    "Games",
    "Analytics",
    "Hosting",
    "Labs",
    "Commerce",
    "Robotics",
    "Telecom",
    "Energy",
    "Studios",
    "Consulting",
    "Biotech",
];

pub struct Group {
    name: &'static str,
    given: Vec<&'static str>,
    family: Vec<&'static str>,
}

pub struct Home {
    pub code: &'static str,
    weight: u64,
    groups: Vec<usize>,
    dial: &'static str,
    legal_form: &'static str,
    street: &'static str,
    cities: Vec<&'static str>,
}

/// All that is known of names and countries.
pub struct Names {
    groups: Vec<Group>,
    pub homes: Vec<Home>,
    weights: u64,
}

impl Names {
    pub fn read() -> Self {
        let groups: Vec<Group> = rows(NAMES)
            .map(|row| Group {
                name: row[0],
                given: row[1].split(';').collect(),
                family: row[2].split(';').collect(),
            })
            .collect();
        let homes: Vec<Home> = rows(COUNTRIES)
            .map(|row| Home {
                code: row[0],
                weight: row[1].parse().expect("a weight is a number"),
                groups: row[2].split(',').map(|name| position(&groups, name)).collect(),
                dial: row[3],
                legal_form: row[4],
                street: row[5],
                cities: row[6].split(';').collect(),
            })
            .collect();
        let weights = homes.iter().map(|home| home.weight).sum();
        Self { groups, homes, weights }
    }

    /// A country, big ones more often.
    pub fn home(&self, random: &mut Random) -> &Home {
        let mut at = random.number() % self.weights;
        for home in &self.homes {
            if at < home.weight {
                return home;
            }
            at -= home.weight;
        }
        &self.homes[0]
    }

    pub fn home_of(&self, code: &str) -> Option<&Home> {
        self.homes.iter().find(|home| home.code == code)
    }

    /// The name of an individual.
    pub fn person(&self, home: &Home, random: &mut Random) -> String {
        let group = &self.groups[*random.pick(&home.groups)];
        let (given, family) = (*random.pick(&group.given), *random.pick(&group.family));
        // In Indonesia and some neighbours one name is a whole name.
        if group.name == "id" && random.permille(120) {
            return given.to_owned();
        }
        match group.name {
            "zh" | "ja" | "ko" => format!("{family}{given}"),
            "hu" | "zh_l" | "ja_l" | "ko_l" | "vi" => format!("{family} {given}"),
            "en" | "de" | "fr" | "nl" | "pt" | "no" if random.permille(250) => {
                let second = random.pick(&group.given);
                if *second == given {
                    format!("{given} {family}")
                } else {
                    format!("{given} {second} {family}")
                }
            }
            _ => format!("{given} {family}"),
        }
    }

    pub fn company(&self, home: &Home, random: &mut Random) -> String {
        let group = &self.groups[*random.pick(&home.groups)];
        let (family, trade) = (*random.pick(&group.family), *random.pick(TRADES));
        let other = *random.pick(TRADES);
        match home.legal_form {
            "有限公司" | "股份有限公司" | "株式会社" => {
                format!("{family}{trade}{}", home.legal_form)
            }
            form @ ("ООО" | "ТОВ" | "PT") => format!("{form} {family} {trade}"),
            form if random.permille(400) && trade != other => format!("{family} {trade} & {other} {form}"),
            form => format!("{family} {trade} {form}"),
        }
    }
}

impl Home {
    /// A number that nobody else has; with `number` up to seven digits it is never longer than 15.
    pub fn telephone(&self, number: u32) -> String {
        format!("+{}{:07}", self.dial, number % 10_000_000)
    }

    pub fn street(&self, random: &mut Random) -> String {
        let number = random.between(1, 400);
        if self.street.starts_with(char::is_lowercase)
            || self.street.ends_with("Road")
            || self.street.ends_with("Street")
        {
            format!("{number} {}", self.street)
        } else {
            format!("{} {number}", self.street)
        }
    }

    pub fn city(&self, random: &mut Random) -> &'static str {
        self.cities[random.below(self.cities.len())]
    }
}

/// Another spelling of a name: two letters change places, one is doubled or left out, or the words change order.
pub fn misspell(name: &str, random: &mut Random) -> String {
    let words: Vec<&str> = name.split(' ').collect();
    if words.len() > 1 && random.permille(250) {
        let (last, first) = words.split_last().expect("there are two words");
        return format!("{last} {}", first.join(" "));
    }
    let mut letters: Vec<char> = name.chars().collect();
    let inner: Vec<usize> = (1..letters.len().saturating_sub(2))
        .filter(|&at| letters[at - 1..=at + 1].iter().all(|letter| letter.is_lowercase()))
        .collect();
    if inner.is_empty() {
        return name.to_owned();
    }
    let at = *random.pick(&inner);
    match random.below(3) {
        0 => letters.swap(at, at + 1),
        1 => letters.insert(at, letters[at]),
        _ => {
            letters.remove(at);
        }
    }
    letters.into_iter().collect()
}

/// Lines of fields between bars; `#` before a remark.
fn rows(text: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    text.lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.split('|').collect())
}

fn position(groups: &[Group], name: &str) -> usize {
    groups.iter().position(|group| group.name == name).expect("a country names groups that there are")
}
