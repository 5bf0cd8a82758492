//! The HTTP edge: parses requests into use cases of `app`, turns what they answer into JSON, and serves it.
//!
//! Knows no SQL and no keys; what it needs of the registry, the vault and the ledger goes through use cases.

mod answer;
mod api;
mod around;
mod auth;
pub mod bulk;
mod clockwork;
mod conditional;
mod extract;
mod idempotency;
mod limits;
mod metrics;
mod named;
pub mod ndjson;
mod openapi;
mod pages;
mod peer;
mod problem;
mod rights;
mod serve;
mod state;

pub use api::gate::CONTEXT_MEMBERS;
pub use auth::LocalActor;
pub use clockwork::{Clockwork, clockwork, clockwork_as};
pub use limits::RateLimits;
pub use openapi::openapi;
pub use problem::Problem;
pub use serve::{ServeError, ServeOptions, Tls, router, serve};
pub use state::AppState;
