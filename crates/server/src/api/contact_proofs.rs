//! Codes that prove control of a contact.

use std::sync::Arc;

use app::contact_proof;
use app::env::Env;
use axum::extract::State;
use domain::contact_proof::{Channel, ContactProof, ContactProofStatus};
use domain::fact::SubjectId;
use domain::id::{ContactProofId, CustomerId, FactId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::answer::Reply;
use crate::auth::Caller;
use crate::extract::{Body, Id};
use crate::named::Named;
use crate::problem::Problem;
use crate::state::AppState;

/// A proof without the code's hash.
#[derive(Serialize)]
struct ContactProofBody {
    id: ContactProofId,
    customer: CustomerId,
    subject: SubjectId,
    channel: Channel,
    fact: FactId,
    sent_at: Timestamp,
    expires_at: Timestamp,
    attempts: u8,
    status: ContactProofStatus,
    version: u64,
}

impl From<ContactProof> for ContactProofBody {
    fn from(proof: ContactProof) -> Self {
        Self {
            id: proof.id,
            customer: proof.customer,
            subject: proof.subject,
            channel: proof.channel,
            fact: proof.fact,
            sent_at: proof.sent_at,
            expires_at: proof.expires_at,
            attempts: proof.attempts,
            status: proof.status,
            version: proof.version,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SendBody {
    channel: Channel,
    /// The customer itself unless given.
    #[serde(default)]
    subject: Option<SubjectId>,
}

/// Send a code
///
/// To the e-mail address or telephone on record. It works once, for a while. Refused where the installation is not
/// configured to send mail or text messages.
#[utoipa::path(post, path = "/v1/customers/{customer}/contact_proofs", tag = "customers",
    request_body = crate::openapi::SendCode,
    responses((status = 201, description = "Sent", body = crate::openapi::ContactProof)))]
pub async fn send(
    State(state): State<AppState>,
    caller: Caller,
    Named(id): Named<CustomerId>,
    Body(body): Body<SendBody>,
) -> Result<Reply, Problem> {
    let subject = body.subject.unwrap_or(SubjectId::Customer(id));
    let messenger = Arc::clone(&state.messenger);
    let send = move |env: &Env<'_>| contact_proof::send(env, &*messenger, id, subject, body.channel);
    let proof = state.run(&caller.actor, send).await?;
    Ok(Reply::created(&state.show("contact_proof", ContactProofBody::from(proof))))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfirmBody {
    code: String,
}

/// Try a code
///
/// A right one is recorded as a verification of control of the contact.
#[utoipa::path(post, path = "/v1/contact_proofs/{proof}/confirm", tag = "customers",
    request_body = crate::openapi::ConfirmCode,
    responses((status = 200, description = "Proven", body = crate::openapi::ContactProof)))]
pub async fn confirm(
    State(state): State<AppState>,
    caller: Caller,
    Id(id): Id<ContactProofId>,
    Body(body): Body<ConfirmBody>,
) -> Result<Reply, Problem> {
    let proof = state.run(&caller.actor, move |env| contact_proof::confirm(env, id, &body.code)).await?;
    Ok(Reply::ok(&state.show("contact_proof", ContactProofBody::from(proof))))
}
