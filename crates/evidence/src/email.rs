//! E-mail addresses by their form and by what is known of their domain, offline (CIP-07).

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::check::{Check, Class, Rule};

const ADDRESS_LEN_MAX: usize = 254;
const LOCAL_LEN_MAX: usize = 64;

/// `Debug` does not show the address.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    pub checks: Vec<Check>,
    /// The address with its domain in the form of the DNS, when its syntax is right.
    pub normal: Option<String>,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer").field("checks", &self.checks).finish_non_exhaustive()
    }
}

/// Domains that give out mailboxes to be thrown away, in the form of the DNS and in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisposableDomains {
    domains: BTreeSet<String>,
    /// Whether these are the few that come with the program. Every finding from them says so.
    is_sample: bool,
}

/// A few that have been known for long. Sample data: an operator brings a current list.
const SAMPLE: &[&str] = &[
    "10minutemail.com",
    "discard.email",
    "dispostable.com",
    "fakeinbox.com",
    "getnada.com",
    "grr.la",
    "guerrillamail.com",
    "mailcatch.com",
    "maildrop.cc",
    "mailinator.com",
    "mailnesia.com",
    "mintemail.com",
    "sharklasers.com",
    "spam4.me",
    "spamgourmet.com",
    "temp-mail.org",
    "tempmail.com",
    "throwawaymail.com",
    "trashmail.com",
    "yopmail.com",
];

/// Names of mailboxes that a role reads, not a person (RFC 2142 and common use).
const ROLES: &[&str] = &[
    "abuse",
    "accounting",
    "accounts",
    "admin",
    "administrator",
    "billing",
    "contact",
    "finance",
    "ftp",
    "help",
    "hostmaster",
    "hr",
    "info",
    "invoice",
    "invoices",
    "it",
    "jobs",
    "legal",
    "list",
    "mail",
    "mailer-daemon",
    "marketing",
    "news",
    "no-reply",
    "noc",
    "noreply",
    "office",
    "orders",
    "postmaster",
    "press",
    "privacy",
    "root",
    "sales",
    "security",
    "service",
    "support",
    "sysadmin",
    "team",
    "tech",
    "usenet",
    "webmaster",
    "www",
];

/// Top-level domains that no mail reaches (RFC 2606, RFC 6761, RFC 7686, RFC 9476).
const RESERVED: &[&str] = &[
    "alt",
    "example",
    "example.com",
    "example.net",
    "example.org",
    "internal",
    "invalid",
    "local",
    "localhost",
    "onion",
    "test",
];

const SYNTAX: Rule = Rule { check: "email-syntax@1", class: Class::C };
const DOMAIN: Rule = Rule { check: "email-domain@1", class: Class::E };
const ROLE: Rule = Rule { check: "email-role@1", class: Class::E };
const DISPOSABLE: Rule = Rule { check: "email-disposable@1", class: Class::E };

impl DisposableDomains {
    /// A list of the operator's: a domain a line, `#` before a remark. Lines that are no domain are left out.
    pub fn parse(text: &str) -> Self {
        let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
        let domains = lines.filter(|line| !line.is_empty()).filter_map(domain_name).collect();
        Self { domains, is_sample: false }
    }

    pub fn is_sample(&self) -> bool {
        self.is_sample
    }

    /// Whether the domain or one above it is on the list.
    fn contains(&self, domain: &str) -> bool {
        is_under(domain, |name| self.domains.contains(name))
    }
}

impl Default for DisposableDomains {
    fn default() -> Self {
        Self { domains: SAMPLE.iter().map(|domain| (*domain).to_owned()).collect(), is_sample: true }
    }
}

/// Checks an address. Whether anybody reads it takes a code sent to it.
pub fn check(text: &str, disposable: &DisposableDomains) -> Answer {
    let (local, domain) = match parts(text.trim()) {
        Ok(parts) => parts,
        Err(check) => return Answer { checks: vec![check], normal: None },
    };
    let syntax = SYNTAX.pass("well-formed", "The address is well formed.");
    let checks =
        vec![syntax, weigh_domain(&domain), weigh_role(local), weigh_disposable(&domain, disposable)];
    Answer { checks, normal: Some(format!("{local}@{domain}")) }
}

