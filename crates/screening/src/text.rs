//! Text of any script folded to lower-case ASCII words that remember where they came from.

mod known;
mod romanise;

use unicode_normalization::UnicodeNormalization;

use crate::legal;

/// Longer texts are no names; what follows is not compared.
pub const LETTERS_MAX: usize = 1000;
const WORDS_MAX: usize = 40;
const WORD_LETTERS_MAX: usize = 40;

/// A Chinese or Korean name written in one piece has at most this many characters.
const ONE_PIECE_NAME_MAX: usize = 4;

/// The writing a word was published or asked in, as far as it matters for its sounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Script {
    Latin,
    Cyrillic,
    Arabic,
    Hebrew,
    Kana,
    Hangul,
    Han,
    /// Greek, Georgian, Armenian, the scripts of India, Thai: spelt out letter by letter.
    Other,
}

impl Script {
    fn of(letter: char) -> Option<Script> {
        let script = match letter {
            'a'..='z' | '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' => Script::Latin,
            '\u{400}'..='\u{52f}' => Script::Cyrillic,
            '\u{590}'..='\u{5ff}' => Script::Hebrew,
            '\u{600}'..='\u{6ff}' | '\u{750}'..='\u{77f}' | '\u{8a0}'..='\u{8ff}' => Script::Arabic,
            '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fa}' | '\u{30fc}'..='\u{30ff}' => Script::Kana,
            '\u{1100}'..='\u{11ff}' | '\u{3130}'..='\u{318f}' | '\u{ac00}'..='\u{d7af}' => Script::Hangul,
            '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{2ffff}' => Script::Han,
            _ if letter.is_alphabetic() => Script::Other,
            _ => return None,
        };
        Some(script)
    }

    /// Whether it does not write all sounds of a foreign name.
    fn is_short(self) -> bool {
        !self.is_alphabet()
    }

    fn is_alphabet(self) -> bool {
        matches!(self, Script::Latin | Script::Cyrillic | Script::Other)
    }
}

/// A word as it is compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Word {
    /// Letters `a` to `z` and digits only, never empty.
    pub text: String,
    pub script: Script,
    pub piece: Piece,
}

/// What a word is a piece of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Piece {
    /// Of nothing: it stands for itself.
    Word,
    /// The first letter of an abbreviation with full stops, such as `S.A.`, or a further one.
    FirstLetter,
    Letter,
    /// A legal form in a script that is written without blanks.
    Form,
}

/// Words in their order. Case, accents, punctuation and apostrophes are gone. Chinese and Korean names in one piece
/// are parted into family and given name; longer runs of Chinese characters, which are no names of persons, into
/// their characters.
pub fn words(text: &str) -> Vec<Word> {
    let text = seen(text);
    let mut words = Vec::new();
    let mut runs = Vec::new();
    let mut chunks = Vec::new();
    text.split_whitespace().for_each(|chunk| legal::cut(chunk, |part, form| chunks.push((part, form))));
    for (chunk, form) in chunks {
        let mut piece = match () {
            () if form => Piece::Form,
            () if is_abbreviation(chunk) => Piece::FirstLetter,
            () => Piece::Word,
        };
        // The Arabic article is written together with its word.
        let (article, chunk) = match chunk.strip_prefix("ال") {
            Some(rest) if rest.chars().count() > 2 && known::latin(chunk.chars()).is_none() => (true, rest),
            _ => (false, chunk),
        };
        if article {
            runs.push((vec!['ا', 'ل'], Script::Arabic, Piece::Word));
        }
        split(chunk, |letters, script| {
            runs.push((letters, script, piece));
            if piece == Piece::FirstLetter {
                piece = Piece::Letter;
            }
        });
    }
    let alone =
        runs.iter().filter(|(_, script, _)| matches!(script, Script::Han | Script::Hangul)).count() == 1;
    let company = runs.iter().any(|(.., piece)| *piece == Piece::Form);
    for (letters, script, piece) in runs {
        // The name of God is one word with what stands before it: `عبد الله` is Abdullah.
        if script == Script::Arabic && letters == ALLAH && words.last().is_some_and(of_arabic) {
            if let Some(word) = words.last_mut() {
                word.text.push_str("allah");
            }
            continue;
        }
        // A Chinese name in one piece may have the characters of a foreign one.
        let foreign = script.is_short() && !(alone && script == Script::Han);
        if let Some(text) = known::latin(letters.iter().copied()).filter(|_| foreign) {
            words.push(Word { text: text.to_owned(), script: Script::Latin, piece });
            continue;
        }
        let parts = match () {
            () if piece == Piece::Form => vec![&letters[..]],
            // With a legal form it is no person, who would have a family name.
            () if company && script == Script::Han => letters.chunks(1).collect(),
            () => parts(&letters, script, alone),
        };
        for part in parts {
            let mut text = romanise::romanise(part, script);
            text.truncate(WORD_LETTERS_MAX);
            if !text.is_empty() {
                words.push(Word { text, script, piece });
            }
        }
    }
    words.truncate(WORDS_MAX);
    words
}

/// What a reader sees of a text: without signs that show nothing, of blanks one, so that neither takes the place of letters.
fn seen(text: &str) -> String {
    let mut after_blank = true;
    let is_new = |letter: &char| !std::mem::replace(&mut after_blank, letter.is_whitespace()) || !after_blank;
    text.chars().filter(|letter| !is_unseen(*letter)).filter(is_new).take(LETTERS_MAX).collect()
}

