//! Backups of PostgreSQL: a file of JSON lines for each table, all of one snapshot.

use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::Path;

use postgres::fallible_iterator::FallibleIterator as _;
use postgres::types::ToSql;
use serde_json::{Map, Value as Json};

use super::{BackupError, Form, Manifest, Part, at, hash_of, hex, make_file, make_folder};
use crate::fault::Fault;
use crate::migration::{KEYS, Migration, REGISTRY};
use crate::postgres::{Address, Client, Postgres, cell, fault_of};
use crate::postgres_store::{PostgresKeyStore, PostgresStore};
use crate::sql::Value;
use app::store::StoreError;

/// Tables of the registry; what others point to comes first.
const REGISTRY_TABLES: &[&str] = &[
    "providers",
    "products",
    "packs",
    "watchlists",
    "settings",
    "staff",
    "sessions",
    "api_keys",
    "special_measures",
    "exemptions",
    "customers",
    "persons",
    "facts",
    "verifications",
    "contact_proofs",
    "screenings",
    "judgements",
    "accounts",
    "resellers",
    "legal_holds",
    "external_ids",
    "blind_references",
    "cases",
    "decisions",
    "drafts",
    "readings",
    "messages",
    "gate_answers",
    "idempotent_answers",
    "leaves",
    "events",
    "log_heads",
    "leases",
    "tiles",
    "tree_states",
    "checkpoints",
];

const KEYS_TABLES: &[&str] = &["keys"];

impl PostgresStore {
    /// Writes the registry as it is now into a folder. Holds no keys.
    pub fn backup_to(&self, folder: &Path) -> Result<(), BackupError> {
        back_up(&self.engine, Part::Registry, folder, REGISTRY_TABLES)
    }

    /// Loads the registry of a backup into a database that has no records.
    pub fn restore(backup: &Path, url: &str) -> Result<(), BackupError> {
        restore(backup, url, Part::Registry, REGISTRY_TABLES, REGISTRY)
    }
}

impl PostgresKeyStore {
    /// Writes the key store into a folder of its own, over the copy before: only the newest knows which keys
    /// are destroyed.
    pub fn backup_to(&self, folder: &Path) -> Result<(), BackupError> {
        for table in KEYS_TABLES {
            let path = folder.join(file_of(table));
            crate::sqlite::overwrite(&path).map_err(at(&path))?;
        }
        back_up(&self.engine, Part::KeyStore, folder, KEYS_TABLES)
    }

    /// Loads the key store of a backup into a database that has no keys.
    pub fn restore(backup: &Path, url: &str) -> Result<(), BackupError> {
        restore(backup, url, Part::KeyStore, KEYS_TABLES, KEYS)
    }
}

fn file_of(table: &str) -> String {
    format!("{table}.ndjson")
}

fn back_up(engine: &Postgres, part: Part, folder: &Path, tables: &[&str]) -> Result<(), BackupError> {
    make_folder(folder)?;
    let applied = engine.with_client(crate::postgres::applied).map_err(StoreError::from)?;
    let mut manifest = Manifest::new(part, Form::Rows, applied);
    let mut failure = None;
    let done = engine.with_client(|client| {
        client.batch("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")?;
        for table in tables {
            if let Err(error) = write_table(client, table, folder) {
                failure = Some(error);
                break;
            }
        }
        client.batch("COMMIT")
    });
    if let Some(error) = failure {
        return Err(error);
    }
    done.map_err(StoreError::from)?;
    for table in tables {
        manifest.files.insert(file_of(table), hash_of(&folder.join(file_of(table)))?);
    }
    manifest.write(folder)
}

fn write_table(client: &mut Client, table: &str, folder: &Path) -> Result<(), BackupError> {
    let path = folder.join(file_of(table));
    let mut out = BufWriter::new(make_file(&path)?);
    let fault = |error: postgres::Error| StoreError::from(fault_of(&error, "backup"));
    let none: [Value<'_>; 0] = [];
    let mut rows = client.inner().query_raw(&format!("SELECT * FROM {table}"), none).map_err(fault)?;
    while let Some(row) = rows.next().map_err(fault)? {
        let mut fields = Map::new();
        for (number, column) in row.columns().iter().enumerate() {
            let value = cell(&row, number).ok_or_else(|| StoreError::Unreadable {
                table: "backup",
                detail: format!("`{table}.{}` is of no known kind", column.name()),
            })?;
            fields.insert(column.name().to_owned(), to_json(value));
        }
        serde_json::to_writer(&mut out, &fields).map_err(|error| at(&path)(error.into()))?;
        out.write_all(b"\n").map_err(at(&path))?;
    }
    let file = out.into_inner().map_err(|error| at(&path)(error.into_error()))?;
    file.sync_all().map_err(at(&path))
}

/// Bytes are an object with their hexadecimal text, so that they cannot be taken for text.
fn to_json(value: Value<'_>) -> Json {
    match value {
        Value::Int(value) => value.into(),
        Value::Text(text) => text.into_owned().into(),
        Value::Bytes(bytes) => Json::Object(Map::from_iter([("hex".to_owned(), hex(&bytes).into())])),
        Value::Null | Value::TooLarge => Json::Null,
    }
}

fn from_json(value: &Json) -> Option<Value<'_>> {
    match value {
        Json::Null => Some(Value::Null),
        Json::Number(number) => number.as_i64().map(Value::Int),
        Json::String(text) => Some(text.into()),
        Json::Object(fields) => {
            let bytes = domain::fact::sealed_text::from_hex(fields.get("hex")?.as_str()?)?;
            Some(Value::Bytes(bytes.into()))
        }
        Json::Bool(_) | Json::Array(_) => None,
    }
}

