//! Words as sounds, and what it costs to turn one into the other.
//!
//! A name written in another script comes through that script's own sound system: Japanese has no `l`, Arabic writes
//! no short vowels, Chinese has syllables only. So the price of a difference depends on where the word comes from.

use std::sync::OnceLock;

use crate::text::Script;

/// One sound, as the letter that stands for it: `S` is sh, `Z` zh, `C` ch, `J` as in jam, `X` ts, `H` kh, `G` gh,
/// `T` and `D` are th; the others are themselves.
pub type Sound = u8;

/// Longer words are compared by their first sounds.
const SOUNDS_MAX: usize = 48;

/// Which sound system stands between two words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Passage {
    /// Both are spelt out.
    Spelt,
    /// One is from Arabic or Hebrew script.
    Unvowelled,
    Kana,
    Hangul,
    Han,
}

impl Passage {
    const ALL: [Passage; 5] =
        [Passage::Spelt, Passage::Unvowelled, Passage::Kana, Passage::Hangul, Passage::Han];

    /// The passage, and whether the first word is the one that came through it.
    pub fn between(a: Script, b: Script) -> (Passage, bool) {
        let (from_a, from_b) = (Passage::of(a), Passage::of(b));
        if a == b { (Passage::Spelt, true) } else { (from_a.max(from_b), from_a >= from_b) }
    }

    fn of(script: Script) -> Passage {
        match script {
            Script::Arabic | Script::Hebrew => Passage::Unvowelled,
            Script::Kana => Passage::Kana,
            Script::Hangul => Passage::Hangul,
            Script::Han => Passage::Han,
            Script::Latin | Script::Cyrillic | Script::Other => Passage::Spelt,
        }
    }
}

pub fn is_vowel(sound: u8) -> bool {
    matches!(sound, b'a' | b'e' | b'i' | b'o' | b'u')
}

/// The sounds of a word of plain letters `a` to `z`.
pub fn sounds(text: &str) -> Vec<Sound> {
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

/// Consonants in broad classes, what is often lost left out: `putin`, `poutine` and `pujing` are all `PTN`.
pub fn outline(sounds: &[Sound]) -> Vec<u8> {
    let class = |sound: &u8| match sound {
        b'p' | b'b' | b'f' | b'v' | b'w' => Some(b'P'),
        b't' | b'd' | b'T' | b'D' | b'C' | b'J' | b'X' | b'j' => Some(b'T'),
        b's' | b'z' | b'S' | b'Z' => Some(b'S'),
        b'k' | b'g' | b'H' | b'G' => Some(b'K'),
        b'l' | b'r' => Some(b'R'),
        b'm' | b'n' => Some(b'N'),
        digit @ b'0'..=b'9' => Some(*digit),
        _ => None,
    };
    let mut outline: Vec<u8> = Vec::with_capacity(sounds.len());
    for sound in sounds.iter().filter_map(class) {
        if outline.last() != Some(&sound) {
            outline.push(sound);
        }
    }
    outline
}

/// What it costs to change and to lose sounds on one passage.
struct Prices {
    change: [[f32; 128]; 128],
    /// Lost from the word that came through the passage.
    added: [f32; 128],
    /// Lost from the other word.
    lost: [f32; 128],
}

impl Prices {
    fn of(passage: Passage) -> &'static Prices {
        static ALL: OnceLock<Vec<Prices>> = OnceLock::new();
        &ALL.get_or_init(|| Passage::ALL.into_iter().map(Prices::new).collect())[passage as usize]
    }

    fn new(passage: Passage) -> Self {
        let mut prices = Prices { change: [[1.0; 128]; 128], added: [1.0; 128], lost: [1.0; 128] };
        let vowels = *b"aeiou";
        for a in vowels {
            for b in vowels {
                prices.set(a, b, 0.4);
            }
            prices.drop(a, 0.45);
        }
        for pair in ["ei", "ou", "ae"] {
            prices.alike(pair, 0.25);
        }
        for (pairs, price) in [
            ("vw fv jy iy TJ", 0.2),
            ("Hh Gg Tt Dd Jj Zj ZJ", 0.15),
            ("pb td kg sz SZ CJ fp bv Xs Xz XC sS zZ Hk CS Ts Dz wu GH Gr dz yJ yj", 0.4),
            ("Jg jh jg hk hg kC", 0.5),
            ("lr mn", 0.7),
        ] {
            pairs.split(' ').for_each(|pair| prices.alike(pair, price));
        }
        prices.drop(b'h', 0.35);
        prices.drop(b'y', 0.35);
        prices.drop(b'w', 0.6);
        match passage {
            Passage::Spelt => {}
            Passage::Unvowelled => prices.unvowelled(),
            Passage::Kana => prices.syllabic("lr=0 bv=0 wv=.1 uv=.3 fh=.05 hf=.05 Ts=0 Dz=0 zJ=.05 ZJ=0 dJ=.1 sS=.1 tC=.1 dz=.3 Xt=.05 XC=.1 kH=.05 hH=.05 yi=0 mn=.2 wu=.05 Jg=.4 kg=.4", b"uoi"),
            Passage::Hangul => prices.syllabic("lr=0 bv=0 wv=.1 fp=0 fh=.2 zJ=.05 sS=.05 Ts=0 Tt=.05 Dd=.05 ZJ=0 XC=.05 Xs=.2 kg=.05 td=.05 bp=.05 CJ=.05 kH=.05 hH=.05 yi=0 wu=.05", b"uieo"),
            Passage::Han => prices.syllabic("lr=.05 bv=.1 wv=.05 pb=.15 fv=.1 fh=.3 fp=.3 td=.15 kg=.15 kH=.15 hH=.05 hg=.3 kJ=.35 gJ=.3 tC=.3 tJ=.3 dJ=.25 zJ=.2 zZ=.1 ZJ=.1 sS=.1 sX=.2 XZ=.2 SH=.3 Sh=.3 Sk=.4 SC=.3 CX=.2 Ts=.1 Dz=.2 mn=.4 yi=0 wu=0 yJ=.3 wh=.3", b"aeiou"),
        }
        prices
    }

    fn unvowelled(&mut self) {
        for vowel in *b"aeiou" {
            self.lost[usize::from(vowel)] = 0.04;
            self.added[usize::from(vowel)] = 0.15;
            for other in *b"aeiou" {
                self.set(vowel, other, 0.1);
            }
        }
        for (pairs, price) in [
            ("wu wo wv yi ye Tt Dd", 0.05),
            ("bp fp vf kg Jg Gg Dz zd Ts tT kH hH SZ yJ CS JZ", 0.12),
            ("ya wa ha hC ky kC sS Xs Xz Jj", 0.25),
        ] {
            pairs.split(' ').for_each(|pair| self.alike(pair, price));
        }
        for (letter, price) in [(b'h', 0.15), (b'w', 0.3), (b'y', 0.25)] {
            self.drop(letter, price);
        }
    }

    /// Every consonant gets its vowel, and sounds that the language has not become its nearest ones.
    fn syllabic(&mut self, pairs: &str, helping: &[u8]) {
        for vowel in *b"aeiou" {
            self.added[usize::from(vowel)] = if helping.contains(&vowel) { 0.08 } else { 0.2 };
            self.lost[usize::from(vowel)] = 0.25;
            for other in *b"aeiou" {
                self.set(vowel, other, if vowel == other { 0.0 } else { 0.15 });
            }
        }
        for pair in pairs.split(' ') {
            let (pair, price) = pair.split_once('=').expect("pairs are written with their price");
            self.alike(pair, price.parse().expect("a price is a number"));
        }
        for letter in *b"hyw" {
            self.drop(letter, 0.25);
        }
        // `r` before a consonant and at the end is often not written, and neither are second consonants.
        self.lost[usize::from(b'r')] = 0.3;
        self.lost[usize::from(b'l')] = 0.45;
        for letter in *b"tdkgn" {
            self.lost[usize::from(letter)] = 0.6;
            self.added[usize::from(letter)] = 0.6;
        }
    }

    fn alike(&mut self, pair: &str, price: f32) {
        let [a, b] = [pair.as_bytes()[0], pair.as_bytes()[1]];
        self.set(a, b, price);
    }

    fn set(&mut self, a: u8, b: u8, price: f32) {
        self.change[usize::from(a)][usize::from(b)] = price;
        self.change[usize::from(b)][usize::from(a)] = price;
    }

    fn drop(&mut self, sound: u8, price: f32) {
        self.added[usize::from(sound)] = price;
        self.lost[usize::from(sound)] = price;
    }
}

