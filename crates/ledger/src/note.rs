//! Signed notes after C2SP signed-note: a text and the signatures under it, with Ed25519 keys.
//!
//! The private key is never here: whoever holds it implements [`Sign`].

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// Longest note that is read; the specification asks for room for at least 16 signatures.
const NOTE_BYTES_MAX: usize = 256 * 1024;

/// Signature type of Ed25519 in key ids and key texts.
const ED25519_TYPE: u8 = 1;

/// A public key with its name. Its text form is `name+hash+base64`, the form of Go's `note` package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyingKey {
    name: String,
    public_key: [u8; 32],
}

/// Holder of a private key. The key stays where it is; the text to sign comes to it.
pub trait Sign {
    fn verifying_key(&self) -> &VerifyingKey;
    /// Ed25519 over exactly these bytes (RFC 8032).
    fn sign(&self, message: &[u8]) -> Result<[u8; 64], SignError>;
}

/// The holder of the key could not sign.
#[derive(Debug, thiserror::Error)]
#[error("the signing key could not be used")]
pub struct SignError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// A text with its signatures, not yet checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedNote {
    text: String,
    signatures: Vec<NoteSignature>,
}

/// One signature line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteSignature {
    pub name: String,
    pub key_id: [u8; 4],
    pub signature: Vec<u8>,
}

/// Why a note or key is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    #[error("not a signed note: {0}")]
    Malformed(&'static str),
    #[error("not a verifying key: {0}")]
    MalformedKey(&'static str),
    #[error("a key name is empty or holds a space, a control character or `+`")]
    BadName,
    #[error("the signature of `{name}` is wrong")]
    BadSignature { name: String },
    #[error("no known key has signed")]
    NotSignedByKnownKey,
}

impl VerifyingKey {
    pub fn new(name: impl Into<String>, public_key: [u8; 32]) -> Result<Self, NoteError> {
        let name = name.into();
        if is_key_name(&name) { Ok(Self { name, public_key }) } else { Err(NoteError::BadName) }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn public_key(&self) -> &[u8; 32] {
        &self.public_key
    }

    /// Tells keys of one name apart; too short to be trusted for more.
    pub fn key_id(&self) -> [u8; 4] {
        let mut sha = Sha256::new();
        sha.update(self.name.as_bytes());
        sha.update([b'\n', ED25519_TYPE]);
        sha.update(self.public_key);
        let hash: [u8; 32] = sha.finalize().into();
        [hash[0], hash[1], hash[2], hash[3]]
    }

    fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.public_key).verify(message, signature).is_ok()
    }
}

impl fmt::Display for VerifyingKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut typed = vec![ED25519_TYPE];
        typed.extend_from_slice(&self.public_key);
        let id = u32::from_be_bytes(self.key_id());
        write!(formatter, "{}+{id:08x}+{}", self.name, STANDARD.encode(typed))
    }
}

impl FromStr for VerifyingKey {
    type Err = NoteError;

    /// White space around it is ignored, as a key usually comes from a file with a last newline.
    fn from_str(text: &str) -> Result<Self, NoteError> {
        let text = text.trim();
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(_), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoteError::MalformedKey("it is not `name+hash+key`"));
        };
        let typed = STANDARD.decode(key).map_err(|_| NoteError::MalformedKey("the key is not base64"))?;
        let [ED25519_TYPE, public_key @ ..] = typed.as_slice() else {
            return Err(NoteError::MalformedKey("it is not an Ed25519 key"));
        };
        let public_key =
            public_key.try_into().map_err(|_| NoteError::MalformedKey("it is not 32 bytes long"))?;
        let read = Self::new(name, public_key)?;
        if read.to_string() == text {
            Ok(read)
        } else {
            Err(NoteError::MalformedKey("the hash does not belong to the name and key"))
        }
    }
}

impl SignedNote {
    /// Signs a text, which ends in a newline and has no control characters but newlines.
    pub fn sign(text: impl Into<String>, signer: &dyn Sign) -> Result<Self, SignError> {
        let text = text.into();
        if !is_note_text(&text) {
            return Err(SignError(Box::new(NoteError::Malformed("the text is not that of a note"))));
        }
        let mut note = Self { text, signatures: Vec::new() };
        note.add_signature(signer)?;
        Ok(note)
    }

