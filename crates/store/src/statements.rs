//! Every statement of this crate, for tests that hold each to both engines.

use crate::sql::Statement;
use crate::*;

pub fn all() -> Vec<&'static Statement> {
    let nouns: &[&[&Statement]] = &[
        accounts::ALL,
        api_keys::ALL,
        blind_references::ALL,
        cases::ALL,
        contact_proofs::ALL,
        current_rows::ALL,
        customers::ALL,
        decisions::ALL,
        drafts::ALL,
        events::ALL,
        exemptions::ALL,
        external_ids::ALL,
        facts::ALL,
        gate_answers::ALL,
        idempotent_answers::ALL,
        judgements::ALL,
        leaves::ALL,
        legal_holds::ALL,
        log::ALL,
        messages::ALL,
        packs::ALL,
        persons::ALL,
        products::ALL,
        providers::ALL,
        readings::ALL,
        resellers::ALL,
        screenings::ALL,
        settings::ALL,
        special_measures::ALL,
        staff::ALL,
        verifications::ALL,
        watchlists::ALL,
    ];
    nouns.iter().flat_map(|statements| statements.iter().copied()).collect()
}

/// The greatest parameter of a statement.
pub fn parameter_count(sql: &str) -> usize {
    parameters(sql).into_iter().max().unwrap_or(0)
}

fn parameters(sql: &str) -> Vec<usize> {
    let numbers = sql.split('$').skip(1).map(|rest| {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        rest[..digits].parse::<usize>().expect("a number follows each `$`")
    });
    numbers.collect()
}

/// The same statement with its parameters numbered backwards.
pub fn backwards(statement: &Statement) -> Statement {
    let count = parameter_count(statement.sql);
    let mut parts = statement.sql.split('$');
    let mut sql = parts.next().expect("a split has a first part").to_owned();
    for (part, number) in parts.zip(parameters(statement.sql)) {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        sql.push_str(&format!("${}{}", count + 1 - number, &part[digits..]));
    }
    Statement { sql: sql.leak(), ..*statement }
}

mod tests {
    use super::*;
    use crate::migration::{Dialect, KEYS, Migration, REGISTRY};
    use crate::postgres::{Address, Postgres};
    use crate::sql::{Connection, Engine, Isolation, Value, Verdict};
    use crate::sqlite::{Options, Sqlite, numbered};

    fn name_of(statement: &Statement) -> String {
        format!("{}.{}", statement.table, statement.name)
    }

    #[test]
    fn every_statement_is_in_the_common_subset() {
        let refused = [
            "?",
            "now()",
            "current_timestamp",
            "skip locked",
            "recursive",
            "returning",
            "array",
            "::",
            "ilike",
            "insert or",
            "autoincrement",
            "nextval",
            "listen",
            "notify",
            "advisory",
        ];
        for statement in all().into_iter().chain(key_store::ALL.iter().copied()) {
            let sql = statement.sql.to_lowercase();
            for word in refused {
                assert!(!sql.contains(word), "{}: `{word}`", name_of(statement));
            }
            let count = parameter_count(statement.sql);
            let used = parameters(statement.sql);
            assert!((1..=count).all(|number| used.contains(&number)), "{}: a gap", name_of(statement));
        }
    }

    #[test]
    fn every_key_of_a_customers_rows_begins_with_the_shard() {
        // Reference tables, and the two that find a customer by an outside reference.
        let without = [
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
            "leases",
            "external_ids",
            "blind_references",
            "idempotent_answers",
        ];
        let mut table = "";
        for line in REGISTRY.iter().flat_map(|migration| migration.sql.lines()) {
            if let Some(rest) = line.strip_prefix("CREATE TABLE ") {
                table = rest.split(' ').next().unwrap();
            }
            let key =
                ["PRIMARY KEY (", "FOREIGN KEY ("].iter().find_map(|start| line.trim().strip_prefix(start));
            if let Some(columns) = key {
                assert_eq!(columns.starts_with("shard"), !without.contains(&table), "{table}: {line}");
            }
            if let Some(rest) = line.strip_prefix("CREATE UNIQUE INDEX ") {
                let (on, columns) = rest.split_once(" ON ").unwrap().1.split_once(" (").unwrap();
                assert_eq!(columns.starts_with("shard"), !without.contains(&on), "{line}");
            }
        }
    }

    #[test]
    fn parameters_are_bound_by_number_on_sqlite_whatever_their_order() {
        for (statements, migrations) in [(all(), REGISTRY), (key_store::ALL.to_vec(), KEYS)] {
            let connection = rusqlite::Connection::open_in_memory().unwrap();
            for migration in migrations {
                connection.execute_batch(&migration.render(Dialect::Sqlite)).unwrap();
            }
            let bound = |statement: &Statement, values: &[String]| {
                let mut prepared = connection.prepare(&numbered(statement.sql)).unwrap();
                for (number, value) in (1..).zip(values) {
                    prepared.raw_bind_parameter(number, value).unwrap();
                }
                prepared.expanded_sql().unwrap()
            };
            for statement in statements {
                let values: Vec<String> =
                    (1..=parameter_count(statement.sql)).map(|number| format!("value {number}.")).collect();
                let reversed: Vec<String> = values.iter().rev().cloned().collect();

                let forwards = bound(statement, &values);

                assert_eq!(forwards, bound(&backwards(statement), &reversed), "{}", name_of(statement));
            }
        }
    }

