//! Words as sounds, and what it costs to turn one into the other.
//!
//! A name written in another script comes through that script's own sound system: Japanese has no `l`, Arabic writes
//! no short vowels, Chinese has syllables only. So the price of a difference depends on where the word comes from.

mod apart;

use std::sync::OnceLock;

use crate::text::Script;

pub use apart::apart;

/// One sound, as the letter that stands for it: `S` is sh, `Z` zh, `C` ch, `J` as in jam, `X` ts, `H` kh, `G` gh,
/// `T` and `D` are th; `A`, `E` and `U` are the Korean vowels eo, ae and eu; the others are themselves.
pub type Sound = u8;

/// Longer words are compared by their first sounds.
const SOUNDS_MAX: usize = 48;

/// Which sound system stands between two words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Passage {
    /// Both are spelt out in one alphabet.
    Spelt,
    /// One is from another alphabet than Latin.
    Lettered,
    /// One is from Arabic or Hebrew script.
    Unvowelled,
    Kana,
    Hangul,
    Han,
}

impl Passage {
    const ALL: [Passage; 6] = [
        Passage::Spelt,
        Passage::Lettered,
        Passage::Unvowelled,
        Passage::Kana,
        Passage::Hangul,
        Passage::Han,
    ];

    /// The passage, and whether the first word is the one that came through it.
    pub fn between(a: Script, b: Script) -> (Passage, bool) {
        let (from_a, from_b) = (Passage::of(a), Passage::of(b));
        if a == b { (Passage::Spelt, true) } else { (from_a.max(from_b), (from_a, a) >= (from_b, b)) }
    }

    fn of(script: Script) -> Passage {
        match script {
            Script::Arabic | Script::Hebrew => Passage::Unvowelled,
            Script::Kana => Passage::Kana,
            Script::Hangul => Passage::Hangul,
            Script::Han => Passage::Han,
            Script::Cyrillic | Script::Other => Passage::Lettered,
            Script::Latin => Passage::Spelt,
        }
    }

    /// Whether all sounds are written on both sides.
    pub fn is_spelt_out(self) -> bool {
        matches!(self, Passage::Spelt | Passage::Lettered)
    }
}

/// Whether one of the scripts does not write all sounds that the other has.
pub fn is_crossed(a: Script, b: Script) -> bool {
    crossing(a, b).is_some()
}

/// How many ways there are to come from a script that does not write all sounds.
pub const CROSSINGS: usize = 4;

/// Which of them is between the scripts, if one is.
pub fn crossing(a: Script, b: Script) -> Option<usize> {
    match Passage::between(a, b).0 {
        Passage::Spelt | Passage::Lettered => None,
        Passage::Unvowelled => Some(0),
        Passage::Kana => Some(1),
        Passage::Hangul => Some(2),
        Passage::Han => Some(3),
    }
}

pub fn is_vowel(sound: u8) -> bool {
    matches!(sound, b'a' | b'e' | b'i' | b'o' | b'u' | b'A' | b'E' | b'U')
}

/// The sounds of a word of plain letters `a` to `z`. Letters of Pinyin have sounds of their own, where it is known that
/// they are such.
pub fn sounds(text: &str, script: Script) -> Vec<Sound> {
    let [latin, han, hangul] = [Script::Latin, Script::Han, Script::Hangul].map(|of| script == of);
    let bytes = text.as_bytes();
    let mut out: Vec<Sound> = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() && out.len() < SOUNDS_MAX {
        let (sound, used): (&[u8], usize) = match &bytes[at..] {
            [b's', b'c', b'h', ..] => (b"S", 3),
            [b's', b'h', b'c', b'h', ..] => (b"S", 4),
            [b't', b'c', b'h', ..] | [b't', b's', b'h', ..] => (b"C", 3),
            [b'd', b'z', b'h', ..] | [b'd', b's', b'h', ..] => (b"J", 3),
            [b's', b'h', ..] | [b's', b'z', ..] => (b"S", 2),
            [b'c', b'h', ..] | [b'c', b'z', ..] => (b"C", 2),
            [b'k', b'h', ..] => (b"H", 2),
            [b'g', b'h', ..] => (b"G", 2),
            [b'p', b'h', ..] => (b"f", 2),
            [b't', b'h', ..] => (b"T", 2),
            [b'd', b'h', ..] => (b"D", 2),
            [b'z', b'h', ..] => (b"Z", 2),
            [b'd', b'j', ..] => (b"J", 2),
            [b't', b's', ..] | [b't', b'z', ..] => (b"X", 2),
            [b'c', b'k', ..] => (b"k", 2),
            [b'o', b'u', ..] | [b'o', b'o', ..] => (b"u", 2),
            [b'e', b'e', ..] => (b"i", 2),
            // `ü` and `ö` in other letters.
            [vowel @ (b'u' | b'o'), b'e', ..] if latin => (std::slice::from_ref(vowel), 2),
            [b'e', b'o', ..] if hangul => (b"A", 2),
            [b'e', b'u', ..] if hangul => (b"U", 2),
            [b'a', b'e', ..] if hangul => (b"E", 2),
            [b'x', ..] if han => (b"S", 1),
            [b'q', ..] if han => (b"C", 1),
            [b'c', ..] if han => (b"X", 1),
            [b'c', b'e' | b'i' | b'y', ..] => (b"s", 1),
            [b'c' | b'q', ..] => (b"k", 1),
            [b'x', ..] => (b"ks", 1),
            [b'y', next, ..] if is_vowel(*next) => (b"y", 1),
            [b'y', ..] => (b"i", 1),
            [letter, ..] => (std::slice::from_ref(letter), 1),
            [] => break,
        };
        for &sound in sound {
            if out.last() != Some(&sound) {
                out.push(sound);
            }
        }
        at += used;
    }
    out
}