    /// Adds one more signature, such as that of a new key while the old one is still in use.
    pub fn add_signature(&mut self, signer: &dyn Sign) -> Result<(), SignError> {
        let key = signer.verifying_key();
        let signature = signer.sign(self.text.as_bytes())?.to_vec();
        self.signatures.push(NoteSignature { name: key.name.clone(), key_id: key.key_id(), signature });
        Ok(())
    }

    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        use NoteError::Malformed;
        if bytes.len() > NOTE_BYTES_MAX {
            return Err(Malformed("it is too long"));
        }
        let note = std::str::from_utf8(bytes).map_err(|_| Malformed("it is not UTF-8"))?;
        let blank = note.rfind("\n\n").ok_or(Malformed("no blank line before the signatures"))?;
        let (text, lines) = (&note[..=blank], &note[blank + 2..]);
        if !is_note_text(text) {
            return Err(Malformed("the text holds control characters"));
        }
        let lines = lines.strip_suffix('\n').ok_or(Malformed("no newline at the end"))?;
        let signatures = lines.split('\n').map(parse_signature).collect::<Result<_, _>>()?;
        Ok(Self { text: text.to_owned(), signatures })
    }

    /// The signed text with its last newline.
    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// Accepts the note if a known key has signed it. A wrong signature under a known key refuses the
    /// note whatever else is under it; signatures of unknown keys are ignored.
    pub fn verify(&self, known: &[VerifyingKey]) -> Result<(), NoteError> {
        let mut signed = false;
        for signature in &self.signatures {
            let by = |key: &&VerifyingKey| key.name == signature.name && key.key_id() == signature.key_id;
            for key in known.iter().filter(by) {
                if !key.verifies(self.text.as_bytes(), &signature.signature) {
                    return Err(NoteError::BadSignature { name: signature.name.clone() });
                }
                signed = true;
            }
        }
        if signed { Ok(()) } else { Err(NoteError::NotSignedByKnownKey) }
    }
}

impl fmt::Display for SignedNote {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}", self.text)?;
        for NoteSignature { name, key_id, signature } in &self.signatures {
            let encoded = STANDARD.encode([key_id.as_slice(), signature].concat());
            writeln!(formatter, "\u{2014} {name} {encoded}")?;
        }
        Ok(())
    }
}

fn parse_signature(line: &str) -> Result<NoteSignature, NoteError> {
    let malformed = NoteError::Malformed("a signature line is not `— name base64`");
    let rest = line.strip_prefix("\u{2014} ").ok_or(malformed.clone())?;
    let (name, encoded) = rest.split_once(' ').ok_or(malformed.clone())?;
    let bytes = STANDARD.decode(encoded).map_err(|_| malformed.clone())?;
    let (key_id, signature) = bytes.split_first_chunk::<4>().ok_or(malformed.clone())?;
    if !is_key_name(name) || signature.is_empty() {
        return Err(malformed);
    }
    Ok(NoteSignature { name: name.to_owned(), key_id: *key_id, signature: signature.to_vec() })
}

fn is_key_name(name: &str) -> bool {
    !name.is_empty()
        && !name.chars().any(|letter| letter.is_whitespace() || letter.is_control() || letter == '+')
}

fn is_note_text(text: &str) -> bool {
    text.ends_with('\n') && !text.bytes().any(|byte| byte < b' ' && byte != b'\n')
}

#[cfg(test)]
pub(crate) mod tests {
    use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
    use proptest::prelude::*;

    use super::*;

    /// A key pair from a fixed seed.
    pub struct TestSigner {
        pair: Ed25519KeyPair,
        key: VerifyingKey,
    }

    impl TestSigner {
        pub fn new(name: &str, seed: u8) -> Self {
            let pair = Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap();
            let key = VerifyingKey::new(name, pair.public_key().as_ref().try_into().unwrap()).unwrap();
            Self { pair, key }
        }
    }

    impl Sign for TestSigner {
        fn verifying_key(&self) -> &VerifyingKey {
            &self.key
        }

