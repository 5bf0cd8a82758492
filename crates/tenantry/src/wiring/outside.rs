//! What carries messages out, from the configuration.

use std::time::Duration;

use connectors::Messengers;
use connectors::mail::{Security, SmtpLogin, SmtpMessenger, SmtpSettings, SmtpSettingsError};
use connectors::sms::{Authentication, WebhookMessenger, WebhookSettings, WebhookSettingsError};

use crate::config::{Config, MailConfig, MailSecurity, SmsAuthentication, SmsConfig};

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

/// All that are set up. The configuration was checked, so one that cannot be made is left out.
pub fn messengers(config: &Config) -> Messengers {
    let mut messengers = Messengers::new();
    if let Some(mail) = config.mail.as_ref().and_then(|mail| smtp(mail).ok()) {
        messengers = messengers.with(mail);
    }
    if let Some(sms) = config.sms.as_ref().and_then(|sms| webhook(sms).ok()) {
        messengers = messengers.with(sms);
    }
    messengers
}
