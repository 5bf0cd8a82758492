//! Checkpoints after C2SP tlog-checkpoint: the note that states a log's size and root.

use crate::hash::{Hash, TreeHead};
use crate::note::{NoteError, Sign, SignError, SignedNote, VerifyingKey};

/// What a log says about itself at one size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    origin: String,
    pub head: TreeHead,
    extensions: Vec<String>,
}

/// Why a checkpoint is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    #[error("not a checkpoint: {0}")]
    Malformed(&'static str),
    #[error("an origin is empty or holds a control character")]
    BadOrigin,
    #[error(transparent)]
    Note(#[from] NoteError),
}

impl Checkpoint {
    /// `origin` names the log: a URL without scheme, such as `compliance.example/ledger/0`.
    pub fn new(origin: impl Into<String>, head: TreeHead) -> Result<Self, CheckpointError> {
        let origin = origin.into();
        if origin.is_empty() || origin.chars().any(char::is_control) {
            return Err(CheckpointError::BadOrigin);
        }
        Ok(Self { origin, head, extensions: Vec::new() })
    }

    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Lines after the root; ours have none, those of others are kept.
    pub fn extensions(&self) -> &[String] {
        &self.extensions
    }

    /// The text that is signed.
    pub fn to_text(&self) -> String {
        let TreeHead { size, root } = self.head;
        let mut text = format!("{}\n{size}\n{root}\n", self.origin);
        for line in &self.extensions {
            text.push_str(line);
            text.push('\n');
        }
        text
    }

    /// Reads the text in its only form: no leading zeroes, no empty lines.
    pub fn parse_text(text: &str) -> Result<Self, CheckpointError> {
        use CheckpointError::Malformed;
        let body = text.strip_suffix('\n').ok_or(Malformed("no newline at the end"))?;
        let mut lines = body.split('\n');
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
            return Err(Malformed("fewer than three lines"));
        };
        let size = size.parse().map_err(|_| Malformed("the second line is not a size"))?;
        let root: Hash = root.parse().map_err(|_| Malformed("the third line is not a root hash"))?;
        let mut checkpoint = Self::new(origin, TreeHead { size, root })?;
        checkpoint.extensions = lines.map(str::to_owned).collect();
        if checkpoint.extensions.iter().any(String::is_empty) || checkpoint.to_text() != text {
            return Err(Malformed("it is not written in the only form"));
        }
        Ok(checkpoint)
    }

    /// The signed note to publish as `checkpoint`.
    pub fn sign(&self, signer: &dyn Sign) -> Result<SignedNote, SignError> {
        SignedNote::sign(self.to_text(), signer)
    }

    /// Reads a published checkpoint that a known key has signed.
    pub fn open(bytes: &[u8], known: &[VerifyingKey]) -> Result<Self, CheckpointError> {
        let note = SignedNote::parse(bytes)?;
        note.verify(known)?;
        Self::parse_text(note.text())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::note::tests::TestSigner;

    /// The text of the example in the specification.
    const EXAMPLE: &str =
        "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

    #[test]
    fn the_example_of_the_specification_reads_back_as_itself() {
        let checkpoint = Checkpoint::parse_text(EXAMPLE).unwrap();

        assert_eq!(checkpoint.origin(), "example.com/behind-the-sofa");
        assert_eq!(checkpoint.head.size, 20_852_163);
        assert_eq!(checkpoint.to_text(), EXAMPLE);
    }

    #[test]
    fn a_signed_checkpoint_opens_with_its_key_only() {
        let signer = TestSigner::new("log.example", 1);
        let checkpoint =
            Checkpoint::new("log.example", TreeHead { size: 0, root: Hash::of_empty_tree() }).unwrap();

        let published = checkpoint.sign(&signer).unwrap().to_string();

        let known = [signer.verifying_key().clone()];
        assert_eq!(Checkpoint::open(published.as_bytes(), &known), Ok(checkpoint));
        assert!(Checkpoint::open(published.replace("\n0\n", "\n1\n").as_bytes(), &known).is_err());
        assert!(Checkpoint::open(published.as_bytes(), &[]).is_err());
    }

    #[test]
    fn another_spelling_is_refused() {
        let cases = [
            ("leading zero", EXAMPLE.replace("\n2", "\n02")),
            ("sign", EXAMPLE.replace("\n2", "\n+2")),
            ("no size", EXAMPLE.replace("20852163", "")),
            ("size beyond 64 bits", EXAMPLE.replace("20852163", "99999999999999999999")),
            ("short root", EXAMPLE.replace("CsUY", "")),
            ("no origin", EXAMPLE.replace("example.com/behind-the-sofa", "")),
            ("empty line", EXAMPLE.replace("I=\n", "I=\n\nx\n")),
            ("carriage return", EXAMPLE.replace('\n', "\r\n")),
        ];
        for (name, text) in cases {
            assert!(Checkpoint::parse_text(&text).is_err(), "{name}");
        }
        assert!(Checkpoint::parse_text(&format!("{EXAMPLE}extension\n")).is_ok());
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in "(.|\n){0,80}") {
            let _ = Checkpoint::parse_text(&text);
        }
    }
}
