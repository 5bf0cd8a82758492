//! Where watchlists come from: a folder of the operator's, else what was loaded into the data folder, else
//! their publishers, else, if the operator allows it, an invented list that says so.

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use app::clock::Clock as _;
use app::watchlist::{ListKeeper, ListVersion};
use connectors::lists::{
    Asking, FailedPublisher, FolderLimits, Told, download, load_folder, mirrored, publishers,
};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use screening::{Lists, PassedOver, Place, Watchlist};

use super::SystemClock;
use super::folder::DataFolder;
use crate::config::Config;
use crate::exit::{Doing as _, Stop};
use crate::progress::Progress;

/// A publisher that has not answered by then is not waited for.
const GIVE_UP_AFTER: Duration = Duration::from_secs(5);

/// Whether a command can do without lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListsNeeded {
    /// It compares nobody with anything.
    No,
    /// Only what is on this machine: the command waits for nobody.
    IfLoaded,
    /// Where comparison is on there must be some: without them nobody would ever be found.
    Yes,
}

/// Lists as the configuration has them; none where there are none and none are needed.
pub fn find_watchlists(
    config: &Config,
    folder: &DataFolder,
    needed: ListsNeeded,
) -> Result<Vec<Watchlist>, Stop> {
    if needed == ListsNeeded::No {
        return Ok(Vec::new());
    }
    let mut found = match &config.lists.folder {
        Some(own) => read_folder(own)?,
        None => read_cache(folder)?,
    };
    let wanted = needed == ListsNeeded::Yes && config.platform.screening_on;
    if let Some(own) = config.lists.folder.as_ref().filter(|_| found.is_empty() && wanted) {
        return Err(no_list_in(own));
    }
    if found.is_empty() && wanted && config.lists.download {
        let published = from_publishers(config, Some(folder), GIVE_UP_AFTER);
        tell_unread(&published.lists);
        found = published.lists.lists;
        write_cache(folder, &found)?;
    }
    if found.is_empty() && config.lists.fictional {
        tracing::warn!("No watchlists: an invented list stands in, and every answer says so");
        found = vec![screening::fictional()];
    }
    if found.is_empty() && wanted {
        return Err(Stop::unable("there are no watchlists to compare with").next(
            "load some with `tenantry lists load DIR`, name a folder in TENANTRY_LISTS, or switch comparison \
             off with `screening_on = false` under `[platform]`",
        ));
    }
    Ok(found)
}

pub fn no_list_in(folder: &Path) -> Stop {
    Stop::unusable(format!("`{}` holds no list in a known format", folder.display()))
        .next("name another folder; `--log debug` says why files were left out")
}

/// Reads a folder of lists as published, and says in the log what of it was not read.
pub fn read_folder(folder: &Path) -> Result<Vec<Watchlist>, Stop> {
    let lists = read_published(folder)?;
    tell_unread(&lists);
    Ok(lists.lists)
}

/// The same without a word, for whoever tells it otherwise.
pub fn read_published(folder: &Path) -> Result<Lists, Stop> {
    load_folder(folder, &FolderLimits::default()).doing(format!("reading lists in `{}`", folder.display()))
}

/// Places of a file that the log names.
const PLACES_TOLD: usize = 5;

/// Names list files that are unsound and what of others was passed over, and counts those that are none.
fn tell_unread(lists: &Lists) {
    for left_out in &lists.left_out {
        if left_out.why.is_fault() {
            tracing::warn!(path = left_out.path, "Left out a list file: {}", left_out.why);
        } else {
            tracing::debug!(path = left_out.path, "Left out a file: {}", left_out.why);
        }
    }
    for PassedOver { path, places, count, .. } in &lists.passed_over {
        let first = places.iter().take(PLACES_TOLD).map(|Place { at, what }| format!("{at}: {what}"));
        let first = first.collect::<Vec<_>>().join("; ");
        tracing::warn!(path, count, "Passed over {count} places of `{path}`, the first of them: {first}");
    }
    let count = lists.left_out.iter().filter(|left_out| !left_out.why.is_fault()).count();
    if count > 0 {
        tracing::info!("Left out {count} files that are no list or an older one; `--log debug` names them");
    }
}

/// What publishers have, and which of them could not be asked.
pub struct Published {
    pub lists: Lists,
    pub failed: Vec<FailedPublisher>,
}

/// What the publishers have now. One that does not answer is named and left out; where a data folder is there, what came
/// of its files waits in it.
pub fn from_publishers(config: &Config, folder: Option<&DataFolder>, give_up_after: Duration) -> Published {
    let publishers = match &config.lists.mirror {
        Some(mirror) => mirrored(publishers(), mirror),
        None => publishers(),
    };
    tracing::info!("Asking the publishers for their lists");
    let progress = Arc::new(Progress::counting("bytes of lists"));
    let told = Arc::clone(&progress);
    let told: Told = Arc::new(move |bytes| told.add(bytes));
    let keep_in = folder.filter(|folder| folder.path().is_dir()).map(DataFolder::downloads);
    let downloaded = download(&Asking { publishers: &publishers, give_up_after, told, keep_in });
    progress.end();
    for failed in &downloaded.failed {
        tracing::warn!("{failed}");
    }
    Published { lists: downloaded.lists, failed: downloaded.failed }
}