    /// What came of a statement: rows touched or found, or the fault.
    fn outcome(engine: &impl Engine, statement: &Statement, values: &[Value<'_>]) -> String {
        let mut outcome = String::new();
        let is_query = statement.sql.starts_with("SELECT");
        let ran = engine.write(Isolation::Snapshot, &mut |connection: &mut dyn Connection| {
            let mut rows = 0;
            let done = if is_query {
                connection
                    .query(statement, values, &mut |_| {
                        rows += 1;
                        Ok(())
                    })
                    .map(|()| rows)
            } else {
                connection.execute(statement, values)
            };
            match done {
                Ok(count) => outcome = format!("{count} rows"),
                Err(fault) => return Err(Verdict::Failed(fault)),
            }
            Err(Verdict::Abandon)
        });
        ran.map_or_else(|fault| format!("{fault}"), |()| outcome)
    }

    fn hold_to(
        engine: &impl Engine,
        statements: &[&Statement],
        value: impl Fn(&Statement, usize) -> Value<'static>,
    ) {
        for statement in statements {
            let values: Vec<Value<'static>> =
                (1..=parameter_count(statement.sql)).map(|number| value(statement, number)).collect();
            let reversed: Vec<Value<'static>> = values.iter().rev().cloned().collect();

            let forwards = outcome(engine, statement, &values);

            assert_eq!(forwards, outcome(engine, &backwards(statement), &reversed), "{}", name_of(statement));
        }
    }

    #[test]
    fn every_statement_runs_on_sqlite_with_parameters_out_of_order() {
        let engine = Sqlite::open(Options::in_memory(), REGISTRY).unwrap();
        hold_to(&engine, &all(), |_, number| Value::Int(1_000 + number as i64));
        let engine = Sqlite::open(Options::in_memory(), KEYS).unwrap();
        hold_to(&engine, key_store::ALL, |_, number| Value::Int(1_000 + number as i64));
    }

    #[test]
    fn every_statement_runs_on_postgresql_with_parameters_out_of_order() {
        let Some(url) = std::env::var("TENANTRY_TEST_POSTGRES").ok().filter(|url| !url.is_empty()) else {
            eprintln!("left out: TENANTRY_TEST_POSTGRES names no server");
            return;
        };
        for (statements, migrations, name) in
            [(all(), REGISTRY, "registry"), (key_store::ALL.to_vec(), KEYS, "keys")]
        {
            let (engine, mut client) = on_new_database(&url, name, migrations);
            for statement in statements {
                let forwards = client.prepare(statement.sql).unwrap();
                let backwards = client.prepare(backwards(statement).sql).unwrap();
                let reversed: Vec<_> = backwards.params().iter().rev().cloned().collect();
                assert_eq!(forwards.params(), reversed, "{}", name_of(statement));
                let value = |_: &Statement, number: usize| match forwards.params()[number - 1].name() {
                    "int4" | "int8" => Value::Int(number as i64),
                    "bytea" => Value::Bytes(vec![number as u8].into()),
                    _ => Value::from(format!("value {number}")),
                };
                hold_to(&engine, &[statement], value);
            }
        }
    }

    fn on_new_database(url: &str, name: &str, migrations: &[Migration]) -> (Postgres, ::postgres::Client) {
        let name = format!("statements_{name}_{}", std::process::id());
        let mut server = ::postgres::Client::connect(url, ::postgres::NoTls).unwrap();
        server.batch_execute(&format!("CREATE DATABASE {name}")).unwrap();
        let (place, _) = url.rsplit_once('/').unwrap();
        let url = format!("{place}/{name}");
        let engine = Postgres::open(Address::parse(&url).unwrap(), migrations, true, None).unwrap();
        (engine, ::postgres::Client::connect(&url, ::postgres::NoTls).unwrap())
    }

    /// Golden file: `schema.sql` is the sum of all migrations. `TENANTRY_BLESS=1` accepts what changed.
    #[test]
    fn the_schema_is_the_sum_of_all_migrations() {
        let mut schema =
            "-- The sum of all migrations, as SQLite has it. Written by a test; do not edit.\n".to_owned();
        for (title, migrations) in [("The registry", REGISTRY), ("The key store", KEYS)] {
            let connection = rusqlite::Connection::open_in_memory().unwrap();
            for migration in migrations {
                connection.execute_batch(&migration.render(Dialect::Sqlite)).unwrap();
            }
            let sql =
                "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY tbl_name, type DESC, name";
            let mut statement = connection.prepare(sql).unwrap();
            let parts = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
            schema.push_str(&format!("\n-- {title}\n"));
            for part in parts {
                schema.push_str(&format!("\n{};\n", part.unwrap()));
            }
        }

        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schema.sql");
        if std::env::var_os("TENANTRY_BLESS").is_some_and(|value| value == "1") {
            std::fs::write(path, &schema).unwrap();
        }
        let golden = std::fs::read_to_string(path).unwrap_or_default();
        assert!(golden == schema, "schema.sql differs from the migrations; accept with TENANTRY_BLESS=1");
    }
}