/// Consonants in broad classes, what is often lost left out: `putin`, `poutine` and `pujing` are all `PTN`. A breath
/// counts where a word begins with it: `hussein` and `gusein` are `KSN`, `ahmad` and `akhmad` `NT`. Where vowels are not written a `w` is mostly one: it is left out, and parts what stands on its sides.
pub fn outline(sounds: &[Sound], script: Script) -> Vec<u8> {
    let unvowelled = Passage::of(script) == Passage::Unvowelled;
    // A lone `h` becomes `fu` in kana: Mahmud is Mafumudo.
    let breath = |at: usize| script == Script::Kana && sounds.get(at + 1) == Some(&b'u');
    let mut outline: Vec<u8> = Vec::with_capacity(sounds.len());
    let classes = sounds.iter().enumerate().filter_map(|(at, &sound)| match sound {
        b'f' if at > 0 && breath(at) => Some(PARTED),
        _ => class(at, sound, unvowelled),
    });
    for sound in classes {
        if outline.last() != Some(&sound) {
            outline.push(sound);
        }
    }
    outline.retain(|sound| *sound != PARTED);
    outline
}

/// The class of a sound at this place of a word; `None` where it is left out.
fn class(at: usize, sound: Sound, unvowelled: bool) -> Option<u8> {
    match sound {
        b'h' | b'H' if at == 0 => Some(b'K'),
        b'w' if unvowelled => Some(PARTED),
        b'p' | b'b' | b'f' | b'v' | b'w' => Some(b'P'),
        b't' | b'd' | b'T' | b'D' | b'C' | b'J' | b'X' | b'j' => Some(b'T'),
        b's' | b'z' | b'S' | b'Z' => Some(b'S'),
        b'k' | b'g' | b'G' => Some(b'K'),
        b'l' | b'r' => Some(b'R'),
        b'm' | b'n' => Some(b'N'),
        b'0'..=b'9' => Some(sound),
        _ => None,
    }
}

/// Stands in an outline that is being made for what parts two consonants and is none.
const PARTED: u8 = b' ';

/// What it costs to change and to lose sounds on one passage, in hundredths of a sound.
struct Prices {
    change: [[u16; 128]; 128],
    /// Lost from the word that came through the passage.
    added: [u16; 128],
    /// Lost from the other word.
    lost: [u16; 128],
}

/// What a sound costs that is like no other.
const WHOLE: u16 = 100;

impl Prices {
    /// What sounds of a word cost that the asked one has not, which came through the passage or did not.
    fn down(&self, asked_came: bool) -> &[u16; 128] {
        if asked_came { &self.lost } else { &self.added }
    }

