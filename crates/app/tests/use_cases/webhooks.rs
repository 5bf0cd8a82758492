//! Events told to a server of the operator's.

use std::sync::Mutex;

use app::actor::Actor;
use app::message::Unsent;
use app::webhook::{EventReceiver, Telling, troubles};
use domain::event::Event;
use jiff::{SignedDuration, Timestamp};
use testkit::{Platform, fixture};

/// Takes what it wants, but for a time nothing.
#[derive(Default)]
struct Receiver {
    taken: Mutex<Vec<u64>>,
    deaf: Mutex<bool>,
    asked: Mutex<u32>,
}

impl EventReceiver for Receiver {
    fn wants(&self, kind: &str) -> bool {
        kind.starts_with("customer.")
    }

    fn receive(&self, position: u64, _: &Event, _: Timestamp) -> Result<(), Unsent> {
        *self.asked.lock().unwrap() += 1;
        if *self.deaf.lock().unwrap() {
            return Err(Unsent::ForNow("it answered 500".to_owned()));
        }
        self.taken.lock().unwrap().push(position);
        Ok(())
    }
}

/// Events are told in order, none twice while all goes well and none is left out when it does not; what happened before
/// it was set up, and what is of other kinds, is not told. A restart goes on where it was.
#[test]
fn events_are_told_in_order_until_they_are_taken() {
    let (platform, receiver) = (Platform::new(), Receiver::default());
    let advance = |telling: &mut Telling| {
        platform.run(&Actor::system(), |env| telling.advance(env, &receiver)).unwrap()
    };
    let enrol = |number| {
        platform.enrol(&fixture::individual(number, "Ada Karenina", "BG"));
        platform.settle();
    };
    let mut telling = Telling::default();
    enrol(1);
    assert_eq!(advance(&mut telling), 0, "it begins now");
    enrol(2);
    let first = advance(&mut telling);
    *receiver.deaf.lock().unwrap() = true;
    enrol(3);
    enrol(4);
    for _ in 0..3 {
        assert_eq!(advance(&mut telling), 0);
    }
    let asked = *receiver.asked.lock().unwrap();
    *receiver.deaf.lock().unwrap() = false;
    assert_eq!(advance(&mut telling), 0, "it pauses");
    platform.clock.advance(SignedDuration::from_secs(1));
    platform.settle();

    let rest = advance(&mut Telling::default());

    assert!(first > 0 && rest >= 2 * first, "{first} and {rest}");
    assert_eq!(u64::from(asked), first + 1, "once while it was deaf");
    let events = platform.app().store.log().list_events(0, 1_000).unwrap();
    let wanted: Vec<u64> = events
        .iter()
        .filter(|(_, event)| event.kind.starts_with("customer."))
        .map(|(position, _)| *position)
        .collect();
    let taken = receiver.taken.lock().unwrap().clone();
    assert!(wanted.ends_with(&taken) && taken.len() < wanted.len(), "{taken:?} of {wanted:?}");
    assert_eq!(advance(&mut telling), 0);
}

/// Refuses one event and takes the others.
struct Picky {
    refused: u64,
    taken: Mutex<Vec<u64>>,
}

impl EventReceiver for Picky {
    fn wants(&self, _: &str) -> bool {
        true
    }

    fn receive(&self, position: u64, _: &Event, _: Timestamp) -> Result<(), Unsent> {
        if position == self.refused {
            return Err(Unsent::ForGood("it answered 422".to_owned()));
        }
        self.taken.lock().unwrap().push(position);
        Ok(())
    }
}

/// An event that is refused again and again holds the others up for a while, is then set aside by name, and those behind
/// it are told. A receiver that is away is waited for however long.
#[test]
fn an_event_that_is_refused_for_good_is_set_aside() {
    let platform = Platform::new();
    let run = |telling: &mut Telling, receiver: &dyn EventReceiver| {
        platform.run(&Actor::system(), |env| telling.advance(env, receiver)).unwrap()
    };
    let troubles = || platform.run(&Actor::system(), troubles).unwrap();
    let a_day_of = |telling: &mut Telling, receiver: &dyn EventReceiver| {
        for _ in 0..24 * 12 {
            run(telling, receiver);
            platform.clock.advance(SignedDuration::from_mins(5));
            platform.settle();
        }
    };
    let mut telling = Telling::default();
    run(&mut telling, &Receiver::default());
    platform.enrol(&fixture::individual(1, "Ada Karenina", "BG"));
    platform.settle();
    let told = platform.app().store.log().list_events(0, 1_000).unwrap();
    let [.., (refused, event), (last, _)] = &told[..] else { panic!("two events at least") };
    let away = Receiver { deaf: Mutex::new(true), ..Receiver::default() };
    let picky = Picky { refused: *refused, taken: Mutex::default() };

    a_day_of(&mut telling, &away);
    let while_away = troubles();
    a_day_of(&mut telling, &picky);
    let after = troubles();

    let waiting = while_away.waiting.unwrap();
    assert_eq!(
        (while_away.set_aside_count, &*waiting.why),
        (0, "not sent, to be tried again: it answered 500")
    );
    assert!(waiting.position <= *refused);
    assert_eq!(picky.taken.lock().unwrap().last(), Some(last));
    assert_eq!((after.waiting, after.set_aside_count), (None, 1));
    assert_eq!((after.set_aside[0].position, after.set_aside[0].event), (*refused, event.id));
}