        fn sign(&self, message: &[u8]) -> Result<[u8; 64], SignError> {
            Ok(self.pair.sign(message).as_ref().try_into().unwrap())
        }
    }

    /// The example in the documentation of Go's `golang.org/x/mod/sumdb/note`, where the form began.
    const FOREIGN_KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const FOREIGN_NOTE: &str = "If you think cryptography is the answer to your problem,\n\
        then you don't know what your problem is.\n\n\
        \u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

    #[test]
    fn a_note_signed_elsewhere_verifies_here() {
        let key: VerifyingKey = FOREIGN_KEY.parse().unwrap();
        let note = SignedNote::parse(FOREIGN_NOTE.as_bytes()).unwrap();

        assert_eq!(note.verify(std::slice::from_ref(&key)), Ok(()));
        assert_eq!(key.to_string(), FOREIGN_KEY);
        assert_eq!(note.to_string(), FOREIGN_NOTE);
    }

    #[test]
    fn a_note_signed_here_reads_back_and_verifies() {
        let (signer, other) = (TestSigner::new("log.example/1", 1), TestSigner::new("log.example/2", 2));
        let mut note = SignedNote::sign("one\n\ntwo\n", &signer).unwrap();
        note.add_signature(&other).unwrap();

        let read = SignedNote::parse(note.to_string().as_bytes()).unwrap();

        assert_eq!(read, note);
        assert_eq!(read.text(), "one\n\ntwo\n");
        assert_eq!(read.verify(&[signer.key, other.key]), Ok(()));
    }

    #[test]
    fn only_a_known_key_counts_and_its_wrong_signature_refuses_the_note() {
        let (signer, stranger) = (TestSigner::new("log", 1), TestSigner::new("log", 2));
        let note = SignedNote::sign("text\n", &signer).unwrap();
        let forged = note.to_string().replace("text", "test");
        let forged = SignedNote::parse(forged.as_bytes()).unwrap();

        assert_eq!(note.verify(std::slice::from_ref(&stranger.key)), Err(NoteError::NotSignedByKnownKey));
        assert_eq!(note.verify(&[]), Err(NoteError::NotSignedByKnownKey));
        assert_eq!(
            forged.verify(std::slice::from_ref(&signer.key)),
            Err(NoteError::BadSignature { name: "log".into() })
        );
    }

    #[test]
    fn what_is_not_a_note_is_refused() {
        let signed = "\u{2014} log AAAAAAA=\n";
        let cases = [
            ("empty", String::new()),
            ("no signatures", "text\n\n".into()),
            ("no blank line", format!("text\n{signed}")),
            ("no newline at the end", format!("text\n\n{}", signed.trim_end())),
            ("a control character", format!("te\txt\n\n{signed}")),
            ("a carriage return", format!("text\r\n\n{signed}")),
            ("a hyphen for the dash", format!("text\n\n{}", signed.replace('\u{2014}', "-"))),
            ("a name with a plus", format!("text\n\n{}", signed.replace("log", "lo+g"))),
            ("no name", format!("text\n\n{}", signed.replace("log", ""))),
            ("a key id alone", "text\n\n\u{2014} log AAAAAA==\n".into()),
            ("not base64", format!("text\n\n{}", signed.replace("AAAA", "A!AA"))),
        ];
        for (name, note) in cases {
            assert!(SignedNote::parse(note.as_bytes()).is_err(), "{name}");
        }
        assert!(SignedNote::parse(format!("text\n\n{signed}").as_bytes()).is_ok());
    }

    #[test]
    fn a_key_text_that_does_not_agree_with_itself_is_refused() {
        let cases = [
            FOREIGN_KEY.replace("c74f20a3", "c74f20a4"),
            FOREIGN_KEY.replace("PeterNeumann", "PeterNewman"),
            FOREIGN_KEY.replace("+AR", "+AB"),
            FOREIGN_KEY.replace("+AR", "+BR"),
            "PeterNeumann+c74f20a3".into(),
            String::new(),
        ];
        for text in cases {
            assert!(text.parse::<VerifyingKey>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_readers_panic(text in "(.|\n|\u{2014} ){0,80}") {
            let _ = SignedNote::parse(text.as_bytes());
            let _ = text.parse::<VerifyingKey>();
        }
    }
}
