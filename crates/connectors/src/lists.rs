//! Watchlists from a folder, or from their publishers.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use screening::{Collector, Lists};

mod fetch;
mod kept;

use fetch::{Wanted, fetch};
use kept::Kept;

/// What is read of a folder at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FolderLimits {
    /// A larger file is left out and named.
    pub file_len_max: u64,
    pub files_max: usize,
    /// Folders within folders.
    pub depth_max: usize,
}

impl Default for FolderLimits {
    fn default() -> Self {
        Self { file_len_max: 256 * 1024 * 1024, files_max: 10_000, depth_max: 16 }
    }
}

/// Why a folder of lists was not read. One bad file is no such reason: it is left out and named.
#[derive(Debug, thiserror::Error)]
pub enum LoadFolderError {
    #[error("`{path}` cannot be read")]
    Unreadable {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("`{path}` holds more than {files_max} files")]
    TooManyFiles { path: PathBuf, files_max: usize },
    #[error("`{path}` lies more than {depth_max} folders deep")]
    TooDeep { path: PathBuf, depth_max: usize },
}

/// Reads a folder and the folders in it, in order of name. Hidden files are passed over, links to folders are not
/// followed. Paths in the answer begin in the folder and are parted by `/`.
pub fn load_folder(folder: &Path, limits: &FolderLimits) -> Result<Lists, LoadFolderError> {
    let mut files = Vec::new();
    find_files(folder, "", 0, limits, &mut files)?;
    let mut collector = Collector::new();
    for (name, path) in files {
        let unreadable = |source| LoadFolderError::Unreadable { path: path.clone(), source };
        let file = File::open(&path).map_err(unreadable)?;
        collector.add_from(&name, file, limits.file_len_max).map_err(unreadable)?;
    }
    Ok(collector.finish())
}

fn find_files(
    folder: &Path,
    prefix: &str,
    depth: usize,
    limits: &FolderLimits,
    files: &mut Vec<(String, PathBuf)>,
) -> Result<(), LoadFolderError> {
    let &FolderLimits { files_max, depth_max, .. } = limits;
    let unreadable = |source| LoadFolderError::Unreadable { path: folder.to_owned(), source };
    if depth > depth_max {
        return Err(LoadFolderError::TooDeep { path: folder.to_owned(), depth_max });
    }
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let is_folder = entry.file_type().map_err(unreadable)?.is_dir();
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') {
            entries.push((name, entry.path(), is_folder));
        }
        if entries.len() + files.len() > files_max {
            return Err(LoadFolderError::TooManyFiles { path: folder.to_owned(), files_max });
        }
    }
    entries.sort();
    for (name, path, is_folder) in entries {
        let name = format!("{prefix}{name}");
        if is_folder {
            find_files(&path, &format!("{name}/"), depth + 1, limits, files)?;
        // A link counts as what it leads to; a pipe or device would be read without end.
        } else if fs::metadata(&path).is_ok_and(|target| target.is_file()) {
            files.push((name, path));
        }
    }
    Ok(())
}

/// A publisher and the files that its list is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publisher {
    /// A folder's name for its files, such as `us-ofac`.
    pub id: String,
    pub files: Vec<PublishedFile>,
    /// A longer file is refused.
    pub file_len_max: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedFile {
    /// A hint at its form, such as `sdn.csv`.
    pub name: String,
    pub url: String,
}

/// What came of a download.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Download {
    /// Empty when nobody answered.
    pub lists: Lists,
    pub failed: Vec<FailedPublisher>,
}

/// A publisher of whose files none was used: a set with a file missing would pass for a whole list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("nothing from `{publisher}`: {why} (`{url}`)")]
pub struct FailedPublisher {
    pub publisher: String,
    pub url: String,
    pub why: String,
}

/// The publishers' own addresses, as of November 2026.
pub fn publishers() -> Vec<Publisher> {
    const OFAC: &str = "https://sanctionslistservice.ofac.treas.gov/api/PublicationPreview/exports";
    let ofac = ["sdn.csv", "alt.csv", "add.csv", "sdn_comments.csv"];
    let ofac =
        ofac.map(|name| PublishedFile { name: name.into(), url: format!("{OFAC}/{}", name.to_uppercase()) });
    let one = |name: &str, url: &str| vec![PublishedFile { name: name.into(), url: url.into() }];
    let un = one("consolidated.xml", "https://scsanctions.un.org/resources/xml/en/consolidated.xml");
    let uk = one("uk-sanctions-list.csv", "https://sanctionslist.fcdo.gov.uk/docs/UK-Sanctions-List.csv");
    [("us-ofac", ofac.to_vec()), ("un", un), ("uk", uk)]
        .into_iter()
        .map(|(id, files)| Publisher { id: id.into(), files, file_len_max: 128 * 1024 * 1024 })
        .collect()
}

