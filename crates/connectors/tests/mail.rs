//! Mail against a server that speaks SMTP on a socket.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use app::message::{Content, Messenger as _, Unsent};
use connectors::mail::{Security, SmtpLogin, SmtpMessenger, SmtpSettings, SmtpSettingsError};
use domain::contact_proof::Channel;
use domain::redacted::Redacted;

/// What the server says to one command instead of agreeing, or `cut` to close the connection.
type Odd = Option<(&'static str, &'static str)>;

/// Each conversation as the commands and lines that came in.
fn server(odd: Odd) -> (u16, Receiver<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let port = listener.local_addr().expect("it is bound").port();
    let (sender, conversations) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut heard = Vec::new();
            let _ = converse(stream, odd, &mut heard);
            let _ = sender.send(heard);
        }
    });
    (port, conversations)
}

fn converse(mut stream: TcpStream, odd: Odd, heard: &mut Vec<String>) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let mut say = |command: &str, usual: &str| match odd {
        Some((at, "cut")) if at == command => Err(std::io::ErrorKind::ConnectionAborted.into()),
        Some((at, answer)) if at == command => write!(stream, "{answer}\r\n"),
        _ => write!(stream, "{usual}\r\n"),
    };
    say("CONNECT", "220 mail.test ESMTP")?;
    while let Some(line) = lines.next().transpose()? {
        heard.push(line.clone());
        let command = line.split([' ', ':']).next().unwrap_or_default().to_uppercase();
        match command.as_str() {
            "EHLO" => say("EHLO", "250-mail.test\r\n250-AUTH PLAIN\r\n250 8BITMIME")?,
            "AUTH" => say("AUTH", "235 accepted")?,
            "DATA" => {
                say("DATA", "354 go on")?;
                if odd.is_some_and(|(at, _)| at == "DATA") {
                    continue;
                }
                for line in lines.by_ref() {
                    let line = line?;
                    heard.push(line.clone());
                    if line == "." {
                        break;
                    }
                }
                say(".", "250 taken")?;
            }
            "QUIT" => return say("QUIT", "221 bye"),
            command => say(command, "250 fine")?,
        }
    }
    Ok(())
}

fn settings(port: u16) -> SmtpSettings {
    SmtpSettings {
        host: "127.0.0.1".to_owned(),
        port: Some(port),
        security: Security::None,
        login: None,
        from: "Provider <identity@provider.example>".to_owned(),
        timeout: Duration::from_secs(5),
    }
}

fn content() -> Content {
    Content {
        recipient: "ann.lee@customer.example".to_owned(),
        subject: "Your code".to_owned(),
        text: "Your code is 123456.\n.\nIt expires in ten minutes.".to_owned(),
    }
}

fn send(odd: Odd, content: &Content) -> (Result<(), Unsent>, Vec<String>) {
    let (port, conversations) = server(odd);
    let sent = SmtpMessenger::new(settings(port)).expect("good settings").send(Channel::Email, content);
    // None when nothing was said at all.
    let heard = conversations.recv_timeout(Duration::from_millis(if sent.is_ok() { 5_000 } else { 500 }));
    (sent, heard.unwrap_or_default())
}

fn has(heard: &[String], line: &str) -> bool {
    heard.iter().any(|heard| heard == line)
}

/// CIP-07
#[test]
fn a_mail_arrives_as_it_was_written() {
    let (sent, heard) = send(None, &content());

    sent.unwrap();
    assert!(heard[0].starts_with("EHLO "), "{heard:?}");
    for line in [
        "MAIL FROM:<identity@provider.example> BODY=8BITMIME",
        "RCPT TO:<ann.lee@customer.example>",
        "From: Provider <identity@provider.example>",
        "To: ann.lee@customer.example",
        "Subject: Your code",
        "Auto-Submitted: auto-generated",
        "Your code is 123456.",
        "..",
        "It expires in ten minutes.",
        "QUIT",
    ] {
        let plain = line.trim_end_matches(" BODY=8BITMIME");
        assert!(has(&heard, line) || has(&heard, plain), "`{line}` is missing in {heard:#?}");
    }
    assert!(heard.iter().any(|line| line.starts_with("Message-ID: <")), "{heard:#?}");
    assert!(heard.iter().any(|line| line.starts_with("Date: ")), "{heard:#?}");
}

#[test]
fn what_the_server_says_decides_whether_to_try_again() {
    let cases = [
        ("busy at the start", ("CONNECT", "421 too busy"), false),
        ("unknown mailbox", ("RCPT", "550 5.1.1 no such user ann.lee@customer.example"), true),
        ("greylisted", ("RCPT", "450 4.7.1 come back later"), false),
        ("mailbox full", ("RCPT", "452 4.2.2 full"), false),
        ("sender refused", ("MAIL", "553 not allowed"), true),
        ("data refused", ("DATA", "554 no"), true),
        ("content refused", (".", "550 spam from ann.lee@customer.example"), true),
        ("content to come again", (".", "451 try later"), false),
        ("cut at the start", ("CONNECT", "cut"), false),
        ("cut at the recipient", ("RCPT", "cut"), false),
        ("cut after the content", (".", "cut"), false),
        ("not SMTP at all", ("CONNECT", "HTTP/1.1 400 Bad Request"), false),
    ];
    for (name, odd, is_for_good) in cases {
        let (sent, _) = send(Some(odd), &content());

        let error = sent.expect_err(name);
        assert_eq!(matches!(error, Unsent::ForGood(_)), is_for_good, "{name}: {error}");
        assert!(!format!("{error} {error:?}").contains("ann.lee"), "{name}: {error:?}");
    }
}

