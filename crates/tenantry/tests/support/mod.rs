#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]
#![allow(clippy::zombie_processes, reason = "dropping it stops the child and waits")]
//! Runs the built binary as a stranger would: over a temporary folder, without this machine's settings.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::{Value, json};
use testkit::fixture;

/// A folder that is gone with the test.
pub struct Place {
    folder: tempfile::TempDir,
    /// Variables on top of those that every test has.
    pub variables: Vec<(&'static str, String)>,
}

/// What a command came to.
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ran {
    /// The only line of standard output, as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(self.out.trim())
            .unwrap_or_else(|error| panic!("{error}: {} {}", self.out, self.err))
    }

    pub fn lines(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[track_caller]
    pub fn done(self) -> Self {
        assert_eq!(self.code, 0, "{}\n{}", self.out, self.err);
        self
    }
}

impl Place {
    pub fn new() -> Self {
        let variables = vec![
            // No network and no list files in tests: the invented list stands in.
            ("TENANTRY_LISTS__FICTIONAL", "true".to_owned()),
            ("TENANTRY_LISTS__DOWNLOAD", "false".to_owned()),
        ];
        Self { folder: tempfile::tempdir().unwrap(), variables }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    pub fn write(&self, name: &str, text: &str) -> String {
        std::fs::write(self.path(name), text).unwrap();
        self.text(name)
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tenantry"));
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("TENANTRY_") {
                command.env_remove(name);
            }
        }
        for (name, value) in &self.variables {
            command.env(name, value);
        }
        command.current_dir(self.folder.path()).args(arguments);
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, "")
    }

    pub fn run_with(&self, arguments: &[&str], input: &str) -> Ran {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let text = input.to_owned();
        let writing = std::thread::spawn(move || {
            // A command that stops early closes its end.
            let _ = stdin.write_all(text.as_bytes());
        });
        let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
        writing.join().unwrap();
        Ran {
            code: status.code().unwrap_or(-1),
            out: String::from_utf8(stdout).unwrap(),
            err: String::from_utf8(stderr).unwrap(),
        }
    }

    /// A data folder `data` with a provider and a product.
    pub fn with_catalogue(self) -> Self {
        self.run(&["migrate", "--data", "data"]).done();
        self.run(&[
            "provider",
            "add",
            "--data",
            "data",
            "--name",
            "Example Cloud",
            "--country",
            "US",
            "--existed-before-rule",
        ])
        .done();
        let product = json!({
            "type": "product", "code": fixture::PRODUCT, "title": "Server", "site": "US", "classes": ["virtualised"],
        });
        self.run_with(&["import", "--data", "data"], &format!("{product}\n")).done();
        self
    }
}

/// An import line of a customer who has told all that is asked, with an account `account-NUMBER`.
pub fn customer_line(number: u64, name: &str, country: &str) -> String {
    let mut line = serde_json::to_value(fixture::individual(number, name, country)).unwrap();
    line["type"] = json!("customer");
    format!("{line}\n")
}

/// A server, or a demo, that is stopped when the test is over.
pub struct Served {
    child: Child,
    pub address: String,
    /// What was printed until it was ready.
    pub said: String,
    /// What is printed from then on, once it ended.
    rest: Option<std::thread::JoinHandle<String>>,
}

impl Served {
    /// Starts a command and reads until a line holds `ready`, which names the address.
    pub fn start(mut command: Command, ready: &str) -> Self {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (sender, receiver) = std::sync::mpsc::channel();
        let readers: [Box<dyn std::io::Read + Send>; 2] =
            [Box::new(child.stdout.take().unwrap()), Box::new(child.stderr.take().unwrap())];
        for reader in readers {
            let sender = sender.clone();
            std::thread::spawn(move || {
                for line in BufReader::new(reader).lines().map_while(Result::ok) {
                    if sender.send(line).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        let mut said = String::new();
        while let Ok(line) = receiver.recv() {
            said.push_str(&line);
            said.push('\n');
            if line.contains(ready) {
                let named = |text: &'_ str| text.split("http://").nth(1).map(str::to_owned);
                let address = named(&line).or_else(|| named(&said)).unwrap_or_default();
                let end = address.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == ':'));
                let address = address[..end.unwrap_or(address.len())].to_owned();
                // Keeps reading, so that the child never waits for a full pipe.
                let rest = std::thread::spawn(move || receiver.iter().map(|line| line + "\n").collect());
                return Self { child, address, said, rest: Some(rest) };
            }
        }
        let _ = child.wait();
        panic!("ended before it was ready:\n{said}");
    }

    /// Stops it as Ctrl-C does and gives its exit code.
    pub fn interrupt(&mut self) -> Option<i32> {
        self.stop("-INT")
    }

    /// The same by another signal, such as `-TERM`.
    pub fn stop(&mut self, signal: &str) -> Option<i32> {
        let pid = self.child.id().to_string();
        Command::new("kill").args([signal, &pid]).status().unwrap();
        self.child.wait().unwrap().code()
    }

    /// Stops it and gives all that it printed.
    pub fn end(mut self) -> String {
        assert_eq!(self.interrupt(), Some(0), "{}", self.said);
        self.rest.take().map(|rest| rest.join().unwrap()).unwrap_or_default() + &self.said
    }

    /// One HTTP request over the socket; status and body.
    pub fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> (u16, Value) {
        let mut socket = TcpStream::connect(&self.address).unwrap();
        let mut request =
            format!("{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n", self.address);
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        request.push_str(&format!("content-length: {}\r\n\r\n{body}", body.len()));
        socket.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).unwrap();
        let (head, body) = answer
            .split_once("\r\n\r\n")
            .unwrap_or_else(|| panic!("{method} {path} at {}: `{answer}`\n{}", self.address, self.said));
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let body = if head.to_lowercase().contains("transfer-encoding: chunked") {
            body.split("\r\n").skip(1).step_by(2).collect()
        } else {
            body.to_owned()
        };
        (status, serde_json::from_str(&body).unwrap_or(Value::String(body)))
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Puts another byte into a file, in the middle of the first place where `text` stands.
pub fn change_byte(path: &Path, text: &str) {
    let mut bytes = std::fs::read(path).unwrap();
    let place = bytes.windows(text.len()).position(|window| window == text.as_bytes()).unwrap();
    bytes[place + text.len() / 2] ^= 1;
    std::fs::write(path, bytes).unwrap();
}
