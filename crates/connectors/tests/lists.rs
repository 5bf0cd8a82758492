//! Lists from a folder and from servers on sockets.

mod support;

use std::fs;
use std::io::{self, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use connectors::lists::{
    Asking, Download, FolderLimits, LoadFolderError, PublishedFile, Publisher, Told, download, load_folder,
    mirrored, publishers,
};
use screening::NotRead;
use support::{Request, http, respond};

const SIMPLE: &str = "\"id\",\"schema\",\"name\",\"aliases\"\n\"x-1\",\"Person\",\"Anna Example\",\"\"\n";

fn publisher(id: &str, url: &str, files: &[&str]) -> Publisher {
    let file = |name: &&str| PublishedFile { name: (*name).to_owned(), url: format!("{url}/{name}") };
    Publisher { id: id.to_owned(), files: files.iter().map(file).collect(), file_len_max: 10_000 }
}

fn silently() -> Told {
    Arc::new(|_| {})
}

fn asking(publishers: &[Publisher]) -> Asking<'_> {
    Asking { publishers, give_up_after: Duration::from_secs(20), told: silently(), keep_in: None }
}

fn ask(answer: impl Fn(&Request, &mut TcpStream) + Send + 'static, files: &[&str]) -> Download {
    let (url, _requests) = http(answer);
    download(&asking(&[publisher("test", &url, files)]))
}

fn entries(download: &Download) -> usize {
    download.lists.lists.iter().map(|list| list.entries.len()).sum()
}

#[test]
fn a_folder_is_read_with_the_folders_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("a/b/targets.simple.csv", SIMPLE);
    write("README.md", "# about these files");
    write("large.csv", &"x".repeat(2_000));
    write(".hidden/targets.simple.csv", SIMPLE);
    let limits = FolderLimits { file_len_max: 1_000, ..FolderLimits::default() };

    let lists = load_folder(folder.path(), &limits).unwrap();

    assert_eq!(lists.lists.iter().map(|list| list.entries.len()).sum::<usize>(), 1);
    let left_out: Vec<_> = lists.left_out.iter().map(|file| (file.path.as_str(), file.why.clone())).collect();
    assert_eq!(
        left_out,
        [("README.md", NotRead::Unknown), ("large.csv", NotRead::TooLarge { limit: 1_000 })]
    );
}

#[test]
fn a_folder_that_is_missing_too_full_or_too_deep_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("a/b/c")).unwrap();
    fs::write(folder.path().join("a/1.csv"), "").unwrap();
    fs::write(folder.path().join("a/2.csv"), "").unwrap();
    let (limits, missing) = (FolderLimits::default(), folder.path().join("missing"));

    assert!(matches!(load_folder(&missing, &limits), Err(LoadFolderError::Unreadable { .. })));
    let few = FolderLimits { files_max: 2, ..limits };
    assert!(matches!(load_folder(folder.path(), &few), Err(LoadFolderError::TooManyFiles { .. })));
    let flat = FolderLimits { depth_max: 2, ..limits };
    assert!(matches!(load_folder(folder.path(), &flat), Err(LoadFolderError::TooDeep { .. })));
    assert!(load_folder(folder.path(), &FolderLimits { depth_max: 3, ..limits }).is_ok());
}

#[cfg(unix)]
#[test]
fn links_that_go_in_a_circle_are_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("a")).unwrap();
    std::os::unix::fs::symlink(folder.path(), folder.path().join("a/up")).unwrap();
    std::os::unix::fs::symlink(folder.path().join("nowhere"), folder.path().join("a/dangling")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", folder.path().join("a/endless")).unwrap();

    assert_eq!(load_folder(folder.path(), &FolderLimits::default()).unwrap().lists.len(), 0);
}

#[test]
fn the_publishers_lists_are_downloaded_whole() {
    let download = ask(|_, stream| respond(stream, "200 OK", SIMPLE.as_bytes()), &["targets.simple.csv"]);

    assert_eq!((entries(&download), download.failed.len()), (1, 0), "{download:?}");
}

#[test]
fn a_set_of_which_one_file_is_refused_is_not_used() {
    let answer = |request: &Request, stream: &mut TcpStream| {
        let is_second = request.head.starts_with("GET /second");
        respond(stream, if is_second { "404 Not Found" } else { "200 OK" }, SIMPLE.as_bytes());
    };

    let download = ask(answer, &["first.csv", "second.csv"]);

    assert_eq!(entries(&download), 0);
    assert!(
        download.failed[0]
            .to_string()
            .starts_with("nothing from `test`: it answered 404 (`http://127.0.0.1:")
    );
}

