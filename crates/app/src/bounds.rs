//! How long and how many: what callers write in clear is bounded and holds no personal data by its form.

use domain::event::ReasonCode;
use domain::special_measure::Condition;

use crate::failure::Refusal;

/// Longest line of text, and longest code.
pub const LINE_BYTES_MAX: usize = 200;
/// Most things of one kind in one request, where nothing else bounds them.
pub const COUNT_MAX: usize = 200;

/// Refuses what is not one line with something in it.
pub fn check_line(text: &str, pointer: &str) -> Result<(), Refusal> {
    if text.trim().is_empty() || text.len() > LINE_BYTES_MAX || text.chars().any(char::is_control) {
        let detail = format!("one line of 1 to {LINE_BYTES_MAX} bytes is needed");
        return Err(Refusal::invalid("text-refused", detail).at(pointer));
    }
    Ok(())
}

pub fn check_count(count: usize, pointer: &str) -> Result<(), Refusal> {
    if count > COUNT_MAX {
        let detail = format!("at most {COUNT_MAX} at once");
        return Err(Refusal::invalid("too-many-entries", detail).at(pointer));
    }
    Ok(())
}

/// Refuses what is no code, id or hash. An e-mail address has an `@` and a name has spaces: neither is one.
pub fn check_code(text: &str, pointer: &str) -> Result<(), Refusal> {
    let is_code = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:/+=#".contains(&byte);
    if text.is_empty() || text.len() > LINE_BYTES_MAX || !text.bytes().all(is_code) {
        let detail = format!(
            "codes, ids and hashes have 1 to {LINE_BYTES_MAX} letters, digits and `-_.:/+=#`, and no personal data"
        );
        return Err(Refusal::invalid("code-refused", detail).at(pointer));
    }
    Ok(())
}

/// The same with a version after the code, such as `mrz-check@2`.
pub fn check_versioned_code(text: &str, pointer: &str) -> Result<(), Refusal> {
    let is_version = |text: &str| {
        !text.is_empty() && text.len() <= 20 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
    };
    match text.rsplit_once('@') {
        Some((code, version)) if is_version(version) => check_code(code, pointer),
        _ => check_code(text, pointer),
    }
}

pub fn parse_reason(text: &str, pointer: &str) -> Result<ReasonCode, Refusal> {
    text.parse().map_err(|error| Refusal::invalid("reason-code-refused", error).at(pointer))
}

/// Refuses conditions without bound; what they ask for is the caller's.
pub fn check_conditions(conditions: &[Condition], pointer: &str) -> Result<(), Refusal> {
    check_count(conditions.len(), pointer)?;
    for (number, condition) in conditions.iter().enumerate() {
        let (words, field): (&[String], _) = match condition {
            Condition::RestrictProduct { resources } => (resources, "resources"),
            Condition::RestrictRegion { allowed } => (allowed, "allowed"),
            Condition::Cap { resource, .. } => (std::slice::from_ref(resource), "resource"),
            _ => continue,
        };
        let at = format!("{pointer}/{number}/{field}");
        check_count(words.len(), &at)?;
        for word in words {
            check_line(word, &at)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SEC-02: what goes into events and stands beside sealed values is a code by its form.
    #[test]
    fn codes_are_no_addresses_and_no_names() {
        let long = "x".repeat(LINE_BYTES_MAX + 1);
        let cases = [
            ("document-expired", true, true),
            ("fact_01j0000000000000000000000", true, true),
            ("sha256:ab12+/=", true, true),
            ("mrz-check@2", false, true),
            ("mrz-check@2.1", false, true),
            ("ivan.petrov@mail.example", false, false),
            ("a@b@1", false, false),
            ("mrz-check@", false, false),
            ("Ivan Petrov", false, false),
            ("Анна", false, false),
            ("", false, false),
            (&long, false, false),
        ];
        for (text, code, versioned) in cases {
            assert_eq!(check_code(text, "/x").is_ok(), code, "{text}");
            assert_eq!(check_versioned_code(text, "/x").is_ok(), versioned, "{text}");
        }
    }

    #[test]
    fn conditions_are_bounded_and_pointed_at() {
        let cap = |resource: &str| Condition::Cap { resource: resource.to_owned(), max: 1 };
        let many = |words: usize| Condition::RestrictRegion { allowed: vec!["eu".to_owned(); words] };
        let cases = [
            (vec![cap("vcpu"), many(COUNT_MAX)], None),
            (vec![cap("vcpu"), cap(&"x".repeat(LINE_BYTES_MAX + 1))], Some("/c/1/resource")),
            (vec![many(COUNT_MAX + 1)], Some("/c/0/allowed")),
            (vec![Condition::DenyCrypto; COUNT_MAX + 1], Some("/c")),
        ];
        for (conditions, pointer) in cases {
            let refused = check_conditions(&conditions, "/c").err().and_then(|refusal| refusal.pointer);
            assert_eq!(refused.as_deref(), pointer);
        }
    }
}
