//! A throw-away PostgreSQL server: its own folder, port and password, gone when the run ends.

use std::fs;
use std::io::Read;
use std::net::TcpListener;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, bail};

/// Where `initdb` and `pg_ctl` are.
pub struct Programs {
    folder: PathBuf,
}

impl Programs {
    /// Looks in `PATH`, then where Debian and Red Hat put them; the newest version wins there.
    pub fn find() -> Option<Self> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let by_version = |parent: &str, prefix: &str, suffix: &str| {
            let mut found: Vec<(u32, PathBuf)> = fs::read_dir(parent)
                .into_iter()
                .flatten()
                .flatten()
                .filter_map(|entry| {
                    let name = entry.file_name();
                    let version = name.to_str()?.strip_prefix(prefix)?.parse().ok()?;
                    Some((version, entry.path().join(suffix)))
                })
                .collect();
            found.sort();
            found.into_iter().rev().map(|(_, folder)| folder)
        };
        std::env::split_paths(&path)
            .chain(by_version("/usr/lib/postgresql", "", "bin"))
            .chain(by_version("/usr", "pgsql-", "bin"))
            .find(|folder| ["initdb", "pg_ctl", "postgres"].iter().all(|name| folder.join(name).is_file()))
            .map(|folder| Self { folder })
    }

    /// `PostgreSQL 17.2`, or just the name where it cannot be told.
    pub fn version(&self) -> String {
        let output = Command::new(self.folder.join("postgres")).arg("--version").output();
        let text =
            output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
        match text.split_whitespace().find(|word| word.starts_with(|first: char| first.is_ascii_digit())) {
            Some(number) => format!("PostgreSQL {number}"),
            None => "PostgreSQL".to_owned(),
        }
    }
}

/// A running server. Dropping it stops the server and removes its folder; so does the end of this
/// process, however it comes: a guardian waits for the pipe to it to close.
pub struct ThrowAway {
    /// With a superuser's name and password.
    pub url: String,
    pub port: u16,
    guardian: Child,
}

/// Waits for the end of its input, then stops the server of folder `$1` and removes the folder.
/// It ignores the signals of the terminal, as it outlives what they end.
const GUARDIAN: &str = r#"
trap '' INT TERM HUP
cat > /dev/null
pid_file="$1/data/postmaster.pid"
for signal in INT INT INT QUIT; do
    pid=$(head -n 1 "$pid_file" 2> /dev/null) || break
    kill -s "$signal" "$pid" || break
    tries=0
    while [ -e "$pid_file" ] && [ $tries -lt 50 ]; do
        sleep 0.1
        tries=$((tries + 1))
    done
done
rm -rf "$1"
"#;

impl ThrowAway {
    /// Without `fsync` nothing survives a crash of the machine, which tests do not need.
    pub fn start(programs: &Programs, fsync: bool) -> anyhow::Result<Self> {
        let owner = Owner::of_server()?;
        let secret = random_hex()?;
        let folder =
            std::env::temp_dir().join(format!("tenantry-pg-{}-{}", std::process::id(), &secret[..8]));
        fs::DirBuilder::new()
            .mode(0o700)
            .create(&folder)
            .context("could not make a folder for PostgreSQL")?;
        // From here on the guardian clears up, whatever happens next.
        let guardian = Command::new("sh")
            .args(["-c", GUARDIAN, "sh"])
            .arg(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .context("could not start `sh`")?;
        let mut server = Self { url: String::new(), port: 0, guardian };
        owner.take(&folder)?;
        init(programs, &owner, &folder, &secret)?;

        // Somebody else may take a free port before the server does.
        const ATTEMPTS: u32 = 3;
        let mut failure = String::new();
        for _ in 0..ATTEMPTS {
            let port = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr())?.port();
            configure(&folder, port, fsync)?;
            let mut start = owner.command(&programs.folder.join("pg_ctl"), &folder);
            start.args(["start", "--wait", "--timeout=60", "--silent"]);
            start.arg("--pgdata").arg(folder.join("data")).arg("--log").arg(folder.join("log"));
            if start.stdout(Stdio::null()).stderr(Stdio::null()).status()?.success() {
                server.port = port;
                server.url = format!("postgres://{SUPERUSER}:{secret}@127.0.0.1:{port}/postgres");
                return Ok(server);
            }
            failure = fs::read_to_string(folder.join("log")).unwrap_or_default();
        }
        bail!("PostgreSQL did not start:\n{failure}")
    }
}

impl Drop for ThrowAway {
    fn drop(&mut self) {
        drop(self.guardian.stdin.take());
        // Nothing is left to be done about a guardian that cannot be waited for.
        let _ = self.guardian.wait();
    }
}

const SUPERUSER: &str = "tenantry";