#[test]
fn a_file_that_is_too_large_is_refused_declared_or_not() {
    let declared = ask(|_, stream| respond(stream, "200 OK", &[b'x'; 20_000]), &["a.csv"]);
    let undeclared = ask(
        |_, stream| {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n");
            while stream.write_all(&[b'x'; 1_000]).is_ok() {}
        },
        &["a.csv"],
    );

    for download in [declared, undeclared] {
        assert_eq!(download.lists.lists.len(), 0);
        assert_eq!(download.failed[0].why, "its file is larger than 10000 bytes");
    }
}

#[test]
fn a_file_cut_on_the_way_is_refused() {
    let cut = |_: &Request, stream: &mut TcpStream| {
        let _ = stream.write_all(
            b"HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n\"id\",\"schema\",\"name\",\"aliases\"\n",
        );
    };

    let download = ask(cut, &["targets.simple.csv"]);

    assert_eq!(download.lists.lists.len(), 0);
    assert_eq!(download.failed.len(), 1, "{download:?}");
}

/// Sends the file's head and its first bytes, then hangs up.
fn cut_after(stream: &mut TcpStream, validator: &str, file: &[u8], sent: usize) {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n{validator}\r\n\r\n", file.len());
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&file[..sent]));
}

fn rest(stream: &mut TcpStream, file: &[u8], first: usize, total: usize) {
    let head = format!(
        "HTTP/1.1 206 Partial Content\r\ncontent-length: {}\r\ncontent-range: bytes {first}-{}/{total}\r\n\r\n",
        file.len() - first,
        file.len() - 1,
    );
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&file[first..]));
}

/// What a publisher sends is one whole file, whatever happens on the way, or nothing.
#[test]
fn a_download_that_broke_off_is_taken_up_where_it_was() {
    const ETAG: &str = "etag: \"v1\"";
    const CHANGED: &str = "last-modified: Sun, 01 Mar 2026 00:00:00 GMT";
    type Answer = fn(usize, &Request, &mut TcpStream);
    let file = SIMPLE.as_bytes();
    // Name, answer to each attempt, entries, attempts, bytes read.
    let cases: [(&str, Answer, usize, usize, usize); 7] = [
        (
            "with an etag",
            |attempt, request, stream| match attempt {
                0 => cut_after(stream, ETAG, SIMPLE.as_bytes(), 40),
                _ => {
                    assert_eq!(request.header("range"), Some("bytes=40-"));
                    assert_eq!(request.header("if-range"), Some("\"v1\""));
                    rest(stream, SIMPLE.as_bytes(), 40, SIMPLE.len());
                }
            },
            1,
            2,
            file.len(),
        ),
        (
            "with the instant of its change",
            |attempt, request, stream| match attempt {
                0 => cut_after(stream, CHANGED, SIMPLE.as_bytes(), 40),
                _ => {
                    assert_eq!(request.header("if-range"), Some("Sun, 01 Mar 2026 00:00:00 GMT"));
                    rest(stream, SIMPLE.as_bytes(), 40, SIMPLE.len());
                }
            },
            1,
            2,
            file.len(),
        ),
        (
            "without a word on its state it is asked for whole",
            |attempt, request, stream| {
                assert_eq!(request.header("range"), None);
                match attempt {
                    0 => cut_after(stream, "etag: W/\"weak\"", SIMPLE.as_bytes(), 40),
                    _ => respond(stream, "200 OK", SIMPLE.as_bytes()),
                }
            },
            1,
            2,
            40 + file.len(),
        ),
        (
            "a file that changed meanwhile is sent whole",
            |attempt, _, stream| match attempt {
                0 => cut_after(stream, ETAG, &[b'x'; 100], 40),
                _ => respond(stream, "200 OK", SIMPLE.as_bytes()),
            },
            1,
            2,
            40 + file.len(),
        ),
        (
            "a rest that begins elsewhere, or is of a file of another length, is not used",
            |attempt, _, stream| match attempt {
                0 => cut_after(stream, ETAG, SIMPLE.as_bytes(), 40),
                1 => rest(stream, SIMPLE.as_bytes(), 41, SIMPLE.len()),
                2 => cut_after(stream, ETAG, SIMPLE.as_bytes(), 30),
                3 => rest(stream, SIMPLE.as_bytes(), 30, SIMPLE.len() + 5),
                _ => respond(stream, "200 OK", SIMPLE.as_bytes()),
            },
            1,
            5,
            40 + 30 + file.len(),
        ),
        (
            "a busy server is asked again",
            |attempt, _, stream| match attempt {
                0 => respond(stream, "503 Service Unavailable", b""),
                _ => respond(stream, "200 OK", SIMPLE.as_bytes()),
            },
            1,
            2,
            file.len(),
        ),
        (
            "one that never sends the whole is given up",
            |_, _, stream| cut_after(stream, ETAG, SIMPLE.as_bytes(), 0),
            0,
            5,
            0,
        ),
    ];
    for (name, answer, expected, attempts, read) in cases {
        let asked = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&asked);
        let (url, _requests) = http(move |request, stream| {
            answer(counter.fetch_add(1, Ordering::AcqRel), request, stream);
        });
        let bytes = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&bytes);
        let told: Told = Arc::new(move |read| {
            counter.fetch_add(read, Ordering::AcqRel);
        });

        let publishers = [publisher("test", &url, &["targets.simple.csv"])];
        let download = download(&Asking { told, ..asking(&publishers) });

        assert_eq!(entries(&download), expected, "{name}: {download:?}");
        assert_eq!(asked.load(Ordering::Acquire), attempts, "{name}");
        assert_eq!(bytes.load(Ordering::Acquire), read as u64, "{name}");
        assert_eq!(download.failed.len(), 1 - expected, "{name}");
    }
}

