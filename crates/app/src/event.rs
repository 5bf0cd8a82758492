//! Events to poll by position: what happened, in one order, without gaps.

use domain::event::Event;
use domain::staff::Scope;

use crate::customer::find_visible;
use crate::env::Env;
use crate::failure::Failure;

/// Events after a position, at most `limit`, with the position to continue from. A credential of a branch is
/// shown its branch's events only; positions of others are passed over.
pub fn list(env: &Env<'_>, after: u64, limit: u32) -> Result<(Vec<(u64, Event)>, u64), Failure> {
    env.actor.may(Scope::EventsRead)?;
    let events = env.store().log().list_events(after, limit)?;
    let last = events.last().map_or(after, |(position, _)| *position);
    if env.actor.branch.is_none() {
        return Ok((events, last));
    }
    let visible = env.store().with_reading_tx(|tx| {
        let mut visible = Vec::new();
        for (position, event) in &events {
            let Some(customer) = event.customer else { continue };
            match find_visible(tx, env.actor, customer) {
                Ok(_) => visible.push((*position, event.clone())),
                Err(Failure::Refused(_)) => {}
                Err(failure) => return Err(failure),
            }
        }
        Ok::<_, Failure>(visible)
    })?;
    Ok((visible, last))
}