/// The least it costs to turn `from` into `to`, where `from` came through the passage. Infinite where it is more
/// than `limit`.
fn price(passage: Passage, from: &[Sound], to: &[Sound], limit: f32) -> f32 {
    let prices = Prices::of(passage);
    let (from, to) = (&from[..from.len().min(SOUNDS_MAX)], &to[..to.len().min(SOUNDS_MAX)]);
    let mut row = [0f32; SOUNDS_MAX + 1];
    for (j, &b) in to.iter().enumerate() {
        row[j + 1] = row[j] + prices.lost[usize::from(b & 127)];
    }
    for &a in from {
        let added = prices.added[usize::from(a & 127)];
        let change = &prices.change[usize::from(a & 127)];
        let mut diagonal = row[0];
        row[0] += added;
        let mut least = row[0];
        for (j, &b) in to.iter().enumerate() {
            let changed = diagonal + if a == b { 0.0 } else { change[usize::from(b & 127)] };
            let lost = row[j] + prices.lost[usize::from(b & 127)];
            diagonal = row[j + 1];
            row[j + 1] = changed.min(lost).min(diagonal + added);
            least = least.min(row[j + 1]);
        }
        if least > limit {
            return f32::INFINITY;
        }
    }
    if row[to.len()] > limit { f32::INFINITY } else { row[to.len()] }
}

/// How like two words sound, 0 to 1.
pub fn likeness(a: (&[Sound], Script), b: (&[Sound], Script)) -> f32 {
    let (passage, a_came) = Passage::between(a.1, b.1);
    let (from, to) = if a_came { (a.0, b.0) } else { (b.0, a.0) };
    let weighty =
        |sounds: &[Sound]| sounds.iter().map(|&sound| if is_vowel(sound) { 0.6 } else { 1.0 }).sum::<f32>();
    let longer = match passage {
        Passage::Spelt => from.len().max(to.len()) as f32,
        // What is written without vowels has fewer sounds to agree in.
        Passage::Unvowelled => consonants(from).max(consonants(to)),
        _ => weighty(to).max(weighty(from) * 0.75),
    };
    if longer <= 0.0 {
        return 0.0;
    }
    let price = price(passage, from, to, longer / 2.0);
    // In a short word every sound counts: `Li` is not `Lu`.
    let price = if longer < 4.0 && passage == Passage::Spelt { price * 1.5 } else { price };
    (1.0 - price / longer).max(0.0)
}

fn consonants(sounds: &[Sound]) -> f32 {
    sounds.iter().filter(|sound| !is_vowel(**sound)).count() as f32
}