#[test]
fn a_password_refused_is_ours_to_mend_and_not_the_recipients() {
    let (port, _conversations) = server(Some(("AUTH", "535 5.7.8 wrong password")));
    let login = SmtpLogin { user: "tenantry".to_owned(), password: Redacted::new("secret".to_owned()) };
    let settings = SmtpSettings { login: Some(login), ..settings(port) };
    assert!(!format!("{settings:?}").contains("secret"));

    let sent = SmtpMessenger::new(settings).unwrap().send(Channel::Email, &content());

    assert!(matches!(sent, Err(Unsent::ForNow(_))), "{sent:?}");
}

#[test]
fn a_server_that_is_not_there_or_silent_is_tried_again() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent_port = silent.local_addr().unwrap().port();
    for port in [closed, silent_port] {
        let settings = SmtpSettings { timeout: Duration::from_millis(200), ..settings(port) };

        let sent = SmtpMessenger::new(settings).unwrap().send(Channel::Email, &content());

        assert!(matches!(sent, Err(Unsent::ForNow(_))), "{sent:?}");
    }
}

#[test]
fn encryption_that_was_asked_for_is_never_done_without() {
    for security in [Security::StartTls, Security::Tls] {
        let (port, conversations) = server(None);
        let settings = SmtpSettings { security, timeout: Duration::from_millis(500), ..settings(port) };

        let sent = SmtpMessenger::new(settings).unwrap().send(Channel::Email, &content());

        assert!(matches!(sent, Err(Unsent::ForNow(_))), "{security:?}: {sent:?}");
        let heard = conversations.recv_timeout(Duration::from_secs(1)).unwrap_or_default();
        assert!(
            !heard.iter().any(|line| line.contains("MAIL") || line.contains("RCPT")),
            "{security:?}: {heard:?}"
        );
    }
}

#[test]
fn nothing_in_a_message_becomes_a_header_or_a_command() {
    let recipients = [
        "ann@customer.example\r\nRCPT TO:<eve@evil.example>",
        "ann@customer.example\nBcc: eve@evil.example",
        "ann@customer.example, eve@evil.example",
        "Ann <ann@customer.example>",
        "ann@customer.example>\u{0}",
        "<ann@customer.example> NOTIFY=NEVER",
        "",
    ];
    for recipient in recipients {
        let (sent, heard) = send(None, &Content { recipient: recipient.to_owned(), ..content() });

        let Err(Unsent::ForGood(why)) = sent else { panic!("{recipient:?} was taken") };
        assert_eq!(why, "the recipient's address is not one that mail can be sent to");
        assert!(heard.is_empty(), "{recipient:?}: {heard:?}");
    }
    let subjects =
        ["Hi\r\nBcc: eve@evil.example", "Hi\nBcc: eve@evil.example\n\nbody", "Hi\rBcc: eve@evil.example"];
    for subject in subjects {
        let (sent, heard) = send(None, &Content { subject: subject.to_owned(), ..content() });

        sent.unwrap();
        assert!(!heard.iter().any(|line| line.to_lowercase().starts_with("bcc")), "{subject:?}: {heard:#?}");
        assert_eq!(heard.iter().filter(|line| line.starts_with("RCPT")).count(), 1);
    }
    let text = "Hi\r\n.\r\nMAIL FROM:<eve@evil.example>\r\nRCPT TO:<eve@evil.example>\r\n".to_owned();
    let (sent, heard) = send(None, &Content { text, ..content() });
    sent.unwrap();
    assert!(has(&heard, ".."), "the full stop is doubled, so the mail does not end there: {heard:#?}");
}

#[test]
fn settings_that_cannot_work_are_refused_at_once() {
    let settings = SmtpSettings { from: "not an address".to_owned(), ..settings(25) };

    assert!(matches!(SmtpMessenger::new(settings).err(), Some(SmtpSettingsError::From(_))));
}

/// CIP-14, CIP-22: a refusal goes out in the transaction's wake, over SMTP, to the address that was proven, and once.
#[test]
fn a_notice_of_a_decision_arrives_over_smtp() {
    use app::actor::Actor;
    use app::contact_proof::deliver;
    use domain::case::CaseKind;
    use domain::draft::CaseOutcome;
    use testkit::{Platform, fixture};

    let (port, conversations) = server(None);
    let messenger = SmtpMessenger::new(settings(port)).expect("the settings are good");
    let mut platform = Platform::new();
    let customer = platform.enrol(&fixture::individual(1, "Ada Karenina", "DE")).customer.id;
    platform.prove_contact(customer, Channel::Email);
    platform.decide(customer, CaseKind::Identification, CaseOutcome::Refuse).expect("two persons decide");
    let send = |platform: &Platform| {
        platform.run(&Actor::system(), |env| deliver(env, &messenger)).expect("the outbox is sent")
    };

    platform.reopen();
    assert_eq!(send(&platform), (1, 0));
    platform.reopen();
    assert_eq!(send(&platform), (0, 0));

    let heard = conversations.recv_timeout(Duration::from_secs(5)).expect("the mail arrives").join("\n");
    assert!(heard.contains("RCPT TO:<contact-1@mail.example>"), "{heard}");
    assert!(heard.contains("Subject: Your account was suspended"), "{heard}");
    assert!(heard.contains("We could not verify who you are."), "{heard}");
    assert!(conversations.try_recv().is_err(), "one mail");
}
