//! The HTTP client as all connectors use it.

use std::sync::Arc;
use std::time::Duration;

use ureq::Agent;
use ureq::config::{Config, ConfigBuilder};
use ureq::tls::TlsConfig;
use ureq::typestate::AgentScope;

/// More than the headers of any honest answer.
const HEADERS_LEN_MAX: usize = 32 * 1024;

/// A client that gives up after `timeout`, answer read and all, and takes every status as an answer.
pub(crate) fn config(timeout: Duration) -> ConfigBuilder<AgentScope> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    Config::builder()
        .timeout_global(Some(timeout))
        .http_status_as_error(false)
        .max_response_header_size(HEADERS_LEN_MAX)
        .user_agent(concat!("tenantry/", env!("CARGO_PKG_VERSION")))
        .tls_config(TlsConfig::builder().unversioned_rustls_crypto_provider(provider).build())
}

pub(crate) fn agent(config: ConfigBuilder<AgentScope>) -> Agent {
    config.build().into()
}

/// What went wrong, in words without the address asked or anything sent.
pub(crate) fn why(error: &ureq::Error) -> &'static str {
    match error {
        ureq::Error::Timeout(_) => "it did not answer in time",
        ureq::Error::HostNotFound => "its host name is not known",
        ureq::Error::ConnectionFailed => "it takes no connection",
        ureq::Error::Io(_) => "the connection failed or was cut",
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) => "its certificate or encryption is not accepted",
        ureq::Error::BodyExceedsLimit(_) | ureq::Error::LargeResponseHeader(..) => "its answer is too large",
        ureq::Error::TooManyRedirects | ureq::Error::RedirectFailed => "it redirects too often",
        ureq::Error::BadUri(_) | ureq::Error::Http(_) => "its address is malformed",
        ureq::Error::RequireHttpsOnly(_) => "it leads away from HTTPS",
        _ => "its answer is not HTTP",
    }
}
