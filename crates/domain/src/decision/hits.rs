//! The gate of list hits: the customer's own, its owners', and those of the resellers above.

use super::{Answer, Facts, Found, allow};
use crate::screening::{Consequences, Effect, HitStatus, OnLists, consequences};
use crate::special_measure::Condition;

/// Reason codes of one party: what a hit on it comes to.
struct Reasons {
    confirmed: &'static str,
    not_licensed: &'static str,
    not_resolved: &'static str,
    licensed: &'static str,
    resolved: &'static str,
    licence_check: &'static str,
    red_flag: &'static str,
    inquiry: &'static str,
    open: &'static str,
    open_no_growth: &'static str,
}

const OWN: Reasons = Reasons {
    confirmed: "hit-confirmed",
    not_licensed: "hit-not-licensed",
    not_resolved: "hit-not-resolved",
    licensed: "hit-licensed",
    resolved: "hit-resolved",
    licence_check: "hit-licence-check",
    red_flag: "hit-red-flag",
    inquiry: "hit-inquiry",
    open: "hit-open",
    open_no_growth: "hit-open-no-growth",
};

const OF_RESELLER: Reasons = Reasons {
    confirmed: "reseller-hit-confirmed",
    not_licensed: "reseller-hit-not-licensed",
    not_resolved: "reseller-hit-not-resolved",
    licensed: "reseller-hit-licensed",
    resolved: "reseller-hit-resolved",
    licence_check: "reseller-hit-licence-check",
    red_flag: "reseller-hit-red-flag",
    inquiry: "reseller-hit-inquiry",
    open: "reseller-hit-open",
    open_no_growth: "reseller-hit-open-no-growth",
};

/// A hit holds growth back until a person has looked; what a confirmed one means, the packs say by list, and the
/// strictest of them decides. No hit closes anything.
pub fn hits_are_cleared(facts: &Facts) -> Found {
    if !facts.terms.screening_on {
        return allow("screening-off");
    }
    let mut strictest = of_party(facts, &facts.standing.on_lists(), &OWN).unwrap_or_else(|| {
        let (answer, reason) = match facts.standing.screened_with {
            None if facts.action.grows() => (Answer::Review, "not-screened"),
            _ => (Answer::Allow, "no-hit"),
        };
        Found { answer, ..allow(reason) }
    });
    for above in &facts.resellers {
        let Some(found) = of_party(facts, &above.on_lists, &OF_RESELLER) else { continue };
        strictest.because.push(format!("reseller {}", above.reseller));
        strictest = stricter(strictest, found);
    }
    strictest.because.insert(0, format!("lists {}", facts.terms.lists_version));
    strictest
}

/// The first where both answer alike; conditions and grounds of both.
fn stricter(first: Found, second: Found) -> Found {
    let (mut held, other) = if second.answer > first.answer { (second, first) } else { (first, second) };
    held.conditions.extend(other.conditions);
    held.conditions.dedup();
    held.because.extend(other.because);
    held
}

/// `None` where there is no hit.
fn of_party(facts: &Facts, party: &OnLists, reasons: &Reasons) -> Option<Found> {
    let confirmed = (party.hits == HitStatus::Confirmed).then(|| {
        let found =
            consequences(&party.confirmed_entries, &party.listed_owners, &facts.terms.lists, facts.at);
        // Rows from before entries were kept with it say no more than that one was confirmed.
        found.unwrap_or(Consequences { strictest: Effect::Block, outcome_due: false, because: Vec::new() })
    });
    let confirmed = confirmed.map(|found| confirmed_is(facts, found, reasons));
    let is_open = party.hits == HitStatus::Open || party.hit_open;
    let open = is_open.then(|| match facts.action.grows() {
        true => Found { answer: Answer::Review, ..allow(reasons.open) },
        false => allow(reasons.open_no_growth),
    });
    match (confirmed, open) {
        (Some(confirmed), Some(open)) => Some(stricter(confirmed, open)),
        (confirmed, open) => confirmed.or(open),
    }
}

fn confirmed_is(facts: &Facts, found: Consequences, reasons: &Reasons) -> Found {
    let (grows, reason) = match found.strictest {
        Effect::Block => (Answer::Deny, reasons.confirmed),
        Effect::NotLicensed => (Answer::Deny, reasons.not_licensed),
        Effect::NotResolved => (Answer::Deny, reasons.not_resolved),
        Effect::LicenceCheck => (Answer::Review, reasons.licence_check),
        Effect::RedFlag => (Answer::Review, reasons.red_flag),
        Effect::Inquiry => (Answer::AllowWithConditions, reasons.inquiry),
        Effect::Licensed => (Answer::Allow, reasons.licensed),
        Effect::Resolved => (Answer::Allow, reasons.resolved),
    };
    let answer = match found.strictest {
        _ if facts.action.grows() => grows,
        Effect::Block => Answer::Review,
        _ => Answer::Allow,
    };
    let conditions =
        if answer == Answer::AllowWithConditions { vec![Condition::EnhancedMonitoring] } else { Vec::new() };
    Found { answer, reason, conditions, because: found.because }
}