    fn of(passage: Passage) -> &'static Prices {
        static ALL: OnceLock<Vec<Prices>> = OnceLock::new();
        &ALL.get_or_init(|| Passage::ALL.into_iter().map(Prices::new).collect())[passage as usize]
    }

    fn new(passage: Passage) -> Self {
        let mut prices = Prices { change: [[WHOLE; 128]; 128], added: [WHOLE; 128], lost: [WHOLE; 128] };
        let vowels = *b"aeiou";
        for a in vowels {
            for b in vowels {
                prices.set(a, b, 40);
            }
            prices.drop(a, 45);
        }
        for pair in ["ei", "ou", "ae"] {
            prices.alike(pair, 25);
        }
        for (pairs, price) in [
            ("vw fv jy iy TJ", 20),
            ("Hh Gg Tt Dd Jj Zj ZJ", 15),
            ("pb td kg sz SZ CJ fp bv Xs Xz XC sS zZ Hk CS Ts Dz wu GH Gr dz yJ yj", 40),
            ("Jg jh jg hk hg kC", 50),
            ("lr mn", 70),
        ] {
            pairs.split(' ').for_each(|pair| prices.alike(pair, price));
        }
        prices.drop(b'h', 35);
        prices.drop(b'y', 35);
        prices.drop(b'w', 60);
        match passage {
            Passage::Spelt => {}
            Passage::Lettered => prices.lettered(),
            Passage::Unvowelled => prices.unvowelled(),
            Passage::Kana => prices.syllabic("lr=0 bv=0 wv=10 uv=30 fh=5 hf=5 Ts=0 Dz=0 zJ=5 ZJ=0 dJ=10 sS=10 tC=10 dz=30 Xt=5 XC=10 kH=5 hH=5 yi=0 mn=20 wu=5 Jg=40 kg=40", b"uoi"),
            Passage::Hangul => {
                prices.syllabic("lr=0 bv=0 wv=10 fp=0 fh=20 zJ=5 sS=5 Ts=0 Tt=5 Dd=5 ZJ=0 XC=5 Xs=20 kg=5 td=5 bp=5 CJ=5 kH=5 hH=5 yi=0 wu=5", b"uieo");
                prices.korean();
            }
            Passage::Han => prices.syllabic("lr=5 bv=10 wv=5 pb=15 fv=10 fh=30 fp=30 td=15 kg=15 kH=15 hH=5 hg=30 kJ=35 gJ=30 tC=30 tJ=30 dJ=25 zJ=20 zZ=10 ZJ=10 sS=10 sX=20 XZ=20 SH=30 Sh=30 Sk=40 SC=30 CX=20 Ts=10 Dz=20 mn=40 yi=0 wu=0 yJ=30 wh=30", b"aeiou"),
        }
        prices
    }

    /// Other alphabets write `h` as kh or g, and `j` as dzh.
    fn lettered(&mut self) {
        for (pairs, price) in [("hH Hh", 5), ("gh kH wv wu", 15), ("Jj JZ jZ ei ao", 20), ("XC SC ks", 35)] {
            pairs.split(' ').for_each(|pair| self.alike(pair, price));
        }
        self.drop(b'h', 25);
        self.drop(b'y', 20);
        self.drop(b'i', 35);
    }

    fn unvowelled(&mut self) {
        for vowel in *b"aeiou" {
            self.lost[usize::from(vowel)] = 4;
            self.added[usize::from(vowel)] = 15;
            for other in *b"aeiou" {
                self.set(vowel, other, 10);
            }
        }
        for (pairs, price) in [
            ("wu wo wv yi ye Tt Dd", 5),
            ("bp fp vf kg Jg Gg Dz zd Ts tT kH hH SZ yJ CS JZ", 12),
            ("ya wa ha hC ky kC sS Xs Xz Jj", 25),
        ] {
            pairs.split(' ').for_each(|pair| self.alike(pair, price));
        }
        for (letter, price) in [(b'h', 15), (b'w', 30), (b'y', 25)] {
            self.drop(letter, price);
        }
    }

    /// Every consonant gets its vowel, and sounds that the language has not become its nearest ones.
    fn syllabic(&mut self, pairs: &str, helping: &[u8]) {
        for vowel in *b"aeiou" {
            self.added[usize::from(vowel)] = if helping.contains(&vowel) { 8 } else { 20 };
            self.lost[usize::from(vowel)] = 25;
            for other in *b"aeiou" {
                self.set(vowel, other, if vowel == other { 0 } else { 15 });
            }
        }
        for pair in pairs.split(' ') {
            let (pair, price) = pair.split_once('=').expect("pairs are written with their price");
            self.alike(pair, price.parse().expect("a price is a whole number"));
        }
        for letter in *b"hyw" {
            self.drop(letter, 25);
        }
        // `r` before a consonant and at the end is often not written, and neither are second consonants.
        self.lost[usize::from(b'r')] = 30;
        self.lost[usize::from(b'l')] = 45;
        for letter in *b"tdkgn" {
            self.lost[usize::from(letter)] = 60;
            self.added[usize::from(letter)] = 60;
        }
    }

    /// Vowels of Korean, which Latin letters write in many ways, but not in any: eo as o or u, not as a.
    fn korean(&mut self) {
        let vowels = *b"aeiouAEU";
        for a in vowels {
            self.added[usize::from(a)] = if b"Uu".contains(&a) { 8 } else { 25 };
            for b in vowels.into_iter().filter(|b| *b != a) {
                self.set(a, b, 35);
            }
        }
        for (pairs, price) in [("Ee Uu Ao", 5), ("Au ou Ea", 15), ("Ae Uo Ue Ui ei", 20)] {
            pairs.split(' ').for_each(|pair| self.alike(pair, price));
        }
    }

    fn alike(&mut self, pair: &str, price: u16) {
        let [a, b] = [pair.as_bytes()[0], pair.as_bytes()[1]];
        self.set(a, b, price);
    }

    fn set(&mut self, a: u8, b: u8, price: u16) {
        self.change[usize::from(a)][usize::from(b)] = price;
        self.change[usize::from(b)][usize::from(a)] = price;
    }

    fn drop(&mut self, sound: u8, price: u16) {
        self.added[usize::from(sound)] = price;
        self.lost[usize::from(sound)] = price;
    }
}