/// The local part as it is, and the domain in the form of the DNS (RFC 5321, 4.1.2; RFC 6531, 3.3).
fn parts(text: &str) -> Result<(&str, String), Check> {
    if text.len() > ADDRESS_LEN_MAX {
        return Err(SYNTAX.fail("too-long", "The address is longer than 254 bytes."));
    }
    let Some((local, domain)) = text.rsplit_once('@') else {
        return Err(SYNTAX.fail("no-at-sign", "There is no `@` in it."));
    };
    if local.len() > LOCAL_LEN_MAX {
        return Err(SYNTAX.fail("local-part-too-long", "The part before the `@` is longer than 64 bytes."));
    }
    if !local.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_atom_text)) {
        // Quoted local parts are allowed by the standard, used by nobody, and a way to smuggle.
        return Err(SYNTAX.fail("local-part-malformed", "The part before the `@` is not one in use."));
    }
    match domain_name(domain) {
        Some(domain) if local.len() + 1 + domain.len() <= ADDRESS_LEN_MAX => Ok((local, domain)),
        Some(_) => Err(SYNTAX.fail("too-long", "The address is longer than 254 bytes.")),
        None => Err(SYNTAX.fail("domain-malformed", "The part after the `@` is no domain name.")),
    }
}

fn is_atom_text(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c) || !c.is_ascii() && c.is_alphanumeric()
}

/// In lower case and Punycode; `None` for what is no name of at least two labels, such as an IP address.
fn domain_name(text: &str) -> Option<String> {
    // So that hostile text costs nothing before it is refused.
    if text.len() > ADDRESS_LEN_MAX {
        return None;
    }
    let domain = idna::domain_to_ascii_strict(text).ok()?;
    let top = domain.rsplit_once('.')?.1;
    let is_name = !top.is_empty() && !top.bytes().all(|byte| byte.is_ascii_digit());
    is_name.then_some(domain)
}

fn is_under(domain: &str, is_known: impl Fn(&str) -> bool) -> bool {
    let mut rest = domain;
    loop {
        if is_known(rest) {
            return true;
        }
        match rest.split_once('.') {
            Some((_, above)) => rest = above,
            None => return false,
        }
    }
}

fn weigh_domain(domain: &str) -> Check {
    if is_under(domain, |name| RESERVED.contains(&name)) {
        DOMAIN.warn("reserved-domain", "The domain is set aside for examples and tests; no mail reaches it.")
    } else {
        DOMAIN.pass("public-domain", "The domain is of the public kind; whether it takes mail was not asked.")
    }
}

fn weigh_role(local: &str) -> Check {
    let name = local.split('+').next().unwrap_or_default().to_ascii_lowercase();
    if ROLES.contains(&name.as_str()) {
        ROLE.warn("role-address", "The address is of a role, so it proves contact with no certain person.")
    } else {
        ROLE.pass("personal", "The address is not one of the usual roles.")
    }
}

