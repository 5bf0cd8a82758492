//! Passwords under argon2id.

use app::failure::{Failure, Refusal, RefusalKind};
use app::session::Passwords;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};

/// The second choice of RFC 9106, section 4, with one lane: 64 MiB and three passes.
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;

pub struct Argon2Passwords {
    argon2: Argon2<'static>,
    /// Stands in where there is no hash, so that an unknown handle costs what a known one does.
    nobody: String,
}

impl Argon2Passwords {
    pub fn new() -> Self {
        Self::with_cost(MEMORY_KIB, PASSES)
    }

    fn with_cost(memory_kib: u32, passes: u32) -> Self {
        let params = Params::new(memory_kib, passes, 1, None).expect("the cost is within argon2's bounds");
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let nobody =
            format!("$argon2id$v=19$m={memory_kib},t={passes},p=1${}${}", "A".repeat(22), "A".repeat(43));
        Self { argon2, nobody }
    }
}

impl Passwords for Argon2Passwords {
    fn hash(&self, password: &str) -> Result<String, Failure> {
        let unable = |detail: String| Refusal::new(RefusalKind::Unavailable, "password-not-hashed", detail);
        let mut salt = [0; 16];
        getrandom::fill(&mut salt).map_err(|error| unable(error.to_string()))?;
        let salt = SaltString::encode_b64(&salt).map_err(|error| unable(error.to_string()))?;
        let hash = self.argon2.hash_password(password.as_bytes(), &salt);
        Ok(hash.map_err(|error| unable(error.to_string()))?.to_string())
    }

    fn matches(&self, password: &str, hash: Option<&str>) -> bool {
        let given = hash.unwrap_or(&self.nobody);
        let Ok(parsed) = PasswordHash::new(given) else { return false };
        let matches = self.argon2.verify_password(password.as_bytes(), &parsed).is_ok();
        matches && hash.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_matches_its_own_hash_and_nothing_else() {
        let passwords = Argon2Passwords::with_cost(64, 1);
        let hash = passwords.hash("correct horse battery").unwrap();

        assert!(hash.starts_with("$argon2id$v=19$m=64,t=1,p=1$"));
        assert!(passwords.matches("correct horse battery", Some(&hash)));
        for (password, hash) in
            [("wrong", Some(hash.as_str())), ("", Some(&hash)), ("any", None), ("any", Some("not a hash"))]
        {
            assert!(!passwords.matches(password, hash));
        }
        assert!(PasswordHash::new(&passwords.nobody).is_ok(), "an unknown handle costs a whole hash");
    }
}