/// The sounds of one word, held against those of many others, one after the other. Of two that begin alike the
/// beginning is compared once, so that words in the order of their sounds are compared fast.
pub struct Ladder<'a> {
    asked: &'a [Sound],
    script: Script,
    /// The passage to the last word, and whether the asked word is the one that came through it.
    passage: (Passage, bool),
    across: [u16; SOUNDS_MAX],
    /// What each sound of another word costs at least, wherever it stands.
    cheapest: [u16; 128],
    last: [Sound; SOUNDS_MAX],
    /// How many sounds of the last word were compared, and how many of them all words since begin with.
    depth: usize,
    shared: usize,
    /// A row for each of them and one before, each with a column for each asked sound and one before.
    rows: Vec<u16>,
    /// The least of each row.
    least: [u16; SOUNDS_MAX + 1],
    /// What words of so many sounds may cost at most to be as like as `limits_of`.
    limits: [u16; SOUNDS_MAX + 1],
    limits_of: f32,
}

impl<'a> Ladder<'a> {
    pub fn new(asked: &'a [Sound], script: Script) -> Self {
        let asked = &asked[..asked.len().min(SOUNDS_MAX)];
        let mut ladder = Self {
            asked,
            script,
            passage: (Passage::Spelt, true),
            across: [0; SOUNDS_MAX],
            cheapest: [0; 128],
            last: [0; SOUNDS_MAX],
            depth: 0,
            shared: 0,
            rows: vec![0; (asked.len() + 1) * (asked.len() + 2)],
            least: [0; SOUNDS_MAX + 1],
            limits: [0; SOUNDS_MAX + 1],
            limits_of: f32::NAN,
        };
        ladder.begin(ladder.passage);
        ladder
    }

    fn begin(&mut self, passage: (Passage, bool)) {
        let prices = Prices::of(passage.0);
        let across = if passage.1 { &prices.added } else { &prices.lost };
        for (at, &sound) in self.asked.iter().enumerate() {
            self.across[at] = across[usize::from(sound & 127)];
            self.rows[at + 1] = self.rows[at] + self.across[at];
        }
        self.cheapest = *prices.down(passage.1);
        for &asked in self.asked {
            let change = &prices.change[usize::from(asked & 127)];
            self.cheapest
                .iter_mut()
                .zip(change)
                .for_each(|(cheapest, change)| *cheapest = (*change).min(*cheapest));
            self.cheapest[usize::from(asked & 127)] = 0;
        }
        (self.passage, self.depth, self.shared) = (passage, 0, 0);
    }

    /// Whether a word is less like than `least` for what it has in common with those before: of their order the next
    /// one, of the same script, `len` sounds of which the first `shared` are those of the word before it. It is known
    /// to cost `price` at least where all sounds are written on both sides.
    pub fn rules_out(&mut self, shared: usize, len: usize, price: u16, least: f32) -> bool {
        self.shared = self.shared.min(shared);
        if self.limits_of != least {
            let limits = self.limits.iter_mut().enumerate();
            limits.for_each(|(len, known)| *known = limit(self.asked.len().max(len) as f32, least));
            self.limits_of = least;
        }
        let limit = self.limits[len.min(SOUNDS_MAX)];
        self.passage.0.is_spelt_out() && self.least[self.shared].max(price) > limit
    }

