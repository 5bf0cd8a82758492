//! The HTTP edge over a whole platform: requests in, status and body out.

#![expect(clippy::unwrap_used, reason = "helpers of tests stand outside test functions")]

mod http {
    pub mod client;

    mod branches;
    mod gate;
    mod golden;
    mod hostile;
    mod idempotency;
    mod investigation;
    mod rights;
    mod served;
    mod sessions;
    mod sign_up;
}
