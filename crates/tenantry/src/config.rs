//! Configuration: a TOML file, over it the environment, secrets from files of their own.
//!
//! `TENANTRY_LISTEN` sets `listen`, `TENANTRY_MAIL__HOST` sets `host` of `[mail]`. What is secret may also lie in
//! a file that `…_FILE` names, such as `TENANTRY_MAIL__PASSWORD_FILE`.

mod check;
mod faults;

use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use domain::redacted::Redacted;
use figment::Figment;
use figment::providers::{Format as _, Serialized, Toml};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use terms::Country;

#[cfg(test)]
pub use faults::ConfigFault;
pub use faults::ConfigFaults;

/// What an operator sets. `docs/samples/tenantry.toml` explains every key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    pub data: PathBuf,
    pub listen: SocketAddr,
    /// `None`: no metrics are served.
    pub metrics_listen: Option<SocketAddr>,
    /// How the outside reaches the server; links in mail and for signing in begin so.
    pub public_url: Option<String>,
    /// The test space has data, keys and API keys of its own.
    pub test_space: bool,
    /// Addresses whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<String>,
    pub store: StoreConfig,
    pub keys: KeysConfig,
    pub provider: Option<ProviderConfig>,
    pub packs: PacksConfig,
    pub lists: ListsConfig,
    pub access: AccessConfig,
    pub tls: Option<TlsConfig>,
    pub mail: Option<MailConfig>,
    pub sms: Option<SmsConfig>,
    pub webhook: Option<WebhookConfig>,
    pub platform: app::env::Settings,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StoreConfig {
    /// `postgres://…`; `None`: the embedded store in the data folder.
    pub url: Option<Redacted<String>>,
    /// Where keys lie when the registry is not embedded; another database than `url`.
    pub keys_url: Option<Redacted<String>>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KeysConfig {
    /// `None`: `master.key` in the data folder.
    pub master_key_file: Option<PathBuf>,
}

/// The provider that is entered when the installation has none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderConfig {
    pub name: String,
    pub country: Country,
    #[serde(default)]
    pub offers_in: Vec<Country>,
    #[serde(default)]
    pub sells_domains: bool,
    #[serde(default)]
    pub existed_before_rule: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PacksConfig {
    /// Shipped packs that are in force from when they are first installed, by name or `name@date`. After that
    /// drafts that two persons make decide (SEC-04); `check-config` says what differs.
    pub active: Vec<String>,
    /// Ed25519 keys, in hexadecimal, that packs of the operator's own may be signed by.
    pub trusted_keys: Vec<String>,
}

impl Default for PacksConfig {
    fn default() -> Self {
        let active = ["restricted-lists", "us-eo13984-nprm"].map(str::to_owned).to_vec();
        Self { active, trusted_keys: Vec::new() }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ListsConfig {
    /// Lists as published; `None`: those that `lists load` or `lists update` put into the data folder.
    pub folder: Option<PathBuf>,
    /// Ask the publishers where there are no lists yet.
    pub download: bool,
    /// Has the publishers' files as `MIRROR/us-ofac/sdn.csv`, and is asked in their place.
    pub mirror: Option<String>,
    /// Make do with the built-in invented list where there is no other; every answer then says so.
    pub fictional: bool,
    /// How long versions of lists stay after they were last put in force; `None`: for good. A screening made with one
    /// that is gone cannot be made again.
    pub versions_kept_days: Option<u16>,
}

impl Default for ListsConfig {
    fn default() -> Self {
        Self { folder: None, download: true, mirror: None, fictional: false, versions_kept_days: None }
    }
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AccessConfig {
    /// Beyond it intake is refused; `None`: as much as the disk has.
    pub disk_max_mib: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsConfig {
    /// PEM, the server's certificate first.
    pub certificate: PathBuf,
    pub key: PathBuf,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailConfig {
    pub host: String,
    #[serde(default)]
    pub port: Option<u16>,
    #[serde(default)]
    pub security: MailSecurity,
    #[serde(default)]
    pub user: Option<String>,
    #[serde(default)]
    pub password: Option<Redacted<String>>,
    pub from: String,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MailSecurity {
    #[default]
    StartTls,
    Tls,
    None,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmsConfig {
    pub url: String,
    pub authentication: SmsAuthentication,
    pub secret: Redacted<String>,
    #[serde(default)]
    pub allow_unencrypted: bool,
}

/// Who is told of events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookConfig {
    pub url: String,
    pub secret: Redacted<String>,
    /// Beginnings of kinds; none: all.
    #[serde(default)]
    pub events: Vec<String>,
    #[serde(default)]
    pub allow_unencrypted: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SmsAuthentication {
    Bearer,
    Hmac,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data: PathBuf::from("tenantry-data"),
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            metrics_listen: None,
            public_url: None,
            test_space: false,
            trusted_proxies: Vec::new(),
            store: StoreConfig::default(),
            keys: KeysConfig::default(),
            provider: None,
            packs: PacksConfig::default(),
            lists: ListsConfig::default(),
            access: AccessConfig::default(),
            tls: None,
            mail: None,
            sms: None,
            webhook: None,
            platform: app::env::Settings::default(),
        }
    }
}

/// Variables with a meaning of their own, which set no key.
const NOT_KEYS: &[&str] =
    &["config", "token", "server", "log", "lists", "master_key_file", "postgres", "purpose"];

/// Keys that a `…_FILE` variable may fill: `mail.password` from `TENANTRY_MAIL__PASSWORD_FILE`.
const SECRETS: &[&str] = &["mail.password", "sms.secret", "webhook.secret", "store.url", "store.keys_url"];

/// Variables as they were found, so that tests bring their own.
pub type Variables = Vec<(String, String)>;

impl Config {
    /// Reads the file, where one is named, and the environment over it. Every fault is named, not the first.
    pub fn read(file: Option<&Path>, variables: &Variables) -> Result<Self, ConfigFaults> {
        let mut figment = Figment::from(Serialized::defaults(Self::default()));
        let (mut text, mut faults) = (String::new(), Vec::new());
        if let Some(path) = file {
            text = fs::read_to_string(path)
                .map_err(|error| ConfigFaults::one(Some(path), None, "", error.to_string()))?;
            let readable;
            (faults, readable) = faults::of_text(path, &text);
            figment = figment.merge(Toml::string(&readable));
        }
        for (key, value) in Self::from_environment(variables)? {
            figment = figment.merge(Serialized::default(&key, value));
        }
        let config: Result<Self, _> = figment.extract();
        match &config {
            Ok(config) => faults.extend(check::faults(config, file, &text)),
            Err(error) => faults.extend(faults::of_environment(error).0),
        }
        match config {
            Ok(config) if faults.is_empty() => Ok(config),
            _ => Err(ConfigFaults(faults)),
        }
    }

    /// Keys and values that the environment sets.
    fn from_environment(variables: &Variables) -> Result<Vec<(String, figment::value::Value)>, ConfigFaults> {
        let mut set = Vec::new();
        for (name, value) in variables {
            let Some(rest) = name.strip_prefix("TENANTRY_") else { continue };
            let key = rest.to_lowercase().replace("__", ".");
            let secret = key.strip_suffix("_file").filter(|key| SECRETS.contains(key));
            if let Some(secret) = secret {
                let text = fs::read_to_string(value).map_err(|error| {
                    let what = format!("the file that `{name}` names cannot be read: {error}");
                    ConfigFaults::one(None, None, secret, what)
                })?;
                set.push((secret.to_owned(), text.trim_end_matches(['\r', '\n']).into()));
            } else if key == "lists" {
                set.push(("lists.folder".to_owned(), value.clone().into()));
            } else if key == "master_key_file" {
                set.push(("keys.master_key_file".to_owned(), value.clone().into()));
            } else if SECRETS.contains(&key.as_str()) {
                set.push((key, value.clone().into()));
            } else if !NOT_KEYS.contains(&key.as_str()) {
                let value = value.parse().expect("figment takes any text as a value");
                set.push((key, value));
            }
        }
        Ok(set)
    }

    /// Where the server is reached: the public address, else the one it listens on.
    pub fn base_url(&self, bound: SocketAddr) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        let own = || format!("{scheme}://{bound}");
        self.public_url.as_ref().map_or_else(own, |url| url.trim_end_matches('/').to_owned())
    }
}

/// One address or a prefix of them.
pub fn network_of(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

/// The process's own variables. One that is no UTF-8 is none of ours.
pub fn variables() -> Variables {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

#[cfg(test)]
mod tests;
