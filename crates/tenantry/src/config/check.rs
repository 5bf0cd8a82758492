//! What no type can say: values that cannot be used, or not together.

use std::path::Path;

use app::env::Settings;

use super::faults::{ConfigFault, line_of};
use super::{Config, MailConfig, SmsConfig};
use crate::wiring::outside;
use crate::wiring::packs::SHIPPED;

/// Less would take from tomorrow's comparison what it only needs the difference to.
const LIST_VERSIONS_DAYS_MIN: u16 = 30;

/// Faults of a configuration that reads well.
pub fn faults(config: &Config, file: Option<&Path>, text: &str) -> Vec<ConfigFault> {
    let mut faults = Vec::new();
    let mut fault = |key: &str, what: String| {
        let line = line_of(text, key);
        let file = file.filter(|_| line.is_some());
        faults.push(ConfigFault { file: file.map(Path::to_owned), line, key: key.to_owned(), what });
    };
    if let Some(url) = &config.public_url
        && !(url.starts_with("https://") || url.starts_with("http://"))
    {
        fault("public_url", "an address that begins with `https://` or `http://` is needed".to_owned());
    }
    for proxy in &config.trusted_proxies {
        if super::network_of(proxy).is_none() {
            fault("trusted_proxies", format!("`{proxy}` is no IP address or prefix"));
        }
    }
    for name in &config.packs.active {
        let shipped = SHIPPED.iter().any(|pack| pack.id() == name || pack.name() == name);
        if !shipped {
            let known: Vec<&str> = SHIPPED.iter().map(|pack| pack.name()).collect();
            fault("packs.active", format!("no shipped pack `{name}`; there are {}", known.join(", ")));
        }
    }
    for key in &config.packs.trusted_keys {
        if key.len() != 64 || hex::decode(key).is_err() {
            fault("packs.trusted_keys", "a key is 64 hexadecimal digits".to_owned());
        }
    }
    if let Some(tls) = &config.tls {
        for (key, path) in [("tls.certificate", &tls.certificate), ("tls.key", &tls.key)] {
            if let Err(error) = std::fs::File::open(path) {
                fault(key, format!("`{}` cannot be read: {error}", path.display()));
            }
        }
    }
    if let Some(folder) = &config.lists.folder
        && !folder.is_dir()
    {
        fault("lists.folder", format!("`{}` is no folder", folder.display()));
    }
    if config.lists.versions_kept_days.is_some_and(|days| days < LIST_VERSIONS_DAYS_MIN) {
        fault("lists.versions_kept_days", format!("at least {LIST_VERSIONS_DAYS_MIN}, or nothing: for good"));
    }
    if let Some(mirror) = &config.lists.mirror
        && !["https://", "http://127.0.0.1", "http://[::1]"].iter().any(|start| mirror.starts_with(start))
    {
        fault("lists.mirror", "an address that begins with `https://` is needed".to_owned());
    }
    if config.store.url.is_some() != config.store.keys_url.is_some() {
        let key = if config.store.url.is_some() { "store.url" } else { "store.keys_url" };
        fault(key, "`store.url` and `store.keys_url` are given together or not at all".to_owned());
    }
    if config.store.url.is_some() && config.store.url == config.store.keys_url {
        let what = "records and keys would lie in one database; name another one, apart from `store.url`";
        fault("store.keys_url", what.to_owned());
    }
    for (key, value) in at_least_one(&config.platform) {
        if value == 0 {
            fault(key, "1 or more is needed: with 0 nothing would ever be good".to_owned());
        }
    }
    if let Some((key, what)) = config.mail.as_ref().and_then(mail_fault) {
        fault(key, what);
    }
    if let Some((key, what)) = config.sms.as_ref().and_then(sms_fault) {
        fault(key, what);
    }
    if let Some(error) = config.webhook.as_ref().and_then(|webhook| outside::event_webhook(webhook).err()) {
        let of_secret = error == connectors::webhook::EventWebhookError::Secret;
        fault(if of_secret { "webhook.secret" } else { "webhook.url" }, error.to_string());
    }
    faults
}

/// Durations and numbers of tries that nobody can do with 0 of.
fn at_least_one(platform: &Settings) -> [(&'static str, u64); 8] {
    [
        ("platform.code_ttl_minutes", platform.code_ttl_minutes.into()),
        ("platform.code_attempts_max", platform.code_attempts_max.into()),
        ("platform.codes_per_day_max", platform.codes_per_day_max),
        ("platform.session_hours", platform.session_hours.into()),
        ("platform.link_ttl_hours", platform.link_ttl_hours.into()),
        ("platform.gate_staleness_max_ms", platform.gate_staleness_max_ms),
        ("platform.answer_ttl_seconds", platform.answer_ttl_seconds.into()),
        ("platform.stale_lists.days_max", platform.stale_lists.days_max.into()),
    ]
}

fn mail_fault(mail: &MailConfig) -> Option<(&'static str, String)> {
    use connectors::mail::SmtpSettingsError;
    if mail.user.is_some() != mail.password.is_some() {
        return Some(("mail.user", "`user` and `password` are given together or not at all".to_owned()));
    }
    match outside::smtp(mail).err()? {
        error @ SmtpSettingsError::From(_) => Some(("mail.from", error.to_string())),
        error => Some(("mail.host", error.to_string())),
    }
}

fn sms_fault(sms: &SmsConfig) -> Option<(&'static str, String)> {
    use connectors::sms::WebhookSettingsError;
    match outside::webhook(sms).err()? {
        error @ WebhookSettingsError::Secret => Some(("sms.secret", error.to_string())),
        error => Some(("sms.url", error.to_string())),
    }
}