fn init(programs: &Programs, owner: &Owner, folder: &Path, secret: &str) -> anyhow::Result<()> {
    let password_file = folder.join("password");
    let mut options = fs::OpenOptions::new();
    let mut file = options.write(true).create_new(true).mode(0o600).open(&password_file)?;
    std::io::Write::write_all(&mut file, secret.as_bytes())?;
    owner.take(&password_file)?;

    let mut command = owner.command(&programs.folder.join("initdb"), folder);
    command.args([
        "--username",
        SUPERUSER,
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C",
        "--no-sync",
    ]);
    command.arg("--pwfile").arg(&password_file).arg("--pgdata").arg(folder.join("data"));
    let output = command.output().context("could not run `initdb`")?;
    if !output.status.success() {
        bail!("`initdb` failed:\n{}", String::from_utf8_lossy(&output.stderr));
    }
    fs::remove_file(&password_file)?;
    Ok(())
}

/// Writes the whole of `postgresql.conf`; all else stays at the server's own defaults. Nothing lives long enough to
/// be vacuumed.
fn configure(folder: &Path, port: u16, fsync: bool) -> anyhow::Result<()> {
    let durable = if fsync { "on" } else { "off" };
    let socket_folder = quoted(folder.to_str().context("the temporary folder is not named in UTF-8")?);
    let text = format!(
        "listen_addresses = '127.0.0.1'\n\
         port = {port}\n\
         unix_socket_directories = {socket_folder}\n\
         max_connections = 200\n\
         fsync = {durable}\n\
         synchronous_commit = {durable}\n\
         full_page_writes = {durable}\n\
         autovacuum = off\n\
         password_encryption = 'scram-sha-256'\n"
    );
    fs::write(folder.join("data/postgresql.conf"), text).context("could not write `postgresql.conf`")
}

/// As a value in `postgresql.conf`.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}

/// Whom the server runs as. PostgreSQL refuses to run as root.
struct Owner {
    /// `None`: whoever runs this task.
    ids: Option<(u32, u32)>,
}

impl Owner {
    fn of_server() -> anyhow::Result<Self> {
        if !is_root()? {
            return Ok(Self { ids: None });
        }
        for name in ["postgres", "nobody"] {
            if let (Ok(user), Ok(group)) = (id_of(&["-u", name]), id_of(&["-g", name])) {
                return Ok(Self { ids: Some((user, group)) });
            }
        }
        bail!("PostgreSQL does not run as root, and there is neither a user `postgres` nor `nobody`")
    }

    fn take(&self, path: &Path) -> anyhow::Result<()> {
        if let Some((user, group)) = self.ids {
            chown(path, Some(user), Some(group))
                .with_context(|| format!("could not give `{}` to the server's user", path.display()))?;
        }
        Ok(())
    }

    fn command(&self, program: &Path, folder: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(folder).env("HOME", folder).stdin(Stdio::null());
        // Settings of the caller's own server would reach this one.
        for name in ["PGDATA", "PGPORT", "PGHOST", "PGUSER", "PGDATABASE", "PGPASSWORD", "PGOPTIONS"] {
            command.env_remove(name);
        }
        if let Some((user, group)) = self.ids {
            command.uid(user).gid(group);
        }
        command
    }
}

pub fn is_root() -> anyhow::Result<bool> {
    Ok(id_of(&["-u"])? == 0)
}

fn id_of(arguments: &[&str]) -> anyhow::Result<u32> {
    let output = Command::new("id").args(arguments).output().context("could not run `id`")?;
    String::from_utf8_lossy(&output.stdout).trim().parse().context("`id` gave no number")
}

/// 128 random bits, for a password and a name.
fn random_hex() -> anyhow::Result<String> {
    let mut bytes = [0; 16];
    fs::File::open("/dev/urandom")
        .and_then(|mut file| file.read_exact(&mut bytes))
        .context("no random bytes")?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_reachable_while_it_is_held_and_gone_without_a_trace_after() {
        let Some(programs) = Programs::find() else {
            println!("LEFT OUT: no PostgreSQL server programs here");
            return;
        };
        let server = ThrowAway::start(&programs, false).unwrap();
        let port = server.port;
        let ours =
            |path: &Path| path.to_string_lossy().contains(&format!("tenantry-pg-{}-", std::process::id()));
        let folders = || {
            fs::read_dir(std::env::temp_dir()).unwrap().filter(|e| ours(&e.as_ref().unwrap().path())).count()
        };

        assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
        assert_eq!(folders(), 1);
        assert!(
            server.url.starts_with("postgres://tenantry:")
                && server.url.ends_with(&format!("@127.0.0.1:{port}/postgres"))
        );

        drop(server);
        assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err());
        assert_eq!(folders(), 0);
    }

    #[test]
    fn a_value_is_quoted_for_the_configuration() {
        assert_eq!(quoted("/tmp/it's"), "'/tmp/it''s'");
        assert_eq!(quoted(r"a\b"), r"'a\\b'");
    }
}
