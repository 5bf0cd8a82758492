//! What carries messages out, from the configuration.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use app::message::{Content, Messenger, Unsent};
use app::webhook::EventReceiver;
use connectors::Messengers;
use connectors::mail::{Security, SmtpLogin, SmtpMessenger, SmtpSettings, SmtpSettingsError};
use connectors::sms::{Authentication, WebhookMessenger, WebhookSettings, WebhookSettingsError};
use connectors::webhook::{EventWebhook, EventWebhookError, EventWebhookSettings};
use domain::contact_proof::Channel;

use crate::config::{Config, MailConfig, MailSecurity, SmsAuthentication, SmsConfig, WebhookConfig};

/// Long enough for a slow mail server, short enough that a dead one holds nothing up.
const TIMEOUT: Duration = Duration::from_secs(20);

pub fn smtp(mail: &MailConfig) -> Result<SmtpMessenger, SmtpSettingsError> {
    let login = mail.user.clone().zip(mail.password.clone());
    SmtpMessenger::new(SmtpSettings {
        host: mail.host.clone(),
        port: mail.port,
        security: match mail.security {
            MailSecurity::StartTls => Security::StartTls,
            MailSecurity::Tls => Security::Tls,
            MailSecurity::None => Security::None,
        },
        login: login.map(|(user, password)| SmtpLogin { user, password }),
        from: mail.from.clone(),
        timeout: TIMEOUT,
    })
}

pub fn webhook(sms: &SmsConfig) -> Result<WebhookMessenger, WebhookSettingsError> {
    WebhookMessenger::new(WebhookSettings {
        url: sms.url.clone(),
        authentication: match sms.authentication {
            SmsAuthentication::Bearer => Authentication::Bearer(sms.secret.clone()),
            SmsAuthentication::Hmac => Authentication::Hmac(sms.secret.clone()),
        },
        timeout: TIMEOUT,
        allow_unencrypted: sms.allow_unencrypted,
    })
}

pub fn event_webhook(webhook: &WebhookConfig) -> Result<EventWebhook, EventWebhookError> {
    EventWebhook::new(EventWebhookSettings {
        url: webhook.url.clone(),
        secret: webhook.secret.clone(),
        kinds: webhook.events.clone(),
        timeout: TIMEOUT,
        allow_unencrypted: webhook.allow_unencrypted,
    })
}

/// Who is told of events. The configuration was checked, so one that cannot be made is left out.
pub fn event_receiver(config: &Config) -> Option<Arc<dyn EventReceiver>> {
    let webhook = config.webhook.as_ref().and_then(|webhook| event_webhook(webhook).ok())?;
    Some(Arc::new(webhook))
}

/// All that are set up. The configuration was checked, so one that cannot be made is left out.
pub fn messengers(config: &Config) -> Messengers {
    let mut messengers = Messengers::new();
    if let Some(mail) = config.mail.as_ref().and_then(|mail| smtp(mail).ok()) {
        messengers = messengers.with(mail);
    }
    if let Some(sms) = config.sms.as_ref().and_then(|sms| webhook(sms).ok()) {
        messengers = messengers.with(sms);
    }
    if config.test_space {
        // After the others: it takes what they do not carry.
        messengers = messengers.with(OutboxFolder(config.data.join("outbox")));
    }
    messengers
}

/// Where the test space's messages end for want of a mail server: a file each, to be read by who tries things out.
struct OutboxFolder(PathBuf);

impl Messenger for OutboxFolder {
    fn carries(&self, _: Channel) -> bool {
        true
    }

    fn send(&self, channel: Channel, content: &Content) -> Result<(), Unsent> {
        let path = self.keep(channel, content).map_err(|error| Unsent::ForNow(error.to_string()))?;
        tracing::info!(
            "The test space sends nothing: a message, with its code, lies in `{}`",
            path.display()
        );
        Ok(())
    }
}

impl OutboxFolder {
    fn keep(&self, channel: Channel, content: &Content) -> io::Result<PathBuf> {
        fs::create_dir_all(&self.0)?;
        let kind = match channel {
            Channel::Email => "email",
            Channel::Telephone => "telephone",
        };
        let Content { recipient, subject, text } = content;
        // One thread sends; a number that is taken all the same is an error and tried again.
        let number = fs::read_dir(&self.0)?.count() + 1;
        let path = self.0.join(format!("{number:04}-{kind}.txt"));
        let mut file = File::create_new(&path)?;
        write!(file, "To: {recipient}\nSubject: {subject}\n\n{text}\n")?;
        Ok(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CIP-07
    #[test]
    fn the_test_space_keeps_what_it_does_not_send() {
        let folder = tempfile::tempdir().unwrap();
        let config = |test_space| Config { data: folder.path().to_owned(), test_space, ..Config::default() };
        let content = Content {
            recipient: "ada@mail.example".to_owned(),
            subject: "Your code".to_owned(),
            text: "Your code is 123456.".to_owned(),
        };

        assert!(!messengers(&config(false)).carries(Channel::Email));
        let kept = messengers(&config(true));
        for channel in [Channel::Email, Channel::Telephone] {
            kept.send(channel, &content).unwrap();
        }

        let text = fs::read_to_string(folder.path().join("outbox/0002-telephone.txt")).unwrap();
        assert_eq!(text, "To: ada@mail.example\nSubject: Your code\n\nYour code is 123456.\n");
    }
}
