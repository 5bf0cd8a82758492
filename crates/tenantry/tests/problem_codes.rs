//! The stable codes of refusals (decision 0003): all that the sources give stand in `docs/problem-codes.md`, each
//! with what to do about it, and nothing else stands there.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Calls that make a refusal or a problem, with the status that each means.
const MAKERS: &[(&str, &str)] = &[
    ("invalid", "400"),
    ("bad_request", "400"),
    ("unauthorized", "401"),
    ("forbidden", "403"),
    ("not_found", "404"),
    ("conflict", "409"),
    ("precondition", "422"),
    ("BAD_REQUEST", "400"),
    ("UNAUTHORIZED", "401"),
    ("FORBIDDEN", "403"),
    ("NOT_FOUND", "404"),
    ("METHOD_NOT_ALLOWED", "405"),
    ("CONFLICT", "409"),
    ("PAYLOAD_TOO_LARGE", "413"),
    ("UNSUPPORTED_MEDIA_TYPE", "415"),
    ("UNPROCESSABLE_ENTITY", "422"),
    ("TooMany", "429"),
    ("TOO_MANY_REQUESTS", "429"),
    ("INTERNAL_SERVER_ERROR", "500"),
    ("Unavailable", "503"),
    ("SERVICE_UNAVAILABLE", "503"),
    ("INSUFFICIENT_STORAGE", "507"),
];

/// Functions that take a code as their first argument and hand it on, with the file and the status.
const HANDED_ON: &[(&str, &str, &str)] = &[
    ("app/src/customer/assess.rs", "refused(", "422"),
    ("server/src/problem.rs", "conflict(", "409"),
    ("server/src/api/gate.rs", "let code = ", "400"),
];

/// Codes whose status the one mapping of refusals changes.
const STATUS_OF_ITS_OWN: &[(&str, &str)] = &[("sign-in-refused", "401"), ("link-refused", "401")];

const DO_SOMETHING: &str = "**say what to do**";

#[test]
fn problem_codes_are_documented_with_what_to_do() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let page = root.join("docs/problem-codes.md");
    let (found, unread) = codes_of(&root.join("crates"));
    assert!(
        unread.is_empty(),
        "a refusal whose code this test cannot read: give it in place, or name the function in `HANDED_ON`: {unread:#?}"
    );
    assert!(found.len() > 100 && found.contains_key("no-such-customer"), "the sources are read: {found:?}");
    let known = advice_of(&fs::read_to_string(&page).unwrap_or_default());

    let text = page_of(&found, &known);

    if std::env::var_os("TENANTRY_BLESS").is_some() {
        fs::write(&page, &text).expect("the page is written");
    }
    let written = fs::read_to_string(&page).unwrap_or_default();
    assert!(
        written == text,
        "`docs/problem-codes.md` is not what the sources say; run `cargo xtask bless problem_codes`"
    );
    let silent: Vec<_> = text.lines().filter(|line| line.contains(DO_SOMETHING)).collect();
    assert!(silent.is_empty(), "write in `docs/problem-codes.md` what callers do about: {silent:#?}");
}

type Codes = BTreeMap<String, BTreeSet<&'static str>>;

/// Codes with their statuses, and the calls that hold none.
fn codes_of(crates: &Path) -> (Codes, Vec<String>) {
    let (mut codes, mut unread) = (Codes::new(), Vec::new());
    for name in ["app/src", "server/src", "tenantry/src/wiring"] {
        for file in sources_under(&crates.join(name)) {
            let text = fs::read_to_string(&file).expect("a source is text");
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            let place = file.to_string_lossy().into_owned();
            read_calls(code, &place, &mut codes, &mut unread);
            for (of, call, status) in HANDED_ON {
                if !place.ends_with(of) {
                    continue;
                }
                for (at, _) in code.match_indices(call) {
                    let line = code[at..].split('\n').next().unwrap_or_default();
                    for literal in literals(line).filter(|literal| is_code(literal)) {
                        codes.entry(literal.to_owned()).or_default().insert(status);
                    }
                }
            }
        }
    }
    // Questions in lines have codes with underscores; as the one question of a request, with dashes.
    for file in sources_under(&crates.join("domain/src/access")) {
        let text = fs::read_to_string(&file).expect("a source is text");
        let calls = text.split("#[cfg(test)]").next().unwrap_or_default().split("LineError::new(").skip(1);
        let of_lines = calls.filter_map(|call| literals(within_parentheses(call)).next());
        for code in of_lines.map(|code| code.replace('_', "-")).filter(|code| is_code(code)) {
            codes.entry(code).or_default().insert("400");
        }
    }
    for (code, status) in STATUS_OF_ITS_OWN {
        codes.insert((*code).to_owned(), BTreeSet::from([*status]));
    }
    (codes, unread)
}