    /// How like the words sound, 0 to 1; 0 where it is less than `least`.
    pub fn likeness(&mut self, other: &[Sound], script: Script, least: f32) -> f32 {
        let other = &other[..other.len().min(SOUNDS_MAX)];
        let passage = Passage::between(self.script, script);
        if passage != self.passage {
            self.begin(passage);
        }
        let (from, to) = if passage.1 { (self.asked, other) } else { (other, self.asked) };
        let longer = longer(passage.0, from, to);
        if longer <= 0.0 {
            return 0.0;
        }
        let limit = limit(longer, least);
        let price = self.price(other, limit);
        self.shared = self.depth;
        let ends = if passage.0 == Passage::Unvowelled { ends_apart(from, to) } else { 0 };
        let Some(price) = price.map(|price| price + ends).filter(|price| *price <= limit) else { return 0.0 };
        let price = f32::from(price) / f32::from(WHOLE);
        // In a short word every sound counts: `Li` is not `Lu`.
        let price = if longer < 4.0 && passage.0.is_spelt_out() { price * 1.5 } else { price };
        (1.0 - price / longer).max(0.0)
    }

    /// The least it costs to turn one into the other, in hundredths of a sound. `None` where it is more than `limit`.
    fn price(&mut self, other: &[Sound], limit: u16) -> Option<u16> {
        let known = self.last[..self.depth].iter().zip(other).take_while(|(a, b)| a == b).count();
        let mut rest: u16 = other[known..].iter().map(|&sound| self.cheapest[usize::from(sound & 127)]).sum();
        if self.least[known] + rest > limit {
            self.depth = known;
            return None;
        }
        let prices = Prices::of(self.passage.0);
        let down = prices.down(self.passage.1);
        let (across, width) = (&self.across[..self.asked.len()], self.asked.len() + 1);
        if self.rows.len() < (other.len() + 1) * width {
            self.rows.resize((other.len() + 1) * width, 0);
        }
        for (at, &sound) in other.iter().enumerate().skip(known) {
            let dropped = down[usize::from(sound & 127)];
            let change = &prices.change[usize::from(sound & 127)];
            let (above, row) = self.rows[at * width..(at + 2) * width].split_at_mut(width);
            let mut before = above[0] + dropped;
            let mut least = before;
            row[0] = before;
            let columns = self.asked.iter().zip(across).zip(above.windows(2)).zip(&mut row[1..]);
            for (((&asked, &added), above), cell) in columns {
                let changed = above[0] + if asked == sound { 0 } else { change[usize::from(asked & 127)] };
                before = (before + added).min(changed.min(above[1] + dropped));
                *cell = before;
                least = least.min(before);
            }
            self.last[at] = sound;
            self.least[at + 1] = least;
            self.depth = at + 1;
            rest -= self.cheapest[usize::from(sound & 127)];
            if least + rest > limit {
                return None;
            }
        }
        Some(self.rows[other.len() * width + width - 1]).filter(|price| *price <= limit)
    }
}

/// How like two words sound, 0 to 1; 0 where it is less than `least`.
pub fn likeness(a: (&[Sound], Script), b: (&[Sound], Script), least: f32) -> f32 {
    Ladder::new(a.0, a.1).likeness(b.0, b.1, least)
}

/// What turning one word into the other may cost at most.
fn limit(longer: f32, least: f32) -> u16 {
    ((1.0 - least) * longer * f32::from(WHOLE) + 0.01) as u16
}

/// How many sounds two words have to agree in.
fn longer(passage: Passage, from: &[Sound], to: &[Sound]) -> f32 {
    let weighty =
        |sounds: &[Sound]| sounds.iter().map(|&sound| if is_vowel(sound) { 0.6 } else { 1.0 }).sum::<f32>();
    match passage {
        Passage::Spelt | Passage::Lettered => from.len().max(to.len()) as f32,
        // What is written without vowels has fewer sounds to agree in.
        Passage::Unvowelled => consonants(from).max(consonants(to)),
        _ => weighty(to).max(weighty(from) * 0.75),
    }
}

/// What it costs that only one of two words begins or ends with a vowel: there even scripts without vowels write one.
fn ends_apart(native: &[Sound], other: &[Sound]) -> u16 {
    let apart = |native: Option<&Sound>, other: Option<&Sound>| match (native, other) {
        (Some(native), Some(other)) => {
            let written = is_vowel(*native) || matches!(native, b'y' | b'w' | b'h');
            match (written, is_vowel(*other)) {
                (false, true) => 30,
                (true, false) if is_vowel(*native) && !matches!(other, b'y' | b'w' | b'h') => 15,
                _ => 0,
            }
        }
        _ => 0,
    };
    apart(native.first(), other.first()) + apart(native.last(), other.last())
}

fn consonants(sounds: &[Sound]) -> f32 {
    sounds.iter().filter(|sound| !is_vowel(**sound)).count() as f32
}