/// The same files from a server that has them under the publishers' ids, such as `https://mirror.example/us-ofac/sdn.csv`.
pub fn mirrored(publishers: Vec<Publisher>, mirror: &str) -> Vec<Publisher> {
    let mirror = mirror.trim_end_matches('/');
    let moved = publishers.into_iter().map(|mut publisher| {
        for file in &mut publisher.files {
            file.url = format!("{mirror}/{}/{}", publisher.id, file.name);
        }
        publisher
    });
    moved.collect()
}

/// Is told of bytes as they come in.
pub type Told = Arc<dyn Fn(u64) + Send + Sync>;

/// How publishers are asked.
pub struct Asking<'a> {
    pub publishers: &'a [Publisher],
    /// Then what is whole is used.
    pub give_up_after: Duration,
    pub told: Told,
    /// A folder for files that are not whole yet, so that a process that comes later goes on with them. `None`: what comes
    /// is in memory only.
    pub keep_in: Option<PathBuf>,
}

/// Asks all publishers at once.
pub fn download(asking: &Asking<'_>) -> Download {
    let &Asking { publishers, .. } = asking;
    let deadline = Instant::now() + asking.give_up_after;
    let (sender, receiver) = mpsc::channel();
    for (index, publisher) in publishers.iter().cloned().enumerate() {
        let (sender, told, keep_in) = (sender.clone(), Arc::clone(&asking.told), asking.keep_in.clone());
        // Not waited for: looking a name up may outlast any limit. A late answer meets a closed channel.
        std::thread::spawn(move || {
            let _ = sender.send((index, fetch_all(&publisher, deadline, &*told, keep_in.as_deref())));
        });
    }
    drop(sender);
    let mut answers: Vec<Option<Fetched>> = publishers.iter().map(|_| None).collect();
    while let Ok((index, answer)) = receiver.recv_timeout(deadline.saturating_duration_since(Instant::now()))
    {
        answers[index] = Some(answer);
    }
    let mut collector = Collector::new();
    let mut failed = Vec::new();
    for (publisher, answer) in publishers.iter().zip(answers) {
        match answer.unwrap_or_else(|| Err(late(publisher))) {
            Ok(files) => files.iter().for_each(|(path, bytes)| collector.add(path, bytes)),
            Err(failure) => failed.push(failure),
        }
    }
    Download { lists: collector.finish(), failed }
}

/// Paths and contents, or why not.
type Fetched = Result<Vec<(String, Vec<u8>)>, FailedPublisher>;

fn late(publisher: &Publisher) -> FailedPublisher {
    let url = publisher.files.first().map_or_else(String::new, |file| file.url.clone());
    FailedPublisher { publisher: publisher.id.clone(), url, why: "it did not answer in time".to_owned() }
}

/// All files of a publisher. Those that are whole are kept until the last one is.
fn fetch_all(
    publisher: &Publisher,
    deadline: Instant,
    told: &dyn Fn(u64),
    keep_in: Option<&Path>,
) -> Fetched {
    let mut files = Vec::new();
    let mut all_kept = Vec::new();
    for file in &publisher.files {
        let wanted = Wanted { url: &file.url, len_max: publisher.file_len_max, deadline, told };
        let mut kept =
            keep_in.and_then(|folder| Kept::open(folder, &format!("{}@{}", publisher.id, file.name)));
        let fetched = fetch(&wanted, kept.as_mut());
        if fetched.is_err() {
            kept.take().filter(Kept::is_empty).into_iter().for_each(Kept::remove);
        }
        let bytes = fetched.map_err(|why| FailedPublisher {
            publisher: publisher.id.clone(),
            url: file.url.clone(),
            why,
        })?;
        files.push((format!("{}/{}", publisher.id, file.name), bytes));
        all_kept.extend(kept);
    }
    all_kept.into_iter().for_each(Kept::remove);
    Ok(files)
}
