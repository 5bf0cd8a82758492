//! One script written in the letters of another.

use any_ascii::any_ascii_char;

use super::Script;

/// Plain letters and digits for a run of one script.
pub fn romanise(letters: &[char], script: Script) -> String {
    let mut out = String::with_capacity(letters.len());
    match script {
        Script::Arabic => spell(letters, arabic, &mut out),
        Script::Hebrew => spell(letters, hebrew, &mut out),
        Script::Kana => kana(letters, &mut out),
        Script::Cyrillic => spell(letters, cyrillic, &mut out),
        Script::Other => other(letters, &mut out),
        Script::Latin | Script::Hangul | Script::Han => {
            letters.iter().for_each(|letter| plain(*letter, &mut out));
        }
    }
    out
}

fn plain(letter: char, out: &mut String) {
    let letters = any_ascii_char(letter).bytes().filter(u8::is_ascii_alphanumeric);
    out.extend(letters.map(|byte| char::from(byte.to_ascii_lowercase())));
}

fn spell(letters: &[char], of: fn(char) -> Option<&'static str>, out: &mut String) {
    for &letter in letters {
        match of(letter) {
            Some(latin) => out.push_str(latin),
            None => plain(letter, out),
        }
    }
}

/// Latin letters among Cyrillic ones are those that look like them.
fn cyrillic(letter: char) -> Option<&'static str> {
    let latin = match letter {
        'c' => "s",
        'p' => "r",
        'x' => "kh",
        'ĸ' => "k",
        'ґ' => "g",
        'ў' => "u",
        'є' => "ye",
        'ї' => "yi",
        _ => return None,
    };
    Some(latin)
}

/// Greek pairs of letters that are one sound; all else letter by letter.
fn other(letters: &[char], out: &mut String) {
    let mut at = 0;
    while let Some(&letter) = letters.get(at) {
        let next = letters.get(at + 1).copied().unwrap_or(' ');
        let (latin, used) = match (letter, next) {
            ('ο', 'υ' | 'ύ') => ("ou", 2),
            ('μ', 'π') => ("b", 2),
            ('ν', 'τ') => ("d", 2),
            ('γ', 'κ') => ("g", 2),
            ('γ', 'γ') => ("ng", 2),
            ('τ', 'ζ') => ("j", 2),
            ('α', 'υ' | 'ύ') => ("av", 2),
            ('ε', 'υ' | 'ύ') => ("ev", 2),
            ('χ', _) => ("kh", 1),
            ('η' | 'ή' | 'υ' | 'ύ', _) => ("i", 1),
            ('β', _) => ("v", 1),
            _ => ("", 1),
        };
        match latin {
            "" => plain(letter, out),
            latin => out.push_str(latin),
        }
        at += used;
    }
}

/// Letters of Arabic, Persian, Urdu and Pashto as their names are usually written in Latin letters. Long vowels are
/// kept, short ones are not written.
fn arabic(letter: char) -> Option<&'static str> {
    let latin = match letter {
        'ا' | 'أ' | 'إ' | 'آ' | 'ٱ' | 'ع' | 'ى' | 'ة' => "a",
        'ء' | 'ـ' => "",
        'ؤ' | 'و' => "w",
        'ئ' | 'ي' | 'ی' | 'ې' | 'ے' => "y",
        'ب' => "b",
        'پ' => "p",
        'ت' | 'ط' | 'ٹ' | 'ټ' => "t",
        'ث' => "th",
        'ج' => "j",
        'چ' => "ch",
        'ح' | 'ه' | 'ہ' | 'ھ' | 'ۀ' | 'ە' => "h",
        'خ' => "kh",
        'د' | 'ض' | 'ڈ' | 'ډ' => "d",
        'ذ' => "dh",
        'ظ' | 'ز' => "z",
        'ر' | 'ڑ' | 'ړ' => "r",
        'ژ' => "zh",
        'س' | 'ص' => "s",
        'ش' => "sh",
        'غ' => "gh",
        'ف' => "f",
        'ڤ' => "v",
        'ق' => "q",
        'ك' | 'ک' => "k",
        'گ' | 'ګ' => "g",
        'ل' => "l",
        'م' => "m",
        'ن' | 'ں' => "n",
        '\u{64e}' => "a",
        '\u{64f}' => "u",
        '\u{650}' => "i",
        _ => return None,
    };
    Some(latin)
}

fn hebrew(letter: char) -> Option<&'static str> {
    let latin = match letter {
        'א' | 'ע' => "a",
        'ב' => "b",
        'ג' => "g",
        'ד' => "d",
        'ה' => "h",
        'ו' => "w",
        'ז' => "z",
        'ח' => "kh",
        'ט' | 'ת' => "t",
        'י' => "y",
        'כ' | 'ך' | 'ק' => "k",
        'ל' => "l",
        'מ' | 'ם' => "m",
        'נ' | 'ן' => "n",
        'ס' => "s",
        'פ' | 'ף' => "p",
        'צ' | 'ץ' => "ts",
        'ר' => "r",
        'ש' => "sh",
        '\u{5b7}' | '\u{5b8}' | '\u{5b2}' => "a",
        '\u{5b5}' | '\u{5b6}' | '\u{5b1}' => "e",
        '\u{5b4}' => "i",
        '\u{5b9}' | '\u{5ba}' | '\u{5b3}' => "o",
        '\u{5b0}' => "",
        _ => return None,
    };
    Some(latin)
}