/// Lists that were loaded into the data folder before.
pub fn read_cache(folder: &DataFolder) -> Result<Vec<Watchlist>, Stop> {
    let files = cached_files(folder).doing(format!("reading `{}`", folder.lists().display()))?;
    files.iter().map(|file| read_cached(file)).collect()
}

/// The files of those, in order of name.
pub fn cached_files(folder: &DataFolder) -> io::Result<Vec<PathBuf>> {
    files_in(&folder.lists())
}

const SUFFIX: &str = ".json.gz";

fn read_cached(file: &Path) -> Result<Watchlist, Stop> {
    let doing = || format!("reading `{}`", file.display());
    let opened = File::open(file).doing(doing())?;
    let mut text = Vec::new();
    GzDecoder::new(BufReader::new(opened)).read_to_end(&mut text).doing(doing())?;
    serde_json::from_slice(&text)
        .doing(doing())
        .map_err(|stop| stop.next("load the lists again with `tenantry lists load DIR`"))
}

/// Puts lists into the data folder, in the place of those that were there.
pub fn write_cache(folder: &DataFolder, lists: &[Watchlist]) -> Result<(), Stop> {
    if lists.is_empty() {
        return Ok(());
    }
    let (path, fresh) = (folder.lists(), folder.path().join("lists.new"));
    let doing = || format!("writing `{}`", path.display());
    folder.make()?;
    write_all(&fresh, lists).doing(doing())?;
    remove_folder(&path).and_then(|()| fs::rename(&fresh, &path)).doing(doing())
}

fn write_all(folder: &Path, lists: &[Watchlist]) -> io::Result<()> {
    remove_folder(folder)?;
    fs::create_dir_all(folder)?;
    lists.iter().try_for_each(|list| write_one(&folder.join(format!("{}{SUFFIX}", list.id)), list))
}

fn write_one(path: &Path, list: &Watchlist) -> io::Result<()> {
    let mut encoder = GzEncoder::new(BufWriter::new(File::create(path)?), Compression::fast());
    serde_json::to_writer(&mut encoder, list)?;
    let mut written = encoder.finish()?;
    written.flush()?;
    written.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
}

const DAY: Duration = Duration::from_secs(24 * 3_600);

/// Keeps versions of lists; one that is there stays as it is, and is dated anew: it is in force from now on. Others that
/// were put in force more than `days` ago are removed; `None`: they stay for good.
pub fn keep_versions(folder: &DataFolder, lists: &[Watchlist], days: Option<u16>) -> Result<(), Stop> {
    let kept = folder.list_versions();
    let doing = || format!("writing `{}`", kept.display());
    for list in lists {
        let Some(name) = version_file(&list.id, &list.sha256) else { continue };
        let (path, fresh) = (kept.join(&name), kept.join(format!("{name}.new")));
        if !path.exists() {
            fs::create_dir_all(&kept)
                .and_then(|()| write_one(&fresh, list))
                .and_then(|()| fs::rename(&fresh, &path))
                .doing(doing())?;
        }
    }
    date_versions(folder, lists.iter().map(|list| (list.id.as_str(), list.sha256.as_str())), days)
}

/// The same for versions that are there, each by its list and hash.
pub fn date_versions<'a>(
    folder: &DataFolder,
    in_force: impl Iterator<Item = (&'a str, &'a str)>,
    days: Option<u16>,
) -> Result<(), Stop> {
    let kept = folder.list_versions();
    let now = SystemTime::from(SystemClock::default().now());
    for path in in_force.filter_map(|(list, sha256)| Some(kept.join(version_file(list, sha256)?))) {
        let dated = File::options().write(true).open(&path).and_then(|file| file.set_modified(now));
        dated.doing(format!("writing `{}`", kept.display()))?;
    }
    if let Some(before) = days.and_then(|days| now.checked_sub(DAY * u32::from(days))) {
        remove_versions(&kept, before)
            .doing(format!("removing old versions of lists in `{}`", kept.display()))?;
    }
    Ok(())
}

/// Whether that version of a list is kept, or could not be.
pub fn is_kept(folder: &DataFolder, list: &str, sha256: &str) -> bool {
    version_file(list, sha256).is_none_or(|name| folder.list_versions().join(name).exists())
}

fn remove_versions(kept: &Path, before: SystemTime) -> io::Result<()> {
    for file in files_in(kept)? {
        if fs::metadata(&file)?.modified()? < before {
            tracing::info!("Removed `{}`: it was put in force too long ago to be kept", file.display());
            fs::remove_file(&file)?;
        }
    }
    Ok(())
}

/// Copies kept versions that are not there yet, such as into a backup. None ever changes.
pub fn copy_versions(from: &Path, to: &Path) -> Result<(), Stop> {
    let doing = || format!("copying `{}` to `{}`", from.display(), to.display());
    for file in files_in(from).doing(doing())? {
        let Some(name) = file.file_name() else { continue };
        let (path, fresh) = (to.join(name), to.join("version.new"));
        if !path.exists() {
            fs::create_dir_all(to)
                .and_then(|()| fs::copy(&file, &fresh))
                .and_then(|_| File::open(&fresh)?.sync_all())
                .and_then(|()| fs::rename(&fresh, &path))
                .doing(doing())?;
        }
    }
    Ok(())
}

