//! The rule that makes leases of lease events.

/// One lease event of one address (or prefix) and one port range. `A` is whatever names an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeaseChange<A> {
    /// Microseconds since 1970, UTC.
    pub at_us: i64,
    pub account: A,
    /// A start; else an end.
    pub begins: bool,
}

/// Who held it, from when, until when (not counted itself). `None`: still held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeaseSpan<A> {
    pub account: A,
    pub from_us: i64,
    pub until_us: Option<i64>,
}

/// The leases that overlap `from_us .. until_us`, oldest first. `history` is all events of one
/// address and port range by time, events of one instant in order of arrival.
///
/// A start ends the lease before it, whoever held that. An end ends a lease of its own account only:
/// one that comes late, when somebody else holds the address, changes nothing. An open lease
/// lasts through `now_us`. A lease that ends as it starts held nothing.
pub fn leases_between<A: Copy + Eq>(
    history: &[LeaseChange<A>],
    from_us: i64,
    until_us: i64,
    now_us: i64,
) -> Vec<LeaseSpan<A>> {
    if from_us >= until_us {
        return Vec::new();
    }
    let after = history.partition_point(|change| change.at_us <= from_us);
    let begin = history[..after].iter().rposition(|change| change.begins).unwrap_or(after);
    let mut spans = Vec::new();
    for (index, change) in history.iter().enumerate().skip(begin) {
        if change.at_us >= until_us {
            break;
        }
        if !change.begins {
            continue;
        }
        let until = history[index + 1..]
            .iter()
            .find(|later| later.begins || later.account == change.account)
            .map(|later| later.at_us);
        let last_until_us = until.unwrap_or(now_us.saturating_add(1));
        if last_until_us > change.at_us && last_until_us > from_us {
            spans.push(LeaseSpan { account: change.account, from_us: change.at_us, until_us: until });
        }
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history(text: &str) -> Vec<LeaseChange<char>> {
        text.split_whitespace()
            .map(|item| {
                let mut chars = item.chars();
                let (sign, account) = (chars.next().unwrap(), chars.next().unwrap());
                LeaseChange { at_us: chars.as_str().parse().unwrap(), account, begins: sign == '+' }
            })
            .collect()
    }

    fn shown(spans: &[LeaseSpan<char>]) -> String {
        let shown: Vec<_> = spans
            .iter()
            .map(|span| {
                let until = span.until_us.map_or("now".to_owned(), |until| until.to_string());
                format!("{}{}-{until}", span.account, span.from_us)
            })
            .collect();
        shown.join(" ")
    }

    #[test]
    fn leases_follow_from_their_events() {
        let cases = [
            ("start and end", "+a10 -a20", 0, 99, "a10-20"),
            ("open lasts until now", "+a10", 50, 51, "a10-now"),
            ("open at this very instant", "+a10", 100, 101, "a10-now"),
            ("open says nothing of the future", "+a10", 101, 200, ""),
            ("the end is not held", "+a10 -a20", 20, 21, ""),
            ("the last instant is held", "+a10 -a20", 19, 20, "a10-20"),
            ("the first instant is held", "+a10 -a20", 10, 11, "a10-20"),
            ("before it", "+a10 -a20", 5, 10, ""),
            ("a new lease ends the old", "+a10 +b20", 0, 99, "a10-20 b20-now"),
            ("renewed by the same account", "+a10 +a20 -a30", 0, 99, "a10-20 a20-30"),
            ("a late end of another ends nothing", "+a10 +b20 -a25", 21, 99, "b20-now"),
            ("a late end of another, earlier one found", "+a10 +b20 -a25 -b30", 0, 99, "a10-20 b20-30"),
            ("an end alone", "-a20", 0, 99, ""),
            ("replaced as it starts", "+a10 +b10", 0, 99, "b10-now"),
            ("ended as it starts", "+a10 -a10", 0, 99, ""),
            ("ended and begun anew at once", "+a5 -a10 +a10", 0, 99, "a5-10 a10-now"),
            ("only what overlaps", "+a10 -a20 +b30 -b40 +c50 -c60", 20, 50, "b30-40"),
            ("an empty interval overlaps nothing", "+a10 -a20", 15, 15, ""),
            ("begun in the future", "+a500", 0, 999, ""),
        ];
        for (name, events, from, until, expected) in cases {
            let spans = leases_between(&history(events), from, until, 100);
            assert_eq!(shown(&spans), expected, "{name}");
        }
    }
}
