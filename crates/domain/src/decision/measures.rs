//! The gate of special measures, and requests held against conditions of any origin.

use super::{Answer, Facts, Found, allow, found};
use crate::special_measure::{Condition, MeasureAction};

pub(super) fn no_measure_prohibits(facts: &Facts) -> Found {
    let mut strictest = allow("no-measure");
    for (measure, _) in facts.measures.iter().filter(|(measure, _)| measure.is_in_force(facts.at)) {
        let said = match &measure.action {
            MeasureAction::Prohibit { opening, maintaining } => prohibition(facts, *opening, *maintaining),
            MeasureAction::Condition { conditions } => conditions_hold(
                facts,
                conditions,
                facts.account.approvals.contains(&measure.id),
                ["measure-denies", "measure-asks-approval", "measure-conditions"],
            ),
        };
        if said.answer > Answer::Allow {
            strictest.because.push(format!("{} {}", measure.id, measure.document_hash));
        }
        strictest.conditions.extend(said.conditions);
        if said.answer > strictest.answer {
            (strictest.answer, strictest.reason) = (said.answer, said.reason);
        }
    }
    strictest
}

fn prohibition(facts: &Facts, opening: bool, maintaining: bool) -> Found {
    if (opening && facts.action.begins()) || (maintaining && facts.action.grows()) {
        found(Answer::Deny, "measure-prohibits")
    } else if maintaining {
        // Data may be taken out while the account winds down (SM-05).
        found(Answer::AllowWithConditions, "measure-winds-down")
    } else {
        allow("measure-does-not-reach-action")
    }
}

/// Holds a request against conditions. `reasons` are the codes for denied, for review, with conditions.
pub(super) fn conditions_hold(
    facts: &Facts,
    conditions: &[Condition],
    approved: bool,
    [denied, for_review, with_conditions]: [&'static str; 3],
) -> Found {
    let mut result = allow("conditions-hold");
    for condition in conditions {
        let answer = condition_answer(facts, condition, approved);
        if answer == Answer::AllowWithConditions {
            result.conditions.push(condition.clone());
        }
        if answer > result.answer {
            result.answer = answer;
            result.reason = match answer {
                Answer::Deny => denied,
                Answer::Review => for_review,
                _ => with_conditions,
            };
        }
    }
    result
}

fn condition_answer(facts: &Facts, condition: &Condition, approved: bool) -> Answer {
    let (action, context) = (facts.action, &facts.context);
    let deny_if = |denied: bool| if denied { Answer::Deny } else { Answer::AllowWithConditions };
    match condition {
        Condition::RequireVerificationLevel { level } if facts.standing.level >= *level => Answer::Allow,
        Condition::RequireVerificationLevel { .. } => {
            if action.grows() {
                Answer::Deny
            } else {
                Answer::Allow
            }
        }
        Condition::RequireApproval { .. } if approved || !action.grows() => Answer::Allow,
        Condition::RequireApproval { .. } => Answer::Review,
        Condition::RestrictProduct { resources } => {
            let asked = context.resource.as_ref().is_some_and(|resource| resources.contains(resource));
            deny_if(asked && action.grows())
        }
        Condition::RestrictRegion { allowed } => {
            let outside = context.region.as_ref().is_some_and(|region| !allowed.contains(region));
            deny_if(outside && action.grows())
        }
        Condition::Cap { resource, max } => {
            let asked = context.resource.as_ref() == Some(resource);
            deny_if(asked && context.quantity.is_some_and(|quantity| quantity > *max))
        }
        Condition::DenyNewAccounts => {
            if action.begins() {
                Answer::Deny
            } else {
                Answer::Allow
            }
        }
        Condition::DenyCrypto => deny_if(context.payment.as_deref() == Some("wallet")),
        Condition::EnhancedMonitoring | Condition::ReportActivity { .. } | Condition::WindDown { .. } => {
            Answer::AllowWithConditions
        }
    }
}