/// What came before a process ended is of use to the next one, where it is surely what the publisher still has.
#[test]
fn what_came_of_a_file_waits_on_disk_for_the_next_download() {
    type Change = fn(&Path) -> io::Result<()>;
    type Answer = fn(&Request, &mut TcpStream);
    let ask_for_rest: Answer = |request, stream| {
        assert_eq!(request.header("range"), Some("bytes=40-"));
        assert_eq!(request.header("if-range"), Some("\"v1\""));
        rest(stream, SIMPLE.as_bytes(), 40, SIMPLE.len());
    };
    let ask_for_all: Answer = |request, stream| {
        assert_eq!(request.header("range"), None);
        respond(stream, "200 OK", SIMPLE.as_bytes());
    };
    let cases: [(&str, Change, Answer, u64); 6] = [
        ("as it was", |_| Ok(()), ask_for_rest, SIMPLE.len() as u64 - 40),
        (
            "more bytes than were noted",
            |folder| {
                change(folder, "part", |mut bytes| {
                    bytes.extend([0; 9]);
                    bytes
                })
            },
            ask_for_rest,
            SIMPLE.len() as u64 - 40,
        ),
        (
            "a byte turned",
            |folder| {
                change(folder, "part", |mut bytes| {
                    bytes[7] ^= 1;
                    bytes
                })
            },
            ask_for_all,
            SIMPLE.len() as u64,
        ),
        (
            "fewer bytes than were noted",
            |folder| change(folder, "part", |bytes| bytes[..9].to_vec()),
            ask_for_all,
            SIMPLE.len() as u64,
        ),
        (
            "a note cut short",
            |folder| change(folder, "note", |bytes| bytes[..9].to_vec()),
            ask_for_all,
            SIMPLE.len() as u64,
        ),
        (
            "of another address",
            |folder| {
                change(folder, "note", |bytes| {
                    String::from_utf8(bytes).unwrap().replace("127.0.0.1", "127.0.0.2").into_bytes()
                })
            },
            ask_for_all,
            SIMPLE.len() as u64,
        ),
    ];
    for (name, change, answer, expected) in cases {
        let folder = tempfile::tempdir().unwrap();
        let kept = folder.path().join("downloads");
        let down = Arc::new(AtomicBool::new(true));
        let is_down = Arc::clone(&down);
        let (url, _requests) = http(move |request, stream| match request.header("range") {
            _ if !is_down.load(Ordering::Acquire) => answer(request, stream),
            None => cut_after(stream, "etag: \"v1\"", SIMPLE.as_bytes(), 40),
            Some(_) => respond(stream, "503 Service Unavailable", b""),
        });
        let publishers = [publisher("test", &url, &["targets.simple.csv"])];
        let read = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&read);
        let told: Told = Arc::new(move |bytes| {
            counter.fetch_add(bytes, Ordering::AcqRel);
        });

        let broken = download(&Asking { keep_in: Some(kept.clone()), ..asking(&publishers) });
        change(&kept).unwrap();
        down.store(false, Ordering::Release);
        let whole = download(&Asking { keep_in: Some(kept.clone()), told, ..asking(&publishers) });

        assert_eq!((entries(&broken), entries(&whole)), (0, 1), "{name}: {whole:?}");
        assert_eq!(read.load(Ordering::Acquire), expected, "{name}");
        assert_eq!(fs::read_dir(&kept).unwrap().count(), 0, "{name}: nothing is left");
    }
}

