//! A server that is told to stop leaves nothing that the next process would wait for.

mod support;

use app::store::Store as _;
use jiff::{SignedDuration, Timestamp};
use store::SqliteStore;
use support::{Place, Served, customer_line};

/// LOG-02: the sequencer's lease is given back with the last positions.
#[test]
#[expect(clippy::disallowed_methods, reason = "the lease was taken by the real clock")]
fn a_server_that_stops_gives_the_sequencers_lease_back() {
    let place = Place::new().with_catalogue();
    for (number, signal) in [(1, "-TERM"), (2, "-INT")] {
        let mut server = Served::start(
            place.command(&["serve", "--data", "data", "--listen", "127.0.0.1:0", "--log", "debug"]),
            "Serving",
        );

        let code = server.stop(signal);

        assert_eq!(code, Some(0), "{signal}");
        {
            let store = SqliteStore::open(&place.path("data")).unwrap();
            let now = Timestamp::now();
            let until = now + SignedDuration::from_secs(1);
            let taken = store.log().lease_sequencer("somebody else", now, until).unwrap();
            assert!(taken.is_some(), "{signal}: the lease is free at once");
            store.log().lease_sequencer("somebody else", now, now).unwrap();
        }
        let after = place.run_with(
            &["import", "--data", "data", "--log", "debug"],
            &customer_line(number, "Ada Ordinary", "US"),
        );
        let doctor = place.run(&["doctor", "--data", "data", "--json"]).done().json();
        assert_eq!(after.code, 0, "{signal}: {}", after.err);
        assert!(after.err.contains("Let go of the sequencer's lease"), "{signal}: {}", after.err);
        assert!(!after.err.contains("Another node"), "{signal}: it had the lease itself: {}", after.err);
        let sequencer = doctor["findings"].as_array().unwrap().iter().find(|one| one["part"] == "sequencer");
        assert_eq!(sequencer.unwrap()["health"], "well", "{signal}: {doctor}");
    }
}

/// A folder is one process's at a time, so who comes after a killed one goes on under the same name.
#[test]
fn after_a_killed_server_a_command_goes_on_at_once() {
    let place = Place::new().with_catalogue();
    let server =
        Served::start(place.command(&["serve", "--data", "data", "--listen", "127.0.0.1:0"]), "Serving");
    drop(server);

    let after = place
        .run_with(&["import", "--data", "data", "--log", "debug"], &customer_line(1, "Ada Ordinary", "US"))
        .done();

    assert!(after.err.contains("Let go of the sequencer's lease"), "{}", after.err);
    assert!(!after.err.contains("Another node"), "{}", after.err);
}