/// Calls such as `Refusal::invalid("code", …)` and `Problem::new(StatusCode::CONFLICT, "code", …)`.
fn read_calls(code: &str, place: &str, codes: &mut Codes, unread: &mut Vec<String>) {
    for start in ["Refusal::", "Problem::", "Self::"] {
        if start == "Self::" && !place.ends_with("failure.rs") && !place.ends_with("problem.rs") {
            continue;
        }
        for (at, _) in code.match_indices(start) {
            let rest = &code[at + start.len()..];
            let Some((maker, arguments)) = rest.split_once('(') else { continue };
            let is_new = maker == "new";
            if !is_new && !MAKERS.iter().any(|(name, _)| *name == maker) {
                continue;
            }
            let arguments = within_parentheses(arguments);
            // A constructor hands on what it is given; `Problem::not_found()` takes nothing.
            if arguments.trim().is_empty()
                || arguments.starts_with("RefusalKind::") && !arguments.contains('"')
            {
                continue;
            }
            let status = if is_new {
                MAKERS
                    .iter()
                    .find(|(name, _)| arguments.split(',').next().is_some_and(|kind| kind.ends_with(name)))
            } else {
                MAKERS.iter().find(|(name, _)| *name == maker)
            };
            let literal = literals(arguments).next().filter(|literal| is_code(literal));
            match (literal, status) {
                (Some(literal), Some((_, status))) => {
                    codes.entry(literal.to_owned()).or_default().insert(status);
                }
                _ if HANDED_ON.iter().any(|(of, ..)| place.ends_with(of)) => {}
                _ if arguments.trim() == "StatusCode::BAD_REQUEST, code, detail" => {}
                _ => unread.push(format!("{place}: {start}{maker}({arguments})")),
            }
        }
    }
}

/// The text up to the parenthesis that closes.
fn within_parentheses(text: &str) -> &str {
    let mut depth = 1;
    for (at, character) in text.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return &text[..at];
        }
    }
    text
}

fn literals(text: &str) -> impl Iterator<Item = &str> {
    text.split('"').skip(1).step_by(2)
}

fn is_code(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
}

fn sources_under(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder is read") {
        let path = entry.expect("the entry is read").path();
        if path.is_dir() {
            files.extend(sources_under(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("tests.rs") {
            files.push(path);
        }
    }
    files
}

/// What the page says to do about each code.
fn advice_of(page: &str) -> BTreeMap<String, String> {
    page.lines()
        .filter_map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
            let [code, _, advice] = cells[..] else { return None };
            Some((code.trim_matches('`').to_owned(), advice.to_owned()))
        })
        .collect()
}

fn page_of(codes: &Codes, advice: &BTreeMap<String, String>) -> String {
    let mut text = String::from(
        "# Problem codes\n\n\
         Every refusal has a stable `code`: in problem documents (RFC 9457) with this HTTP status, in the answer to a line of\n\
         an import, and, with underscores for dashes, in the answer to a line of questions or accesses. A test collects codes\n\
         and statuses from the sources; the last column is written by hand.\n\n\
         | Code | Status | What to do |\n|---|---|---|\n",
    );
    for (code, statuses) in codes {
        let statuses: Vec<&str> = statuses.iter().copied().collect();
        let advice = advice.get(code).map_or(DO_SOMETHING, String::as_str);
        text.push_str(&format!("| `{code}` | {} | {advice} |\n", statuses.join(", ")));
    }
    text
}