/// Signs that show nothing: joiners, marks of direction, fillers, selectors of variants (Unicode,
/// Default_Ignorable_Code_Point).
pub fn is_unseen(letter: char) -> bool {
    matches!(letter, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// The script of the first letter.
pub fn script_of(text: &str) -> Option<Script> {
    text.chars().flat_map(char::to_lowercase).find_map(Script::of)
}

const ALLAH: [char; 4] = ['ا', 'ل', 'ل', 'ه'];

fn of_arabic(word: &Word) -> bool {
    word.script == Script::Arabic
}

/// Plain letters for characters of China or Korea, as one word.
pub fn romanise_han(text: &str) -> String {
    romanise::romanise(&text.chars().collect::<Vec<_>>(), Script::Han)
}

/// Runs of letters of one script. Alphabets that look alike are one: who writes `Iгор` means no two words.
fn split(chunk: &str, mut take: impl FnMut(Vec<char>, Script)) {
    let mut run: Vec<char> = Vec::new();
    let mut of: Option<Script> = None;
    let mut whole = |run: &mut Vec<char>, of: Option<Script>| {
        let script = of.unwrap_or(Script::Latin);
        let script = if script.is_alphabet() { main_alphabet(run) } else { script };
        take(std::mem::take(run), script);
    };
    for letter in chunk.nfkc().flat_map(char::to_lowercase).filter(|letter| !is_silent(*letter)) {
        let digit = letter.is_numeric();
        let script = Script::of(letter);
        let alike = || of.is_some_and(Script::is_alphabet) && script.is_some_and(Script::is_alphabet);
        let continues =
            digit || is_mark(letter) || (script.is_some() && (of.is_none() || of == script || alike()));
        if !continues && !run.is_empty() {
            whole(&mut run, of);
            of = None;
        }
        if digit || script.is_some() || (is_mark(letter) && !run.is_empty()) {
            run.push(letter);
            of = of.or(script);
        }
    }
    if !run.is_empty() {
        whole(&mut run, of);
    }
}

/// The alphabet of most letters.
fn main_alphabet(run: &[char]) -> Script {
    let letters = |of: Script| run.iter().filter(|letter| Script::of(**letter) == Some(of)).count();
    let alphabets = [Script::Latin, Script::Cyrillic, Script::Other];
    alphabets.into_iter().rev().max_by_key(|of| letters(*of)).unwrap_or(Script::Latin)
}

/// Where a run of characters that are written without blanks is parted.
fn parts(letters: &[char], script: Script, alone: bool) -> Vec<&[char]> {
    let one_piece = alone && (2..=ONE_PIECE_NAME_MAX).contains(&letters.len());
    match script {
        Script::Han if one_piece => {
            let family =
                if letters.len() > 2 && romanise::is_double_family_name(&letters[..2]) { 2 } else { 1 };
            let (family, given) = letters.split_at(family);
            vec![family, given]
        }
        Script::Han if letters.len() > ONE_PIECE_NAME_MAX && alone => letters.chunks(1).collect(),
        Script::Hangul if one_piece && romanise::is_korean_family_name(letters[0]) => {
            let (family, given) = letters.split_at(1);
            vec![family, given]
        }
        _ => vec![letters],
    }
}

/// `S.A.`, `L.L.C`, `V.V.`: single letters, each but the last with its full stop.
fn is_abbreviation(chunk: &str) -> bool {
    let parts: Vec<&str> = chunk.trim_matches([',', ';', '(', ')', '.']).split('.').collect();
    parts.len() > 1 && parts.iter().all(|part| part.chars().count() == 1)
}

/// Accents and apostrophes: they part no word.
fn is_silent(letter: char) -> bool {
    matches!(letter, '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5af}' | '\u{5bb}'..='\u{5c7}' | '\u{640}'
        | '\u{64b}'..='\u{64d}' | '\u{651}'..='\u{65f}' | '\u{670}')
        || matches!(letter, '\'' | '`' | '´' | '’' | '‘' | '‛' | 'ʼ' | 'ʿ' | 'ʾ' | 'ʻ' | '′' | '"')
}

/// Vowel signs and other marks that stand with their letter.
fn is_mark(letter: char) -> bool {
    matches!(letter, '\u{5b0}'..='\u{5ba}' | '\u{64e}'..='\u{650}' | '\u{900}'..='\u{dff}' | '\u{e30}'..='\u{e4e}' | '\u{3099}' | '\u{309a}' | '\u{30fc}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_any_script_become_plain_words() {
        for (text, expected) in [
            ("AL-ZAWAHIRI, Ayman", "al zawahiri ayman"),
            ("Sa'id  O’Neil", "said oneil"),
            ("Müller-Łukasz", "muller lukasz"),
            ("Владимир Путин", "vladimir putin"),
            ("习近平", "xi jinping"),
            ("司马相如", "sima xiangru"),
            ("萨米·普京", "sami pujing"),
            ("김정은", "gim jeongeun"),
            ("킴 푸틴", "kim putin"),
            ("ウラジミロフ・プーチン", "urajimirofu puchin"),
            ("ＡＢＣ　１２", "abc 12"),
            ("Ma\u{300}ra\u{202e}", "mara"),
            ("سالم المشهداني", "salim al mshhdany"),
            ("Παπαδόπουλος", "papadopoulos"),
            ("\u{0}\u{ffff} — !", ""),
            ("Iгорь ВIКТОРОВИЧ Пeтров", "igor viktorovich petrov"),
            ("ولی الله", "wlyallah"),
            ("مُحَمَّد", "muhammad"),
            ("דָּוִד", "dawid"),
            ("Μπουτρος Χαμντι", "boutros khamdi"),
        ] {
            let words: Vec<String> = words(text).into_iter().map(|word| word.text).collect();
            assert_eq!(words.join(" "), expected, "{text}");
        }
        assert!(words("جودت")[0].script == Script::Arabic && words("S.A.")[0].piece == Piece::FirstLetter);
    }
}
