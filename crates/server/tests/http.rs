//! The HTTP edge over a whole platform: requests in, status and body out.

#![expect(clippy::unwrap_used, reason = "helpers of tests stand outside test functions")]

mod http {
    pub mod client;

    mod branches;
    mod conditional;
    mod document;
    mod gate;
    mod golden;
    mod hostile;
    mod idempotency;
    mod investigation;
    mod lists;
    mod matching;
    mod rights;
    mod schema;
    mod served;
    mod sessions;
    mod sign_up;
    mod strangers;
}
