use std::path::PathBuf;

use super::*;

fn read(text: &str, variables: &[(&str, &str)]) -> Result<Config, Vec<String>> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tenantry.toml");
    fs::write(&path, text).unwrap();
    let variables = variables.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
    Config::read(Some(&path), &variables).map_err(|faults| {
        let name =
            |fault: &ConfigFault| fault.to_string().replace(&path.display().to_string(), "tenantry.toml");
        faults.0.iter().map(name).collect()
    })
}

#[test]
fn the_sample_is_read_and_says_what_the_defaults_are() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/samples/tenantry.toml");
    let text = fs::read_to_string(&path).unwrap();

    let as_it_stands = read(&text, &[]).unwrap();
    let all_of_it = uncommented(&text);
    let parsed = toml::from_str::<Config>(&all_of_it);

    assert_eq!(as_it_stands, Config::default(), "the sample changes nothing until a line is uncommented");
    assert!(parsed.is_ok(), "every commented key is a key: {}", parsed.unwrap_err());
}

/// The sample with every `#key = value` and `#[table]` in force.
fn uncommented(text: &str) -> String {
    let line = |line: &str| match line.strip_prefix('#') {
        Some(rest) if !rest.starts_with(' ') && !rest.is_empty() => rest.to_owned(),
        _ => line.to_owned(),
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_fault_is_named_with_file_line_and_key() {
    let text = "\
listen = \"nowhere\"
lisen = \"127.0.0.1:1\"

[mail]
host = 7
from = \"x@example.org\"

[nonsense]
a = 1

[platform]
screening_on = \"maybe\"
";
    let faults = read(text, &[]).unwrap_err();

    let starts = [
        "tenantry.toml:1: `listen`: ",
        "tenantry.toml:2: `lisen`: ",
        "tenantry.toml:5: `mail.host`: ",
        "tenantry.toml:8: `nonsense`: ",
        "tenantry.toml:12: `platform.screening_on`: ",
    ];
    let mut sorted = faults.clone();
    sorted.sort_by_key(|fault| fault.split(':').nth(1).unwrap().parse::<usize>().unwrap());
    assert_eq!(sorted.len(), starts.len(), "{sorted:#?}");
    for (fault, start) in sorted.iter().zip(starts) {
        assert!(fault.starts_with(start), "{fault}");
    }
}

/// Faults of reading and of values are told together, so that nobody mends one to be told of the next.
#[test]
fn what_is_mistyped_and_what_cannot_be_used_are_told_at_once() {
    let text = "\
lisen = \"127.0.0.1:1\"
public_url = \"ftp://x\"
[store]
url = \"postgres://db/a\"
keys_url = \"postgres://db/a\"
[platform]
session_hours = 0
code_attempts_max = 0
gate_staleness_max_ms = 0
";

    let faults = read(text, &[]).unwrap_err();

    for start in [
        "tenantry.toml:1: `lisen`: ",
        "tenantry.toml:2: `public_url`: ",
        "tenantry.toml:5: `store.keys_url`: ",
        "tenantry.toml:7: `platform.session_hours`: ",
        "tenantry.toml:8: `platform.code_attempts_max`: ",
        "tenantry.toml:9: `platform.gate_staleness_max_ms`: ",
    ] {
        assert!(faults.iter().any(|fault| fault.starts_with(start)), "{start} {faults:#?}");
    }
    assert_eq!(faults.len(), 6, "{faults:#?}");
}

#[test]
fn values_that_cannot_be_used_are_named_too() {
    let text = "\
public_url = \"ftp://x\"
[packs]
active = [\"no-such-pack\"]
trusted_keys = [\"12\"]
[lists]
versions_kept_days = 7
[mail]
host = \"localhost\"
from = \"not an address\"
security = \"none\"
";
    let faults = read(text, &[]).unwrap_err();

    let keys: Vec<_> = faults.iter().map(|fault| fault.split('`').nth(1).unwrap()).collect();
    assert_eq!(
        keys,
        ["public_url", "packs.active", "packs.trusted_keys", "lists.versions_kept_days", "mail.from"]
    );
    assert!(faults[1].contains("us-eo13984-nprm"), "{}", faults[1]);
}

#[test]
fn the_environment_stands_over_the_file_and_secrets_come_from_files() {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    fs::write(&secret, "12345\n").unwrap();
    let text = "listen = \"127.0.0.1:1\"\n[mail]\nhost = \"a\"\nfrom = \"x@example.org\"\nuser = \"u\"\n";

    let config = read(
        text,
        &[
            ("TENANTRY_LISTEN", "127.0.0.1:2"),
            ("TENANTRY_MAIL__HOST", "mail.example.org"),
            ("TENANTRY_MAIL__PASSWORD_FILE", secret.to_str().unwrap()),
            ("TENANTRY_PLATFORM__SCREENING_ON", "false"),
            ("TENANTRY_MASTER_KEY_FILE", "/somewhere/master.key"),
            ("TENANTRY_TOKEN", "live_secret"),
            ("OTHER", "x"),
        ],
    )
    .unwrap();

    let mail = config.mail.clone().unwrap();
    assert_eq!(config.listen, SocketAddr::from(([127, 0, 0, 1], 2)));
    assert_eq!(mail.host, "mail.example.org");
    assert_eq!(mail.password.unwrap().expose(), "12345", "a secret of digits is text all the same");
    assert!(!config.platform.screening_on);
    assert_eq!(config.keys.master_key_file, Some(PathBuf::from("/somewhere/master.key")));
    assert!(!format!("{config:?}").contains("12345"));
}

#[test]
fn a_misspelt_variable_is_a_fault() {
    let faults = read("", &[("TENANTRY_LISEN", "x")]).unwrap_err();

    assert!(faults[0].starts_with("environment") && faults[0].contains("lisen"), "{faults:?}");
}
