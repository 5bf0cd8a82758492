//! What ordinary words are worth: particles, titles, common names, and words that stand for one another.

use std::{
    collections::{BTreeMap, HashMap},
    sync::OnceLock,
};

const PARTICLES: &str = "al el ul ad ar ash at az bin ibn ben bint binti ould wuld wald bou de da dos del \
    della di du la le les los las van von der den ter ten zu zur y und et and the of for in ul ur st";

/// Lesser words of names of companies.
const COMPANY_PARTICLES: &str =
    "imeni im imena named after va ve wa to by para pour fur fuer sur con a an aux dlya with";

const TITLES: &str = "mr mrs ms miss dr prof professor sir lord lady hon sheikh shaikh shaykh sheik haji hajj hajji \
    mullah mulla maulawi mawlawi qari sayyid syed sayed sayyed general gen colonel col major maj captain capt lt jr sr \
    ayatollah imam alhaji hadji engineer eng ing";

/// Names that stand for one another. Each line is a group; its first word names it.
const NAMES_ALIKE: &str = "\
muhammad mohammed mohamed mohammad muhammed muhamad mohd md mehmed mehmet mohamad mahomed magomed
ahmad ahmed ahmet achmad
hussein husain hussain husayn hosein hoseyn huseyin hossain
hassan hasan hasson
yusuf yousef youssef yousuf joseph jose iosif josef giuseppe yosef
ibrahim abraham ebrahim brahim avraham
musa moses moussa mousa moshe
sulayman suleiman solomon soleiman sulaiman suleyman
umar omar omer
uthman osman othman usman
abdul abdel abd abdal abdoul
abu abou aboo
yahya yehia john johannes ivan jan juan jean giovanni johann ian
alexander aleksandr alexandr alejandro oleksandr alexandre aliaksandr sasha sascha alex iskandar
michael mikhail miguel michel mykhailo mikhael misha mike
nicholas nikolai nikolay nicolas mykola mikalai nikolaus nick
vladimir volodymyr uladzimir vova
sergey sergei serhii serhiy siarhei serge sergio
andrew andrey andrei andriy andrii andrea andreas andres
dmitry dmitri dmitriy dmytro dzmitry dima dimitri
eugene yevgeny evgeny evgeniy yevhen evgeni yevgeniy yauhen
george georgy georgiy jorge giorgio yuri yury yuriy iurii heorhii georgi
peter petr pyotr petro pedro pierre piotr
paul pavel pavlo pablo
natalia natalya nataliya natasha
helen elena yelena olena
william bill will billy liam wilhelm
robert bob rob bobby roberto
richard dick rick ricardo
james jim jimmy jamie
elizabeth liz beth betty elisabeth
margaret peggy maggie meg
thomas tom tommy tomas
anthony tony antonio anton antoine
charles charlie chuck carlos karl carl
francis francisco frank francesco franz
louis luis ludwig lewis
david davide dawud daoud dawood
katherine catherine ekaterina yekaterina kateryna katharina
kim gim ghim
lee yi rhee ri
park pak bak
choi choe
chung jung jeong jong cheong
jang chang
un eun
hyon hyun hyeon
yong young yeong
sok suk seok
yun yoon youn
chol cheol chul
song sung seong
myong myung myeong
kwang gwang
kuk guk gook
sang ssang
zhang cheung teo
wang wong ong
chen chan tan
liu lau low
huang hwang
xu hsu
cai tsai
";

/// Whether a word is a particle, or a title in a name of a person.
pub fn is_minor(word: &str, person: bool) -> bool {
    static SETS: OnceLock<[HashMap<&'static str, ()>; 3]> = OnceLock::new();
    let set = |text: &'static str| text.split_whitespace().map(|word| (word, ())).collect();
    let [particles, titles, lesser] =
        SETS.get_or_init(|| [set(PARTICLES), set(TITLES), set(COMPANY_PARTICLES)]);
    particles.contains_key(word) || if person { titles } else { lesser }.contains_key(word)
}

/// Ordinary words of company names in the languages that lists romanise. With a star: all words that begin so.
const WORDS_ALIKE: &str = include_str!("../data/words_alike.txt");

/// Groups of persons' names begin at 0, groups of ordinary words here.
const WORDS_START: u16 = 10_000;

/// The number of a group, and the word that names it.
type Group = (u16, &'static str);

struct Groups {
    whole: HashMap<&'static str, Group>,
    /// Beginnings of words by their length, longest first.
    stems: Vec<(usize, HashMap<&'static str, Group>)>,
}

impl Groups {
    fn new(text: &'static str, start: u16) -> Self {
        let mut groups = Groups { whole: HashMap::new(), stems: Vec::new() };
        let mut stems: BTreeMap<usize, HashMap<_, _>> = BTreeMap::new();
        for (number, line) in text.lines().enumerate() {
            let head = line.split_whitespace().next().unwrap_or("");
            let group = (start + number as u16, head);
            for word in line.split_whitespace() {
                // A word in two groups stays in the first.
                match word.strip_suffix('*') {
                    Some(stem) => stems.entry(stem.len()).or_default().entry(stem).or_insert(group),
                    None => groups.whole.entry(word).or_insert(group),
                };
            }
        }
        groups.stems = stems.into_iter().rev().collect();
        groups
    }

    fn find(&self, word: &str) -> Option<Group> {
        let by_stem = || self.stems.iter().find_map(|(len, stems)| stems.get(word.get(..*len)?).copied());
        self.whole.get(word).copied().or_else(by_stem)
    }
}

/// The number of the word's group, with the word that names the group; `None` for words apart.
pub fn group(word: &str, person: bool) -> Option<Group> {
    static GROUPS: OnceLock<[Groups; 2]> = OnceLock::new();
    let [names, words] =
        GROUPS.get_or_init(|| [Groups::new(NAMES_ALIKE, 0), Groups::new(WORDS_ALIKE, WORDS_START)]);
    if person { names.find(word) } else { words.find(word).or_else(|| names.find(word)) }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn ordinary_words_stand_in_one_group_and_stems_are_not_short() {
        let mut seen = HashSet::new();
        for word in WORDS_ALIKE.split_whitespace() {
            assert!(seen.insert(word), "`{word}` stands twice");
            let letters = word.strip_suffix('*').unwrap_or(word);
            let plain = letters.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
            assert!(plain, "`{word}` is not as words are compared");
            assert!(letters == word || letters.len() >= 3, "`{word}` begins too many words");
        }
        assert!(is_minor("imeni", false) && !is_minor("imeni", true));
    }
}