/// Changes a file that a download left behind.
fn change(folder: &Path, ending: &str, how: impl Fn(Vec<u8>) -> Vec<u8>) -> io::Result<()> {
    let path = folder.join(format!("test@targets.simple.csv.{ending}"));
    fs::write(&path, how(fs::read(&path)?))
}

/// A set of which one file is missing is no list; those that came are asked for again only if they changed.
#[test]
fn whole_files_of_a_set_wait_for_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let down = Arc::new(AtomicBool::new(true));
    let is_down = Arc::clone(&down);
    let (url, requests) = http(move |request, stream| match request.header("if-none-match") {
        _ if request.head.starts_with("GET /b.csv") && is_down.load(Ordering::Acquire) => {
            respond(stream, "404 Not Found", b"");
        }
        Some(etag) => {
            assert_eq!(etag, "\"v1\"");
            let _ = stream.write_all(b"HTTP/1.1 304 Not Modified\r\n\r\n");
        }
        None => cut_after(stream, "etag: \"v1\"", SIMPLE.as_bytes(), SIMPLE.len()),
    });
    let publishers = [publisher("test", &url, &["a.csv", "b.csv"])];
    let ask = || download(&Asking { keep_in: Some(folder.path().to_owned()), ..asking(&publishers) });

    let first = ask();
    down.store(false, Ordering::Release);
    let second = ask();

    assert_eq!((entries(&first), entries(&second)), (0, 2), "{second:?}");
    let asked: Vec<bool> =
        requests.try_iter().map(|request| request.header("if-none-match").is_some()).collect();
    assert_eq!(asked, [false, false, true, false]);
}

#[test]
fn slow_and_dead_publishers_are_given_up_and_the_others_used() {
    let (good, _good) = http(|_, stream| respond(stream, "200 OK", SIMPLE.as_bytes()));
    let (silent, _silent) = http(|_, _| std::thread::park());
    let (dripping, _dripping) = http(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n");
        while stream.write_all(b"x").is_ok() {
            std::thread::park_timeout(Duration::from_millis(50));
        }
    });
    let dead =
        format!("http://{}", std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap());
    let all = [("good", good), ("silent", silent), ("dripping", dripping), ("dead", dead)];
    let all = all.map(|(id, url)| publisher(id, &url, &["targets.simple.csv"]));
    let start = Instant::now();

    let download = download(&Asking { give_up_after: Duration::from_secs(1), ..asking(&all) });

    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
    assert_eq!(entries(&download), 1);
    let failed: Vec<&str> = download.failed.iter().map(|failed| failed.publisher.as_str()).collect();
    assert_eq!(failed, ["silent", "dripping", "dead"]);
    assert_eq!(download.failed[0].why, "it did not answer in time");
    assert_eq!(download.failed[1].why, "it did not answer in time");
}

#[test]
fn the_publishers_own_addresses_are_encrypted() {
    let publishers = publishers();

    assert_eq!(
        publishers.iter().map(|publisher| publisher.id.as_str()).collect::<Vec<_>>(),
        ["us-ofac", "un", "uk"]
    );
    for file in publishers.iter().flat_map(|publisher| &publisher.files) {
        assert!(file.url.starts_with("https://"), "{}", file.url);
    }
    let mirrored = mirrored(publishers, "https://mirror.example/lists/");
    assert_eq!(mirrored[0].files[0].url, "https://mirror.example/lists/us-ofac/sdn.csv");
}

/// Needs real list files: set `TENANTRY_LISTS` to their folder.
#[test]
fn real_lists_are_read_from_their_folder() {
    let Some(folder) = std::env::var_os("TENANTRY_LISTS") else {
        eprintln!("left out: real lists are not read, since TENANTRY_LISTS is not set");
        return;
    };

    let lists = load_folder(Path::new(&folder), &FolderLimits::default()).unwrap();

    assert!(lists.lists.iter().any(|list| list.entries.len() > 1_000), "{:?}", lists.lists);
}
