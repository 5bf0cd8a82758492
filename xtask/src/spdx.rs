//! Licence expressions: SPDX 2.3, annex D, and the `MIT/Apache-2.0` that crates wrote before it.

use std::fmt;

/// What a crate's licence asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expression {
    /// One licence, with its exception if there is one: `Apache-2.0 WITH LLVM-exception`.
    Licence(String),
    All(Vec<Expression>),
    Any(Vec<Expression>),
}

#[derive(Debug, PartialEq, Eq)]
pub struct NotSpdx(String);

impl fmt::Display for NotSpdx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not a licence expression: {}", self.0)
    }
}

impl Expression {
    /// `AND` binds tighter than `OR`; `/` is an `OR`.
    pub fn parse(text: &str) -> Result<Self, NotSpdx> {
        let mut parser = Parser { tokens: tokens(text)?, next: 0 };
        let expression = parser.any()?;
        match parser.tokens.get(parser.next) {
            None => Ok(expression),
            Some(token) => Err(NotSpdx(format!("`{token}` is out of place in `{text}`"))),
        }
    }

    /// Whether the licences in `allowed` are enough. `X+` (X or later) is met by `X`; an exception
    /// is met only when it is listed with its licence.
    pub fn is_met_by(&self, allowed: &dyn Fn(&str) -> bool) -> bool {
        match self {
            Self::Licence(id) => allowed(id) || id.strip_suffix('+').is_some_and(allowed),
            Self::All(parts) => parts.iter().all(|part| part.is_met_by(allowed)),
            Self::Any(parts) => parts.iter().any(|part| part.is_met_by(allowed)),
        }
    }
}

struct Parser {
    tokens: Vec<String>,
    next: usize,
}

impl Parser {
    fn any(&mut self) -> Result<Expression, NotSpdx> {
        let mut parts = vec![self.all()?];
        while self.take(&["OR", "or", "/"]) {
            parts.push(self.all()?);
        }
        Ok(single_or(parts, Expression::Any))
    }

    fn all(&mut self) -> Result<Expression, NotSpdx> {
        let mut parts = vec![self.one()?];
        while self.take(&["AND", "and"]) {
            parts.push(self.one()?);
        }
        Ok(single_or(parts, Expression::All))
    }

    fn one(&mut self) -> Result<Expression, NotSpdx> {
        if self.take(&["("]) {
            let inner = self.any()?;
            return if self.take(&[")"]) { Ok(inner) } else { Err(NotSpdx("`(` is not closed".to_owned())) };
        }
        let licence = self.id()?;
        if self.take(&["WITH", "with"]) {
            let exception = self.id()?;
            return Ok(Expression::Licence(format!("{licence} WITH {exception}")));
        }
        Ok(Expression::Licence(licence))
    }

    fn id(&mut self) -> Result<String, NotSpdx> {
        const RESERVED: [&str; 9] = ["(", ")", "/", "AND", "and", "OR", "or", "WITH", "with"];
        match self.tokens.get(self.next) {
            Some(token) if !RESERVED.contains(&token.as_str()) => {
                self.next += 1;
                Ok(token.clone())
            }
            Some(token) => Err(NotSpdx(format!("`{token}` stands where a licence should"))),
            None => Err(NotSpdx("it ends where a licence should stand".to_owned())),
        }
    }

    fn take(&mut self, any_of: &[&str]) -> bool {
        let found = self.tokens.get(self.next).is_some_and(|token| any_of.contains(&token.as_str()));
        self.next += usize::from(found);
        found
    }
}

fn single_or(mut parts: Vec<Expression>, many: fn(Vec<Expression>) -> Expression) -> Expression {
    if parts.len() == 1 { parts.remove(0) } else { many(parts) }
}

fn tokens(text: &str) -> Result<Vec<String>, NotSpdx> {
    let mut tokens = Vec::new();
    let mut word = String::new();
    for character in text.chars() {
        match character {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '.' | ':' | '+' => word.push(character),
            '(' | ')' | '/' => {
                tokens.extend(take_word(&mut word));
                tokens.push(character.to_string());
            }
            _ if character.is_whitespace() => tokens.extend(take_word(&mut word)),
            _ => return Err(NotSpdx(format!("`{character}` in `{text}`"))),
        }
    }
    tokens.extend(take_word(&mut word));
    Ok(tokens)
}

fn take_word(word: &mut String) -> Option<String> {
    (!word.is_empty()).then(|| std::mem::take(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn met(expression: &str) -> bool {
        let allowed = ["MIT", "Apache-2.0", "ISC", "BSD-3-Clause", "Apache-2.0 WITH LLVM-exception"];
        Expression::parse(expression).unwrap().is_met_by(&|id| allowed.contains(&id))
    }

    #[test]
    fn an_expression_is_met_as_spdx_says() {
        let cases = [
            ("MIT", true),
            ("GPL-3.0-only", false),
            ("MIT OR GPL-3.0-only", true),
            ("MIT AND GPL-3.0-only", false),
            ("MIT/Apache-2.0", true),
            ("GPL-2.0 / MIT", true),
            ("GPL-2.0/AGPL-3.0", false),
            ("Apache-2.0 WITH LLVM-exception OR Apache-2.0 OR MIT", true),
            ("Apache-2.0 WITH LLVM-exception", true),
            ("GPL-2.0-only WITH Classpath-exception-2.0", false),
            ("MIT WITH LLVM-exception", false),
            ("ISC AND (Apache-2.0 OR GPL-2.0)", true),
            ("(MIT OR Apache-2.0) AND Unicode-3.0", false),
            ("((MIT))", true),
            ("Apache-2.0+", true),
            ("GPL-2.0+", false),
            ("LicenseRef-Proprietary", false),
            ("mit", false),
        ];
        for (expression, expected) in cases {
            assert_eq!(met(expression), expected, "{expression}");
        }
    }

    #[test]
    fn and_binds_tighter_than_or() {
        // `(MIT OR Unicode-3.0) AND GPL-2.0` would not be met.
        assert!(met("MIT OR Unicode-3.0 AND GPL-2.0"));
        assert!(met("GPL-2.0 AND Unicode-3.0 OR MIT"));
        assert!(!met("GPL-2.0 AND Unicode-3.0 OR MIT AND GPL-2.0"));
    }

    #[test]
    fn what_is_no_expression_is_refused() {
        for text in [
            "",
            "   ",
            "MIT OR",
            "OR MIT",
            "(MIT",
            "MIT)",
            "MIT Apache-2.0",
            "MIT WITH",
            "MIT, ISC",
            "()",
            "//",
        ] {
            assert!(Expression::parse(text).is_err(), "{text:?}");
        }
    }
}
