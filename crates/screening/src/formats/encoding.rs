//! Bytes of a list as text, whichever of the usual encodings they are in.

use std::borrow::Cow;

/// What Windows has where Latin-1 has control characters; the holes stay what they are in Latin-1.
const WINDOWS_1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}',
    '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// UTF-8, UTF-16 with or without its mark, else Windows-1252, also where lines of it were pasted into a file in UTF-8.
/// What a declaration inside says counts for nothing: copies are stored anew without changing it. Never fails; a unit
/// that is none becomes U+FFFD.
pub fn decode(bytes: &[u8]) -> Cow<'_, str> {
    if let Some(unit) = utf16(bytes) {
        let units = bytes.chunks(2).map(|pair| match *pair {
            [a, b] => unit([a, b]),
            _ => 0xfffd,
        });
        let text = char::decode_utf16(units).map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER));
        return Cow::Owned(text.filter(|letter| *letter != '\u{feff}').collect());
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        // A head or a cut file may end within a character.
        Err(error) if error.error_len().is_none() => String::from_utf8_lossy(bytes),
        Err(_) if is_mostly_utf8(bytes) => Cow::Owned(mixed(bytes)),
        Err(_) => Cow::Owned(bytes.iter().map(|&byte| windows_1252(byte)).collect()),
    }
}

/// Whether more letters beyond ASCII are in UTF-8 than are not: by chance few are.
fn is_mostly_utf8(bytes: &[u8]) -> bool {
    let (mut letters, mut strays) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        letters += chunk.valid().chars().filter(|letter| !letter.is_ascii()).count();
        strays += chunk.invalid().len();
    }
    letters > strays
}

fn mixed(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|&byte| windows_1252(byte)));
    }
    text
}

/// How two bytes make a unit, if they do. Every list begins with a letter, digit or sign of ASCII.
fn utf16(bytes: &[u8]) -> Option<fn([u8; 2]) -> u16> {
    match *bytes.get(..4)? {
        [0xff, 0xfe, ..] => Some(u16::from_le_bytes),
        [0xfe, 0xff, ..] => Some(u16::from_be_bytes),
        [a, 0, b, 0] if a > 0 && b > 0 => Some(u16::from_le_bytes),
        [0, a, 0, b] if a > 0 && b > 0 => Some(u16::from_be_bytes),
        _ => None,
    }
}

fn windows_1252(byte: u8) -> char {
    match byte {
        0x80..=0x9f => WINDOWS_1252[usize::from(byte - 0x80)],
        _ => char::from(byte),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_the_same_in_every_encoding() {
        let text = "id,name\n1,“Jané” – Œuvre\n";
        let units = || text.encode_utf16();
        let little: Vec<u8> = units().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = units().flat_map(u16::to_be_bytes).collect();
        let windows: Vec<u8> = text
            .chars()
            .map(|letter| {
                WINDOWS_1252
                    .iter()
                    .position(|known| *known == letter)
                    .map_or(letter as u8, |at| at as u8 + 0x80)
            })
            .collect();

        for bytes in [
            text.as_bytes(),
            &[b"\xef\xbb\xbf", text.as_bytes()].concat(),
            &little,
            &[b"\xff\xfe", little.as_slice()].concat(),
            &big,
            &[b"\xfe\xff", big.as_slice()].concat(),
            &windows,
        ] {
            assert_eq!(decode(bytes), text);
        }
    }

    #[test]
    fn half_a_unit_or_character_at_the_end_is_no_error() {
        assert_eq!(decode(b"\xff\xfea\0b"), "a\u{fffd}");
        assert_eq!(decode("aé".as_bytes().split_last().unwrap().1), "a\u{fffd}");
        assert_eq!(decode(b""), "");
    }

    /// One line pasted from elsewhere spoils no other.
    #[test]
    fn letters_of_two_encodings_in_one_file_are_all_read() {
        let pasted = [&b"id,name\n1,Jan\xe9\n"[..], "2,Владимир\n".as_bytes()].concat();

        assert_eq!(decode(&pasted), "id,name\n1,Jané\n2,Владимир\n");
        assert_eq!(decode(b"id,name\n1,Jan\xe9\n2,\xc3\xa9\n3,\xe4\n"), "id,name\n1,Jané\n2,Ã©\n3,ä\n");
    }
}
