//! One-time links, passwords and locked doors.

use std::sync::Barrier;

use app::actor::Actor;
use app::failure::Failure;
use app::session::{self, Passwords};
use app::{api_key, staff};
use domain::id::StaffId;
use domain::staff::Role;
use jiff::SignedDuration;
use testkit::Platform;

use crate::refusal;

const PASSWORD: &str = "correct horse battery";

/// Passwords that are quick to check, with something that happens while they are compared.
struct Meanwhile<'a>(&'a (dyn Fn() + Sync));

impl Passwords for Meanwhile<'_> {
    fn hash(&self, password: &str) -> Result<String, Failure> {
        Ok(format!("quick:{password}"))
    }

    fn matches(&self, password: &str, hash: Option<&str>) -> bool {
        (self.0)();
        hash == Some(&format!("quick:{password}"))
    }
}

const QUICK: Meanwhile<'_> = Meanwhile(&|| {});

fn invite(platform: &Platform, handle: &str) -> staff::Invited {
    platform.run(&Actor::command(), |env| staff::invite(env, handle, &[Role::Administrator], None)).unwrap()
}

fn accept(platform: &Platform, link: &str, password: &str) -> Result<StaffId, Failure> {
    platform
        .run(&Actor::system(), |env| staff::accept_link(env, &QUICK, link, password))
        .map(|signed_in| signed_in.staff.id)
}

/// A member of staff called `ada` who has a password.
fn ada(platform: &Platform) -> StaffId {
    let invited = invite(platform, "ada");
    accept(platform, invited.link_secret.expose(), PASSWORD).unwrap()
}

fn sign_in(platform: &Platform, passwords: &dyn Passwords, password: &str) -> Result<(), Failure> {
    platform
        .run(&Actor::system(), |env| session::sign_in(env, passwords, "ada", password))
        .map(|signed_in| assert!(signed_in.token.expose().starts_with("tns_")))
}

/// SEC-02: guesses that are compared at the same time count like guesses one after the other.
#[test]
fn guesses_in_parallel_lock_the_door_too() {
    let platform = Platform::new();
    ada(&platform);
    let guesses = 12;
    let all_compare = Barrier::new(guesses);
    let together = || {
        all_compare.wait();
    };
    std::thread::scope(|scope| {
        for _ in 0..guesses {
            scope.spawn(|| refusal(sign_in(&platform, &Meanwhile(&together), "wrong horse battery")));
        }
    });

    assert_eq!(refusal(sign_in(&platform, &QUICK, PASSWORD)).code, "sign-in-refused", "the door is locked");
    platform.clock.advance(SignedDuration::from_mins(16));
    sign_in(&platform, &QUICK, PASSWORD).unwrap();
}

/// SEC-02: the right one of many guesses does not pass a door that locked while it was compared.
#[test]
fn a_door_that_locks_while_a_password_is_compared_stays_shut() {
    let platform = Platform::new();
    ada(&platform);
    let guess = || {
        for _ in 0..5 {
            refusal(sign_in(&platform, &QUICK, "wrong horse battery"));
        }
    };

    let right = sign_in(&platform, &Meanwhile(&guess), PASSWORD);

    assert_eq!(refusal(right).code, "sign-in-refused");
}

/// SEC-02: a password that was taken away, or a person who was disabled, while it was compared opens nothing.
#[test]
fn a_password_reset_while_it_is_compared_opens_nothing() {
    type Change = fn(&Platform, StaffId);
    let cases: [(&str, Change); 3] = [
        ("disabled", |platform, ada| {
            platform.run(&Actor::command(), |env| staff::disable(env, ada)).unwrap();
        }),
        ("invited again", |platform, ada| {
            platform.run(&Actor::command(), |env| staff::reinvite(env, ada)).unwrap();
        }),
        ("given another password", |platform, ada| {
            let again = platform.run(&Actor::command(), |env| staff::reinvite(env, ada)).unwrap();
            accept(platform, again.link_secret.expose(), "another horse battery").unwrap();
        }),
    ];
    for (name, change) in cases {
        let platform = Platform::new();
        let ada = ada(&platform);

        let signed_in = sign_in(&platform, &Meanwhile(&|| change(&platform, ada)), PASSWORD);

        assert_eq!(refusal(signed_in).code, "sign-in-refused", "{name}");
    }
}

/// SEC-02: a link opens for whom it was made, once, and until it expires.
#[test]
fn a_link_is_good_for_its_own_person_once_and_in_time() {
    let platform = Platform::new();
    let (first, second) = (invite(&platform, "ada"), invite(&platform, "bob"));
    let (first_link, second_link) = (first.link_secret.expose(), second.link_secret.expose());
    let (_, secret) = first_link.split_once('.').unwrap();
    let code = |link: &str| refusal(accept(&platform, link, PASSWORD)).code;

    assert_eq!(code(&format!("{}.{secret}", second.staff.id)), "link-refused", "another's name on it");
    assert_eq!(code(secret), "link-refused", "no name on it");
    assert_eq!(code(""), "link-refused");
    assert_eq!(accept(&platform, first_link, PASSWORD).unwrap(), first.staff.id);
    assert_eq!(code(first_link), "link-refused", "used");
    platform.clock.advance(SignedDuration::from_hours(24 * 365));
    assert_eq!(code(second_link), "link-refused", "expired");
}

#[test]
fn what_is_refused_of_a_password_or_name_says_what_is_wrong() {
    let platform = Platform::new();
    let invited = invite(&platform, "ada");
    let of_password =
        |password: &str| refusal(accept(&platform, invited.link_secret.expose(), password)).code;
    assert_eq!(of_password("short"), "password-too-short");
    assert_eq!(of_password(&"long".repeat(300)), "password-too-long");

    for (handle, good) in [("a_b-c.d@e", true), ("a", false), ("a b", false), ("ä-b", false)] {
        let new = api_key::NewApiKey {
            name: handle.to_owned(),
            scopes: vec![domain::staff::Scope::Gate],
            branch: None,
            expires_at: None,
        };
        let made = platform.run(&Actor::command(), |env| api_key::make(env, new));
        match made {
            Ok(_) => assert!(good, "{handle}"),
            Err(_) if good => panic!("{handle}"),
            refused => assert!(refusal(refused).detail.contains("underscores and at signs"), "{handle}"),
        }
    }
}