fn restore(
    backup: &Path,
    url: &str,
    part: Part,
    tables: &[&str],
    known: &[Migration],
) -> Result<(), BackupError> {
    let manifest = Manifest::read(backup, part, Form::Rows)?;
    let taken = manifest.taken(known)?;
    // The backup's own schema first, then its rows; later steps run over them as they would have then.
    let engine = Postgres::open_at(Address::parse(url)?, &taken)?;
    let mut failure = None;
    let loaded = engine.with_client(|client| {
        client.batch("BEGIN ISOLATION LEVEL SERIALIZABLE")?;
        for table in tables.iter().filter(|table| manifest.files.contains_key(&file_of(table))) {
            if let Err(error) = read_table(client, table, &backup.join(file_of(table))) {
                failure = Some(error);
                return client.batch("ROLLBACK");
            }
        }
        client.batch("COMMIT")
    });
    if let Some(error) = failure {
        return Err(error);
    }
    loaded.map_err(StoreError::from)?;
    let all: Vec<&Migration> = known.iter().collect();
    engine.with_client(|client| Ok(crate::postgres::migrate(client, &all))).map_err(StoreError::from)??;
    Ok(())
}

fn read_table(client: &mut Client, table: &str, path: &Path) -> Result<(), BackupError> {
    let fault = |error: postgres::Error| StoreError::from(fault_of(&error, "restore"));
    let damaged = || BackupError::Damaged { file: path.display().to_string() };
    let there = client.inner().query_opt(&format!("SELECT 1 FROM {table} LIMIT 1"), &[]).map_err(fault)?;
    if there.is_some() {
        return Err(BackupError::NotEmpty { place: format!("table {table}") });
    }
    let mut columns: Vec<String> = Vec::new();
    let mut insert = None;
    for line in BufReader::new(std::fs::File::open(path).map_err(at(path))?).lines() {
        let fields: Map<String, Json> =
            serde_json::from_str(&line.map_err(at(path))?).map_err(|_| damaged())?;
        let statement = match &insert {
            Some(statement) => statement,
            None => {
                columns = fields.keys().cloned().collect();
                // Names of columns come from a file whose hash stands in the manifest beside it; whatever
                // they are, they are no more than names.
                if columns.iter().any(|name| {
                    !name
                        .bytes()
                        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
                }) {
                    return Err(damaged());
                }
                let places: Vec<String> = (1..=columns.len()).map(|number| format!("${number}")).collect();
                let sql =
                    format!("INSERT INTO {table} ({}) VALUES ({})", columns.join(", "), places.join(", "));
                insert.insert(client.inner().prepare(&sql).map_err(fault)?)
            }
        };
        let values: Option<Vec<Value<'_>>> =
            columns.iter().map(|column| fields.get(column).and_then(from_json)).collect();
        let values = values.ok_or_else(damaged)?;
        let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| value as _).collect();
        client.inner().execute(statement, &values).map_err(fault)?;
    }
    Ok(())
}

impl From<Fault> for BackupError {
    fn from(fault: Fault) -> Self {
        Self::Store(fault.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_is_backed_up_and_what_is_pointed_to_comes_first() {
        for (tables, migrations) in [(REGISTRY_TABLES, REGISTRY), (KEYS_TABLES, KEYS)] {
            let made: Vec<&str> = migrations
                .iter()
                .flat_map(|migration| migration.sql.lines())
                .filter_map(|line| line.strip_prefix("CREATE TABLE ")?.split(' ').next())
                .collect();
            let mut sorted = (made.clone(), tables.to_vec());
            sorted.0.sort_unstable();
            sorted.1.sort_unstable();
            assert_eq!(sorted.0, sorted.1);
            let place = |table: &str| tables.iter().position(|other| *other == table);
            assert!(tables.iter().all(|table| *table == "customers" || place("customers") != place(table)));
        }
    }

    #[test]
    fn values_come_back_from_json_as_they_went() {
        let values: [Value<'_>; 5] =
            [i64::MIN.into(), "é\"\u{1}".into(), Value::from(&[0_u8, 255][..]), Value::Null, "".into()];
        for value in values {
            let json = to_json(value.clone());
            assert_eq!(to_json(from_json(&json).unwrap()), json);
        }
    }
}
