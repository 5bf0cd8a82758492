//! Text messages by a webhook of the operator's, which hands them to whoever carries them.

use std::time::Duration;

use app::message::{Content, Messenger, Unsent};
use aws_lc_rs::hmac;
use domain::contact_proof::Channel;
use domain::redacted::Redacted;
use serde::Serialize;
use ureq::Agent;

use crate::web;

/// How the receiver knows that a message comes from us.
#[derive(Debug, Clone)]
pub enum Authentication {
    /// `Authorization: Bearer …`
    Bearer(Redacted<String>),
    /// `Tenantry-Signature: sha256=…`, the HMAC-SHA-256 of the body in hexadecimal.
    Hmac(Redacted<String>),
}

#[derive(Debug, Clone)]
pub struct WebhookSettings {
    pub url: String,
    pub authentication: Authentication,
    /// For all of one message.
    pub timeout: Duration,
    /// Whether `http://` will do, for a gateway on the same machine. Codes and numbers go over it in clear.
    pub allow_unencrypted: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WebhookSettingsError {
    #[error("the webhook's address is not an `https://` one")]
    Unencrypted,
    #[error("the webhook's address is malformed")]
    Url,
    #[error("the webhook's secret is empty or holds line breaks")]
    Secret,
}

/// Posts `{"id","recipient","text"}` and takes any 2xx for an answer; it never reads the answer's body.
///
/// `id` is the same when a message is tried again, so that the receiver can tell it from a new one. It is a keyed
/// hash, so it says nothing of the recipient.
pub struct WebhookMessenger {
    agent: Agent,
    url: String,
    authentication: Authentication,
    key: hmac::Key,
}

#[derive(Serialize)]
struct Body<'a> {
    id: &'a str,
    recipient: &'a str,
    text: &'a str,
}

impl WebhookMessenger {
    /// Connects to nothing yet.
    pub fn new(settings: WebhookSettings) -> Result<Self, WebhookSettingsError> {
        let WebhookSettings { url, authentication, timeout, allow_unencrypted } = settings;
        let is_protected = url.starts_with("https://") || allow_unencrypted && url.starts_with("http://");
        if !is_protected {
            return Err(WebhookSettingsError::Unencrypted);
        }
        if url.parse::<ureq::http::Uri>().map_or(true, |uri| uri.host().is_none_or(str::is_empty)) {
            return Err(WebhookSettingsError::Url);
        }
        let (Authentication::Bearer(secret) | Authentication::Hmac(secret)) = &authentication;
        if secret.expose().is_empty()
            || !secret.expose().bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ')
        {
            return Err(WebhookSettingsError::Secret);
        }
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
        // Followed, a redirect would take the message to somebody who was not meant.
        let agent =
            web::agent(web::config(timeout).max_redirects(0).proxy(None).https_only(!allow_unencrypted));
        Ok(Self { agent, url, authentication, key })
    }

    fn id(&self, content: &Content) -> String {
        let mut context = hmac::Context::with_key(&self.key);
        for part in [b"id".as_slice(), content.recipient.as_bytes(), content.text.as_bytes()] {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        hex::encode(&context.sign().as_ref()[..16])
    }
}

impl Messenger for WebhookMessenger {
    fn carries(&self, channel: Channel) -> bool {
        channel == Channel::Telephone
    }

    fn send(&self, channel: Channel, content: &Content) -> Result<(), Unsent> {
        if !self.carries(channel) {
            return Err(Unsent::ForGood("text messages reach telephones only".to_owned()));
        }
        let body = Body { id: &self.id(content), recipient: &content.recipient, text: &content.text };
        let body = serde_json::to_vec(&body)
            .map_err(|_| Unsent::ForGood("the message cannot be put into JSON".to_owned()))?;
        let (name, value) = match &self.authentication {
            Authentication::Bearer(token) => ("authorization", format!("Bearer {}", token.expose())),
            Authentication::Hmac(_) => {
                ("tenantry-signature", format!("sha256={}", hex::encode(hmac::sign(&self.key, &body))))
            }
        };
        let request =
            self.agent.post(&self.url).header("content-type", "application/json").header(name, value);
        match request.send(body.as_slice()) {
            Ok(response) => judge(response.status().as_u16()),
            Err(error) => {
                Err(Unsent::ForNow(format!("the webhook could not be asked: {}", web::why(&error))))
            }
        }
    }
}

fn judge(status: u16) -> Result<(), Unsent> {
    match status {
        200..=299 => Ok(()),
        // It is we who are refused, too early or too fast, not the recipient.
        401 | 403 | 407 | 408 | 425 | 429 => Err(Unsent::ForNow(format!("the webhook answered {status}"))),
        400..=499 => Err(Unsent::ForGood(format!("the webhook refuses it ({status})"))),
        _ => Err(Unsent::ForNow(format!("the webhook answered {status}"))),
    }
}