fn weigh_disposable(domain: &str, disposable: &DisposableDomains) -> Check {
    match (disposable.contains(domain), disposable.is_sample) {
        (true, _) => DISPOSABLE.warn("disposable-domain", "The domain gives out mailboxes to be thrown away."),
        (false, false) => DISPOSABLE.pass("not-listed", "The domain is not on the list of disposable ones."),
        // A short sample clears nobody.
        (false, true) => DISPOSABLE.unknown(
            "sample-list-only",
            "The domain is not among the few that come with the program; there is no current list to look in.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::CheckResult;
    use proptest::prelude::*;

    /// CIP-07
    #[test]
    fn addresses_are_checked_by_the_letter() {
        let (long_local, long_label) =
            (format!("{}@a.org", "a".repeat(65)), format!("a@{}.org", "a".repeat(64)));
        let long = format!("a@{}org", "abcdefgh.".repeat(30));
        let cases = [
            ("Ann.Lee+cloud@Mail.Provider.ORG", Ok("Ann.Lee+cloud@mail.provider.org")),
            ("ann@bücher.de", Ok("ann@xn--bcher-kva.de")),
            ("иван@почта.рф", Ok("иван@xn--80a1acny.xn--p1ai")),
            (" o'brien@provider.org ", Ok("o'brien@provider.org")),
            ("", Err("no-at-sign")),
            ("ann", Err("no-at-sign")),
            ("@provider.org", Err("local-part-malformed")),
            ("a@b@provider.org", Err("local-part-malformed")),
            (".ann@provider.org", Err("local-part-malformed")),
            ("ann..lee@provider.org", Err("local-part-malformed")),
            ("\"ann lee\"@provider.org", Err("local-part-malformed")),
            ("ann\r\nBcc: x@provider.org", Err("local-part-malformed")),
            ("ann\0@provider.org", Err("local-part-malformed")),
            ("ann@localhost", Err("domain-malformed")),
            ("ann@[192.0.2.1]", Err("domain-malformed")),
            ("ann@192.0.2.1", Err("domain-malformed")),
            ("ann@-provider.org", Err("domain-malformed")),
            ("ann@provider..org", Err("domain-malformed")),
            ("ann@provider.org.", Err("domain-malformed")),
            ("ann@pro vider.org", Err("domain-malformed")),
            (&long_local, Err("local-part-too-long")),
            (&long_label, Err("domain-malformed")),
            (&long, Err("too-long")),
        ];
        for (text, expected) in cases {
            let answer = check(text, &DisposableDomains::default());
            let got = answer.normal.as_deref().ok_or(answer.checks[0].reason.as_str());
            assert_eq!(got, expected, "{text:?}");
        }
    }

    /// CIP-07
    #[test]
    fn roles_reserved_and_disposable_domains_are_named() {
        let own = DisposableDomains::parse(
            "# ours\nThrowaway.Example.net # a remark\n\nwegwerf-bücher.de\nnot a domain",
        );
        let sample = DisposableDomains::default();
        let cases = [
            ("support@provider.org", &own, vec!["role-address"]),
            ("Support+x@provider.org", &own, vec!["role-address"]),
            ("ann@mailinator.com", &sample, vec!["disposable-domain"]),
            ("ann@a.b.mailinator.com", &sample, vec!["disposable-domain"]),
            ("ann@notmailinator.com", &sample, vec!["sample-list-only"]),
            ("ann@mailinator.com", &own, vec![]),
            ("ann@x.wegwerf-bücher.de", &own, vec!["disposable-domain"]),
            ("ann@throwaway.example.net", &own, vec!["reserved-domain", "disposable-domain"]),
            ("ann@shop.example", &own, vec!["reserved-domain"]),
            ("ann@provider.org", &own, vec![]),
        ];
        for (text, list, expected) in cases {
            let checks = check(text, list).checks;
            let odd = checks.iter().filter(|check| check.result != CheckResult::Pass);
            assert_eq!(odd.map(|check| check.reason.as_str()).collect::<Vec<_>>(), expected, "{text}");
        }
        assert!(sample.is_sample() && !own.is_sample());
    }

    #[test]
    fn an_answer_does_not_print_the_address() {
        let answer = check("ann.lee@provider.org", &DisposableDomains::default());

        assert!(!format!("{answer:?}").contains("lee"), "{answer:?}");
        let stored = serde_json::to_string(&answer).unwrap();
        assert_eq!(serde_json::from_str::<Answer>(&stored).unwrap(), answer);
    }

    proptest! {
        /// No text that passes can break out of a header line.
        #[test]
        fn any_text_gets_an_answer_and_none_that_passes_holds_a_control(text in "\\PC{0,20}.?@.?\\PC{0,20}", any in ".{0,300}") {
            for text in [text, any] {
                let answer = check(&text, &DisposableDomains::default());
                prop_assert!(!answer.checks.is_empty());
                let is_clean = |normal: String| !normal.chars().any(|c| c.is_control() || c.is_whitespace());
                prop_assert!(answer.normal.is_none_or(is_clean));
            }
        }
    }
}
