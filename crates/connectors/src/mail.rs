//! Mail by SMTP (RFC 5321).

use std::time::Duration;

use app::message::{Content, Messenger, Unsent};
use domain::contact_proof::Channel;
use domain::redacted::Redacted;
use lettre::address::Address;
use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{SmtpTransport, Transport as _};

/// How the connection to the mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// Begins in clear and refuses to go on unless the server takes STARTTLS; port 587.
    StartTls,
    /// TLS from the first byte; port 465.
    Tls,
    /// In clear, for a mail server on the same machine; port 25.
    None,
}

#[derive(Debug, Clone)]
pub struct SmtpSettings {
    pub host: String,
    /// `None` for the usual port of the security.
    pub port: Option<u16>,
    pub security: Security,
    pub login: Option<SmtpLogin>,
    /// Such as `Provider <identity@provider.example>`.
    pub from: String,
    /// For each step of the conversation.
    pub timeout: Duration,
}

#[derive(Debug, Clone)]
pub struct SmtpLogin {
    pub user: String,
    pub password: Redacted<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum SmtpSettingsError {
    #[error("`{0}` is not an address to send mail from")]
    From(String),
    #[error("`{host}` is not a host that TLS can be had with")]
    Host {
        host: String,
        #[source]
        source: lettre::transport::smtp::Error,
    },
}

/// Sends each mail over a connection of its own.
pub struct SmtpMessenger {
    transport: SmtpTransport,
    from: Mailbox,
}

impl SmtpMessenger {
    /// Connects to nothing yet.
    pub fn new(settings: SmtpSettings) -> Result<Self, SmtpSettingsError> {
        let SmtpSettings { host, port, security, login, from, timeout } = settings;
        let from = from.parse().map_err(|_| SmtpSettingsError::From(from))?;
        let encrypted = || {
            TlsParameters::new_rustls(host.clone())
                .map_err(|source| SmtpSettingsError::Host { host: host.clone(), source })
        };
        let (tls, usual_port) = match security {
            Security::StartTls => (Tls::Required(encrypted()?), 587),
            Security::Tls => (Tls::Wrapper(encrypted()?), 465),
            Security::None => (Tls::None, 25),
        };
        let mut builder = SmtpTransport::builder_dangerous(host)
            .port(port.unwrap_or(usual_port))
            .tls(tls)
            .timeout(Some(timeout));
        if let Some(SmtpLogin { user, password }) = login {
            builder = builder.credentials(Credentials::new(user, password.into_exposed()));
        }
        Ok(Self { transport: builder.build(), from })
    }

    fn message(&self, content: &Content) -> Result<Message, Unsent> {
        let refused =
            || Unsent::ForGood("the recipient's address is not one that mail can be sent to".to_owned());
        if content.recipient.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(refused());
        }
        let recipient: Address = content.recipient.parse().map_err(|_| refused())?;
        // A line break in a subject would begin a header of the writer's choice.
        let subject = content.subject.replace(char::is_control, " ");
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, recipient))
            .subject(subject)
            .message_id(None)
            .header(AutoSubmitted)
            .header(ContentType::TEXT_PLAIN)
            .body(content.text.clone())
            .map_err(|_| Unsent::ForGood("the message cannot be put into the form of mail".to_owned()))
    }
}

impl Messenger for SmtpMessenger {
    fn carries(&self, channel: Channel) -> bool {
        channel == Channel::Email
    }

    fn send(&self, channel: Channel, content: &Content) -> Result<(), Unsent> {
        if !self.carries(channel) {
            return Err(Unsent::ForGood("mail reaches e-mail addresses only".to_owned()));
        }
        match self.transport.send(&self.message(content)?) {
            Ok(_) => Ok(()),
            Err(error) => Err(unsent(&error)),
        }
    }
}

/// The server's own words are left out, since they often repeat the address.
fn unsent(error: &lettre::transport::smtp::Error) -> Unsent {
    let code = error.status().map(|code| code.to_string()).unwrap_or_default();
    match code.as_str() {
        // RFC 4954, 6: it is we who are refused, and that can be mended.
        "530" | "534" | "535" | "538" => {
            Unsent::ForNow(format!("the mail server does not take our user and password ({code})"))
        }
        _ if error.is_permanent() => Unsent::ForGood(format!("the mail server refuses it ({code})")),
        _ if error.is_transient() => Unsent::ForNow(format!("the mail server asks to try later ({code})")),
        _ if error.is_timeout() => Unsent::ForNow("the mail server did not answer in time".to_owned()),
        _ if error.is_tls() => Unsent::ForNow("no encrypted connection to the mail server".to_owned()),
        _ if error.is_client() => Unsent::ForNow("the mail server lacks what this mail needs".to_owned()),
        _ => Unsent::ForNow("the connection to the mail server failed or was cut".to_owned()),
    }
}

/// Keeps out-of-office answers away (RFC 3834, 5).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}
