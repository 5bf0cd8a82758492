//! Where the server is and how to get there: the URL, and TLS where it asks for it.

use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::connection::{Client, fault_of};
use crate::fault::Fault;
use crate::registry::OpenError;

/// A URL as libpq reads it. `sslmode=require` and stricter mean TLS with the server's certificate checked
/// against `sslrootcert` (a PEM file) or else the public authorities; anything else means no TLS.
#[derive(Clone)]
pub struct Address {
    config: postgres::Config,
    tls: Option<MakeRustlsConnect>,
}

impl Address {
    pub fn parse(url: &str) -> Result<Self, OpenError> {
        let refuse = |detail: String| OpenError::Address { detail };
        let (rest, settings) = url.split_once('?').unwrap_or((url, ""));
        let mut kept = Vec::new();
        let (mut with_tls, mut roots_file) = (false, None);
        for setting in settings.split('&').filter(|setting| !setting.is_empty()) {
            match setting.split_once('=') {
                Some(("sslmode", "disable" | "allow" | "prefer")) => with_tls = false,
                Some(("sslmode", "require" | "verify-ca" | "verify-full")) => with_tls = true,
                Some(("sslmode", other)) => return Err(refuse(format!("no sslmode `{other}`"))),
                Some(("sslrootcert", path)) => roots_file = Some(path),
                _ => kept.push(setting),
            }
        }
        kept.push(if with_tls { "sslmode=require" } else { "sslmode=disable" });
        // The parser's message names what is wrong with the form and shows no part of the URL.
        let mut config: postgres::Config = format!("{rest}?{}", kept.join("&"))
            .parse()
            .map_err(|error: postgres::Error| refuse(error.to_string()))?;
        if config.get_application_name().is_none() {
            config.application_name("tenantry");
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(std::time::Duration::from_secs(10));
        }
        let tls = if with_tls { Some(tls(roots_file).map_err(refuse)?) } else { None };
        Ok(Self { config, tls })
    }

    pub(super) fn connect(&self) -> Result<Client, Fault> {
        let connected = match &self.tls {
            Some(tls) => self.config.connect(tls.clone()),
            None => self.config.connect(postgres::NoTls),
        };
        connected.map(Client::new).map_err(|error| fault_of(&error, ""))
    }
}

fn tls(roots_file: Option<&str>) -> Result<MakeRustlsConnect, String> {
    let mut roots = RootCertStore::empty();
    match roots_file {
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        Some(path) => {
            let unusable =
                |why: &dyn std::fmt::Display| format!("`{path}` holds no usable certificate: {why}");
            for certificate in CertificateDer::pem_file_iter(path).map_err(|error| unusable(&error))? {
                let certificate = certificate.map_err(|error| unusable(&error))?;
                roots.add(certificate).map_err(|error| unusable(&error))?;
            }
            if roots.is_empty() {
                return Err(unusable(&"the file is empty"));
            }
        }
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tls_is_used_where_the_address_asks_for_it() {
        let cases = [
            ("postgres://u@h/db", Some(false)),
            ("postgres://u@h/db?sslmode=disable", Some(false)),
            ("postgres://u@h/db?sslmode=prefer", Some(false)),
            ("postgres://u@h/db?sslmode=require&application_name=x", Some(true)),
            ("postgres://u@h/db?sslmode=verify-full", Some(true)),
            ("postgres://u@h/db?sslmode=maybe", None),
            ("postgres://u@h/db?sslmode=require&sslrootcert=/no/such/file", None),
            ("postgres://u@h/db?no_such_setting=1", None),
            ("mysql://u@h/db", None),
        ];
        for (url, expected) in cases {
            assert_eq!(Address::parse(url).ok().map(|address| address.tls.is_some()), expected, "{url}");
        }
    }

    #[test]
    fn a_refused_address_shows_no_password() {
        let refused = Address::parse("postgres://user:hunter2@host:notaport/db");

        assert!(refused.is_err_and(|error| !format!("{error} {error:?}").contains("hunter2")));
    }
}
