//! Which documents are taken, by kind and country (CIP-11). The list comes from a pack or the operator.

use serde::{Deserialize, Serialize};
use terms::Country;

/// One line of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptedDocument {
    /// Such as `passport`.
    pub kind: String,
    /// Which countries' documents; `None` for every country's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub countries: Option<Vec<Country>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Route {
    Accepted,
    /// The document does not count; the customer is verified without one.
    NonDocumentary,
}

/// Where a document leads. One of an unknown country is taken only where every country's is.
pub fn route(kind: &str, country: Option<Country>, accepted: &[AcceptedDocument]) -> Route {
    let takes = |line: &AcceptedDocument| {
        let kind_fits = !kind.trim().is_empty() && line.kind.trim().eq_ignore_ascii_case(kind.trim());
        kind_fits
            && line
                .countries
                .as_ref()
                .is_none_or(|taken| country.is_some_and(|country| taken.contains(&country)))
    };
    if accepted.iter().any(takes) { Route::Accepted } else { Route::NonDocumentary }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CIP-11
    #[test]
    fn an_unlisted_document_routes_to_non_documentary() {
        let country = |code: &str| code.parse::<Country>().unwrap();
        let accepted = [
            AcceptedDocument { kind: "passport".into(), countries: None },
            AcceptedDocument { kind: "id_card".into(), countries: Some(vec![country("DE"), country("FR")]) },
            AcceptedDocument { kind: "licence".into(), countries: Some(vec![]) },
        ];
        let cases = [
            ("passport", Some("BR"), Route::Accepted),
            (" Passport", Some("BR"), Route::Accepted),
            ("passport", None, Route::Accepted),
            ("id_card", Some("DE"), Route::Accepted),
            ("id_card", Some("BR"), Route::NonDocumentary),
            ("id_card", None, Route::NonDocumentary),
            ("licence", Some("DE"), Route::NonDocumentary),
            ("library card", Some("DE"), Route::NonDocumentary),
            ("", Some("DE"), Route::NonDocumentary),
        ];
        for (kind, code, expected) in cases {
            assert_eq!(route(kind, code.map(country), &accepted), expected, "{kind} {code:?}");
        }
        assert_eq!(route("passport", None, &[]), Route::NonDocumentary, "an empty list takes nothing");
    }
}
