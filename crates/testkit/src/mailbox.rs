//! Where messages to customers arrive in a test.

use std::sync::{Mutex, PoisonError};

use app::message::{Content, Messenger, Unsent};
use domain::contact_proof::Channel;

/// Takes every message. [`set_down`](Self::set_down) makes it refuse for now.
#[derive(Default)]
pub struct Mailbox {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    arrived: Vec<(Channel, Content)>,
    down: bool,
}

impl Mailbox {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn set_down(&self, down: bool) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).down = down;
    }

    /// What arrived, in order.
    pub fn messages(&self) -> Vec<(Channel, Content)> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).arrived.clone()
    }

    /// The code in the latest message to a channel.
    pub fn latest_code(&self, channel: Channel) -> Option<String> {
        let messages = self.messages();
        let (_, content) = messages.iter().rev().find(|(of, _)| *of == channel)?;
        let mut words = content.text.split(|c: char| !c.is_ascii_digit());
        words.find(|word| word.len() == 6).map(str::to_owned)
    }
}

impl Messenger for Mailbox {
    fn carries(&self, _: Channel) -> bool {
        true
    }

    fn send(&self, channel: Channel, content: &Content) -> Result<(), Unsent> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.down {
            return Err(Unsent::ForNow("set down by the test".to_owned()));
        }
        state.arrived.push((channel, content.clone()));
        Ok(())
    }
}
