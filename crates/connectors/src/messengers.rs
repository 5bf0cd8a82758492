//! One messenger for each channel.

use app::message::{Content, Messenger, Unsent};
use domain::contact_proof::Channel;

/// Hands a message to the first messenger that carries its channel.
#[derive(Default)]
pub struct Messengers(Vec<Box<dyn Messenger>>);

impl Messengers {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn with(mut self, messenger: impl Messenger + 'static) -> Self {
        self.0.push(Box::new(messenger));
        self
    }
}

impl Messenger for Messengers {
    fn carries(&self, channel: Channel) -> bool {
        self.0.iter().any(|messenger| messenger.carries(channel))
    }

    fn send(&self, channel: Channel, content: &Content) -> Result<(), Unsent> {
        match self.0.iter().find(|messenger| messenger.carries(channel)) {
            Some(messenger) => messenger.send(channel, content),
            // An operator may set one up while the message waits.
            None => Err(Unsent::ForNow("no messenger is set up for this channel".to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Carries one channel, and says which by its refusal.
    struct Refusing(Channel, &'static str);

    impl Messenger for Refusing {
        fn carries(&self, channel: Channel) -> bool {
            channel == self.0
        }

        fn send(&self, _: Channel, _: &Content) -> Result<(), Unsent> {
            Err(Unsent::ForGood(self.1.to_owned()))
        }
    }

    #[test]
    fn a_message_goes_to_who_carries_its_channel() {
        let content = Content { recipient: String::new(), subject: String::new(), text: String::new() };
        let both = Messengers::new()
            .with(Refusing(Channel::Email, "mail"))
            .with(Refusing(Channel::Telephone, "sms"));
        let mail = Messengers::new().with(Refusing(Channel::Email, "mail"));
        let said = |messengers: &Messengers, channel| {
            messengers.send(channel, &content).err().map(|e| e.to_string())
        };

        assert_eq!(said(&both, Channel::Email).as_deref(), Some("not sent: mail"));
        assert_eq!(said(&both, Channel::Telephone).as_deref(), Some("not sent: sms"));
        assert!(mail.carries(Channel::Email) && !mail.carries(Channel::Telephone));
        assert!(matches!(mail.send(Channel::Telephone, &content), Err(Unsent::ForNow(_))));
    }
}
