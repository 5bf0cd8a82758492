//! Events to a server of the operator's, signed as Standard Webhooks 1.0 has it.

use std::time::Duration;

use app::message::Unsent;
use app::webhook::EventReceiver;
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::event::Event;
use domain::redacted::Redacted;
use jiff::Timestamp;
use serde::Serialize;
use ureq::Agent;

use crate::web;

/// Begins a secret in text.
const SECRET: &str = "whsec_";

/// Bytes of a secret that signs anything.
const SECRET_LEN: std::ops::RangeInclusive<usize> = 24..=64;

/// Answers that are about what was sent (RFC 9110, 15.5; RFC 4918, 11.2). Every other one, such as a 404 or a 500, is
/// about the receiver, who may be mended.
const OF_THE_EVENT: [u16; 4] = [400, 413, 415, 422];

#[derive(Debug, Clone)]
pub struct EventWebhookSettings {
    pub url: String,
    /// `whsec_` and 24 to 64 bytes in base64.
    pub secret: Redacted<String>,
    /// Beginnings of kinds that are told, such as `hit.`; none: all.
    pub kinds: Vec<String>,
    /// For all of one event.
    pub timeout: Duration,
    /// Whether `http://` will do, for a receiver on the same machine.
    pub allow_unencrypted: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EventWebhookError {
    #[error("the webhook's address is not an `https://` one")]
    Unencrypted,
    #[error("the webhook's address is malformed")]
    Url,
    #[error("the webhook's secret is not `whsec_` and 24 to 64 bytes in base64")]
    Secret,
}

/// Posts one event at a time and takes any 2xx for an answer. The event's id goes with it, the same when it is told again.
pub struct EventWebhook {
    agent: Agent,
    url: String,
    key: hmac::Key,
    kinds: Vec<String>,
}

#[derive(Serialize)]
struct Body<'a> {
    r#type: &'a str,
    timestamp: Timestamp,
    data: Data<'a>,
}

#[derive(Serialize)]
struct Data<'a> {
    position: u64,
    #[serde(flatten)]
    event: &'a Event,
}

impl EventWebhook {
    /// Connects to nothing yet.
    pub fn new(settings: EventWebhookSettings) -> Result<Self, EventWebhookError> {
        let EventWebhookSettings { url, secret, kinds, timeout, allow_unencrypted } = settings;
        if !(url.starts_with("https://") || allow_unencrypted && url.starts_with("http://")) {
            return Err(EventWebhookError::Unencrypted);
        }
        if url.parse::<ureq::http::Uri>().map_or(true, |uri| uri.host().is_none_or(str::is_empty)) {
            return Err(EventWebhookError::Url);
        }
        let secret = secret.expose().trim().strip_prefix(SECRET).and_then(|text| STANDARD.decode(text).ok());
        let secret =
            secret.filter(|bytes| SECRET_LEN.contains(&bytes.len())).ok_or(EventWebhookError::Secret)?;
        let key = hmac::Key::new(hmac::HMAC_SHA256, &secret);
        // Followed, a redirect would take the event to somebody who was not meant.
        let agent =
            web::agent(web::config(timeout).max_redirects(0).proxy(None).https_only(!allow_unencrypted));
        Ok(Self { agent, url, key, kinds })
    }
}

impl EventReceiver for EventWebhook {
    fn wants(&self, kind: &str) -> bool {
        self.kinds.is_empty() || self.kinds.iter().any(|start| kind.starts_with(start.as_str()))
    }

    fn receive(&self, position: u64, event: &Event, at: Timestamp) -> Result<(), Unsent> {
        let body = Body { r#type: &event.kind, timestamp: event.at, data: Data { position, event } };
        let body = serde_json::to_vec(&body).map_err(|_| Unsent::ForGood("it is no JSON".to_owned()))?;
        let (id, at) = (event.id.to_string(), at.as_second().to_string());
        let mut signed = hmac::Context::with_key(&self.key);
        for part in [id.as_bytes(), b".", at.as_bytes(), b".", &body] {
            signed.update(part);
        }
        let request = self
            .agent
            .post(&self.url)
            .header("content-type", "application/json")
            .header("webhook-id", &id)
            .header("webhook-timestamp", &at)
            .header("webhook-signature", format!("v1,{}", STANDARD.encode(signed.sign())));
        match request.send(body.as_slice()) {
            Ok(response) if response.status().is_success() => Ok(()),
            Ok(response) => {
                let status = response.status().as_u16();
                let said = format!("it answered {status}");
                let of_this_event = OF_THE_EVENT.contains(&status);
                Err(if of_this_event { Unsent::ForGood(said) } else { Unsent::ForNow(said) })
            }
            Err(error) => Err(Unsent::ForNow(web::why(&error).to_owned())),
        }
    }
}