/// Kana after Hepburn, with the small letters by which foreign sounds are written; long vowels are not marked.
fn kana(letters: &[char], out: &mut String) {
    for &letter in letters {
        // Hiragana lies below katakana, letter for letter.
        let letter = match letter {
            '\u{3041}'..='\u{3096}' => char::from_u32(letter as u32 + 0x60).unwrap_or(letter),
            other => other,
        };
        match letter {
            'ー' | 'ッ' | '・' | 'ヽ' | 'ヾ' => {}
            'ャ' => small(out, "ya", "a"),
            'ュ' => small(out, "yu", "u"),
            'ョ' => small(out, "yo", "o"),
            'ァ' => small(out, "a", "a"),
            'ィ' => small(out, "i", "i"),
            'ゥ' => small(out, "u", "u"),
            'ェ' => small(out, "e", "e"),
            'ォ' => small(out, "o", "o"),
            _ => match KANA.iter().find(|(of, _)| *of == letter) {
                Some((_, latin)) => out.push_str(latin),
                None => plain(letter, out),
            },
        }
    }
}

/// A small letter takes the place of the vowel before it: `チ` with small `ェ` is `che`, `キ` with small `ャ` is `kya`.
fn small(out: &mut String, after_plain: &str, after_soft: &str) {
    let soft = ["shi", "chi", "ji"].iter().any(|end| out.ends_with(end));
    match out.pop() {
        Some('u') if out.is_empty() => out.push('w'),
        Some('a' | 'i' | 'u' | 'e' | 'o') | None => {}
        Some(other) => out.push(other),
    }
    out.push_str(if soft { after_soft } else { after_plain });
}

const KANA: [(char, &str); 75] = [
    ('ア', "a"),
    ('イ', "i"),
    ('ウ', "u"),
    ('エ', "e"),
    ('オ', "o"),
    ('カ', "ka"),
    ('キ', "ki"),
    ('ク', "ku"),
    ('ケ', "ke"),
    ('コ', "ko"),
    ('ガ', "ga"),
    ('ギ', "gi"),
    ('グ', "gu"),
    ('ゲ', "ge"),
    ('ゴ', "go"),
    ('サ', "sa"),
    ('シ', "shi"),
    ('ス', "su"),
    ('セ', "se"),
    ('ソ', "so"),
    ('ザ', "za"),
    ('ジ', "ji"),
    ('ズ', "zu"),
    ('ゼ', "ze"),
    ('ゾ', "zo"),
    ('タ', "ta"),
    ('チ', "chi"),
    ('ツ', "tsu"),
    ('テ', "te"),
    ('ト', "to"),
    ('ダ', "da"),
    ('ヂ', "ji"),
    ('ヅ', "zu"),
    ('デ', "de"),
    ('ド', "do"),
    ('ナ', "na"),
    ('ニ', "ni"),
    ('ヌ', "nu"),
    ('ネ', "ne"),
    ('ノ', "no"),
    ('ハ', "ha"),
    ('ヒ', "hi"),
    ('フ', "fu"),
    ('ヘ', "he"),
    ('ホ', "ho"),
    ('バ', "ba"),
    ('ビ', "bi"),
    ('ブ', "bu"),
    ('ベ', "be"),
    ('ボ', "bo"),
    ('パ', "pa"),
    ('ピ', "pi"),
    ('プ', "pu"),
    ('ペ', "pe"),
    ('ポ', "po"),
    ('マ', "ma"),
    ('ミ', "mi"),
    ('ム', "mu"),
    ('メ', "me"),
    ('モ', "mo"),
    ('ヤ', "ya"),
    ('ユ', "yu"),
    ('ヨ', "yo"),
    ('ラ', "ra"),
    ('リ', "ri"),
    ('ル', "ru"),
    ('レ', "re"),
    ('ロ', "ro"),
    ('ワ', "wa"),
    ('ヰ', "i"),
    ('ヱ', "e"),
    ('ヲ', "o"),
    ('ン', "n"),
    ('ヴ', "vu"),
    ('ヵ', "ka"),
];

/// The family names that most Koreans have.
pub fn is_korean_family_name(letter: char) -> bool {
    "김이박최정강조윤장임한오서신권황안송류전홍고문양손배백허유남심노하곽성차주우구민진지엄채원천방공현함변염여추도소석선설마길연위표명기반왕금옥육인맹제모탁국어은편용리량림라려로".contains(letter)
}

pub fn is_double_family_name(letters: &[char]) -> bool {
    const NAMES: [&str; 14] = [
        "司马", "欧阳", "诸葛", "上官", "司徒", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐", "夏侯",
        "歐陽", "諸葛",
    ];
    NAMES.iter().any(|name| name.chars().eq(letters.iter().copied()))
}