/// Files of lists in a folder, in order of name; none where there is no folder.
fn files_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut files = entries.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    files.retain(|file| file.to_string_lossy().ends_with(SUFFIX));
    files.sort();
    Ok(files)
}

/// `None` for what would be no plain name of a file.
fn version_file(list: &str, sha256: &str) -> Option<String> {
    let is_plain = |text: &str| {
        !text.starts_with('.')
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    let hash_start = sha256.get(..HASH_START).unwrap_or(sha256);
    (is_plain(list) && is_plain(hash_start)).then(|| format!("{list}@{hash_start}{SUFFIX}"))
}

/// Digits of the hash in the name of a version: those in the name of a set of lists.
const HASH_START: usize = 12;

/// The data folder as the place where lists are kept.
pub struct KeptLists {
    pub folder: DataFolder,
    /// How long versions stay that are no longer in force; `None`: for good.
    pub versions_kept_days: Option<u16>,
}

impl ListKeeper for KeptLists {
    fn keep(&self, lists: &[Watchlist]) -> io::Result<()> {
        keep_versions(&self.folder, lists, self.versions_kept_days)
            .and_then(|()| write_cache(&self.folder, lists))
            .map_err(|stop| io::Error::other(stop.error))
    }

    fn find(&self, version: &ListVersion) -> io::Result<Option<Watchlist>> {
        let Some(name) = version_file(&version.list, &version.hash_start) else { return Ok(None) };
        let path = self.folder.list_versions().join(name);
        if !path.exists() {
            return Ok(None);
        }
        read_cached(&path).map(Some).map_err(|stop| io::Error::other(stop.error))
    }
}

fn remove_folder(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_come_back_from_the_data_folder_as_they_went_in() {
        let folder = tempfile::tempdir().unwrap();
        let data = DataFolder::new(folder.path());
        assert!(read_cache(&data).is_ok_and(|lists| lists.is_empty()));

        for _ in 0..2 {
            assert!(write_cache(&data, &[screening::fictional()]).is_ok());
        }

        let back = read_cache(&data).unwrap_or_else(|stop| panic!("{:#}", stop.error));
        assert!(back == [screening::fictional()]);
    }

    /// CIP-24: what a list said stays, whatever came after.
    #[test]
    fn a_version_is_found_when_others_took_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let keeper = KeptLists { folder: DataFolder::new(folder.path()), versions_kept_days: None };
        let with_hash = |digit: &str| Watchlist { sha256: digit.repeat(64), ..screening::fictional() };
        let version = |digit: &str, list: &str| ListVersion {
            list: list.to_owned(),
            hash_start: digit.repeat(12),
            name: String::new(),
        };

        keeper.keep(&[with_hash("a")]).unwrap();
        keeper.keep(&[with_hash("b")]).unwrap();

        let find = |digit, list| keeper.find(&version(digit, list)).unwrap();
        assert!(find("a", screening::FICTIONAL_LIST_ID) == Some(with_hash("a")));
        assert!(find("b", screening::FICTIONAL_LIST_ID) == Some(with_hash("b")));
        assert!(find("c", screening::FICTIONAL_LIST_ID).is_none());
        assert!(find("a", "../lists/fictional").is_none());
        fs::remove_dir_all(folder.path().join("list_versions")).unwrap();
        assert!(find("a", screening::FICTIONAL_LIST_ID).is_none());
    }

    /// What a screening on record was made with stays unless the operator says how long; what is in force always does.
    #[test]
    fn versions_stay_as_long_as_the_operator_says() {
        let folder = tempfile::tempdir().unwrap();
        let with_hash = |digit: &str| Watchlist { sha256: digit.repeat(64), ..screening::fictional() };
        let keep = |digit: &str, versions_kept_days| {
            let keeper = KeptLists { folder: DataFolder::new(folder.path()), versions_kept_days };
            keeper.keep(&[with_hash(digit)]).unwrap();
        };
        let path = |digit: &str| {
            let name = version_file(screening::FICTIONAL_LIST_ID, &digit.repeat(64)).unwrap();
            folder.path().join("list_versions").join(name)
        };
        let date_back = |digit: &str, days: u32| {
            let then = SystemTime::from(SystemClock::default().now()) - DAY * days;
            File::options().write(true).open(path(digit)).unwrap().set_modified(then).unwrap();
        };
        let there = || ["a", "b", "c"].map(|digit| path(digit).exists());

        ["a", "b", "c"].iter().for_each(|digit| keep(digit, None));
        [("a", 4_000), ("b", 364), ("c", 4_000)].iter().for_each(|(digit, days)| date_back(digit, *days));
        keep("c", None);
        let for_good = there();
        date_back("c", 4_000);
        keep("c", Some(365));

        assert_eq!(for_good, [true, true, true]);
        assert_eq!(there(), [false, true, true], "one is too old, one is in force again");
    }
}
