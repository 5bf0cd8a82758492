//! Running other programs: as they are, or with a copy of what they print.

use std::io::{IsTerminal, Read, Write};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use anyhow::Context;

/// Runs with this task's own input and output.
pub fn run(command: &mut Command) -> anyhow::Result<ExitStatus> {
    command.status().with_context(|| format!("could not run `{}`", name_of(command)))
}

/// Runs silently; `false` also when there is no such program.
pub fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

pub struct Heard {
    pub status: ExitStatus,
    /// Both outputs in the order they came, without colour codes.
    pub text: String,
}

/// Runs, passes on all it prints as it comes, and keeps a copy.
///
/// A process left behind by a test may hold the output open for ever, so silence counts as its end
/// once the program itself is gone.
pub fn run_and_hear(command: &mut Command) -> anyhow::Result<Heard> {
    const SILENCE_AFTER_END: Duration = Duration::from_secs(2);
    if std::io::stderr().is_terminal() {
        command.env("CARGO_TERM_COLOR", "always");
    }
    let name = name_of(command);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("could not run `{name}`"))?;
    let (sender, receiver) = channel();
    if let Some(output) = child.stdout.take() {
        pass_on(output, std::io::stdout(), sender.clone());
    }
    if let Some(output) = child.stderr.take() {
        pass_on(output, std::io::stderr(), sender.clone());
    }
    drop(sender);

    let mut heard = Vec::new();
    let mut ended_at: Option<Instant> = None;
    loop {
        match receiver.recv_timeout(Duration::from_millis(200)) {
            Ok(chunk) => {
                heard.extend_from_slice(&chunk);
                ended_at = None;
            }
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {
                if ended_at.is_none() && child.try_wait()?.is_some() {
                    ended_at = Some(Instant::now());
                }
                if ended_at.is_some_and(|ended_at| ended_at.elapsed() > SILENCE_AFTER_END) {
                    break;
                }
            }
        }
    }
    let status = child.wait().with_context(|| format!("lost sight of `{name}`"))?;
    Ok(Heard { status, text: without_colours(&String::from_utf8_lossy(&heard)) })
}

/// Leaves a thread behind that ends with the output; nobody waits for it.
fn pass_on(mut from: impl Read + Send + 'static, mut to: impl Write + Send + 'static, copy: Sender<Vec<u8>>) {
    std::thread::spawn(move || {
        let mut buffer = [0; 8192];
        while let Ok(length) = from.read(&mut buffer) {
            let chunk = &buffer[..length];
            // Our own output may be closed (`| head`); the program must still run to its end.
            let _ = to.write_all(chunk).and_then(|()| to.flush());
            if length == 0 || copy.send(chunk.to_vec()).is_err() {
                break;
            }
        }
    });
}

/// Drops the escape sequences `ESC [ … letter`.
fn without_colours(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character != '\u{1b}' {
            plain.push(character);
        } else if characters.next() == Some('[') {
            characters.by_ref().find(char::is_ascii_alphabetic);
        }
    }
    plain
}

fn name_of(command: &Command) -> String {
    command.get_program().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_program_prints_is_heard_with_its_status() {
        let heard = run_and_hear(Command::new("sh").args(["-c", "echo out; echo err >&2; exit 3"])).unwrap();

        assert_eq!(heard.status.code(), Some(3));
        assert!(heard.text.contains("out\n") && heard.text.contains("err\n"), "{}", heard.text);
    }

    #[test]
    fn a_process_left_behind_does_not_hold_up_the_end() {
        let started = Instant::now();

        let heard = run_and_hear(Command::new("sh").args(["-c", "sleep 30 & echo done"])).unwrap();

        assert!(heard.status.success());
        assert!(started.elapsed() < Duration::from_secs(20));
    }

    #[test]
    fn colours_are_dropped_and_the_rest_stays() {
        assert_eq!(without_colours("\u{1b}[32;1m     Summary\u{1b}[0m [ 1 ] ü"), "     Summary [ 1 ] ü");
        assert_eq!(without_colours("cut \u{1b}["), "cut ");
    }

    #[test]
    fn a_program_that_is_not_there_is_an_error_that_names_it() {
        let error = run(&mut Command::new("no-such-program-here")).unwrap_err();

        assert!(error.to_string().contains("no-such-program-here"));
    }
}
