//! Lists read as published: the format is told by content, a file cut short is an error.

mod birth;
mod bis;
mod csl;
mod date;
mod delta;
mod detect;
mod dod;
mod draft;
mod encoding;
mod eu;
mod fault;
mod ftm;
mod json;
mod name;
pub(crate) mod nationality;
mod number;
mod ofac;
mod own;
mod table;
mod uk;
mod un;
mod unpack;
mod xml;
mod zip;

use std::{collections::BTreeMap, io};

use sha2::{Digest, Sha256};

use crate::entry::Watchlist;
use delta::chain;
pub use delta::{DeltaError, apply_delta};
pub use detect::{Format, detect};
use draft::{Draft, File};
pub use fault::{LeftOut, NotRead, PassedOver, Place};

/// Of one file; the largest collection that anybody publishes has half as many.
const ENTRIES_MAX: usize = 4_000_000;

/// What a folder of files came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lists {
    /// In the order of their ids.
    pub lists: Vec<Watchlist>,
    pub left_out: Vec<LeftOut>,
    /// Of files that are used.
    pub passed_over: Vec<PassedOver>,
}

/// Files added one by one, joined into lists at the end.
#[derive(Default)]
pub struct Collector {
    drafts: Vec<Draft>,
    ofac: BTreeMap<String, ofac::Folder>,
    /// By the folder that the versions lie in.
    chains: BTreeMap<String, chain::Chain>,
    left_out: Vec<LeftOut>,
}

impl Collector {
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads one file. The path is a hint for joining sets within a folder and for naming the
    /// file in messages; it is never opened.
    pub fn add(&mut self, path: &str, bytes: &[u8]) {
        if let Err(why) = self.read(path, bytes) {
            self.leave_out(path, why);
        }
    }

    /// The same for a file as it comes, of which no more is taken into memory than `len_max` bytes, nor anything
    /// beyond what shows that it is no list. The error is the reader's own.
    pub fn add_from(&mut self, path: &str, reader: impl io::Read, len_max: u64) -> io::Result<()> {
        let len_max = usize::try_from(len_max).unwrap_or(usize::MAX);
        match unpack::read_file(path, reader, len_max)? {
            Ok(bytes) => self.add(path, &bytes),
            Err(why) => self.leave_out(path, why),
        }
        Ok(())
    }

    fn leave_out(&mut self, path: &str, why: NotRead) {
        self.left_out.push(LeftOut { path: path.to_owned(), why });
    }

    fn read(&mut self, path: &str, bytes: &[u8]) -> Result<(), NotRead> {
        let format = detect(path, bytes).ok_or(NotRead::Unknown)?;
        let mut content = unpack::unpack(path, bytes)?;
        if format == Format::UkOds {
            content = zip::extract(&content, "content.xml")?.into();
        }
        let text = encoding::decode(&content);
        let file = File { path, sha256: hex(&Sha256::digest(bytes)), text: &text };
        let drafts = match format {
            Format::OfacMain | Format::OfacAliases | Format::OfacAddresses | Format::OfacComments => {
                let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
                return self.ofac.entry(folder.to_owned()).or_default().add(format, &file);
            }
            Format::OfacXml => vec![ofac::read_xml(&file)?],
            Format::OfacAdvancedXml => vec![ofac::read_advanced_xml(&file)?],
            Format::OfacEnhancedXml => ofac::read_enhanced_xml(&file)?,
            Format::UnXml => vec![un::read(&file)?],
            Format::UkCsv => vec![uk::read_csv(&file)?],
            Format::UkOds => vec![uk::read_ods(&file)?],
            Format::UkXml => vec![uk::read_xml(&file)?],
            Format::OfsiCsv => vec![uk::read_ofsi(&file)?],
            Format::EuCsv => vec![eu::read_csv(&file)?],
            Format::EuXml => vec![eu::read_xml(&file)?],
            Format::EuJournalCsv => vec![eu::read_journal(&file)?],
            Format::CslCsv => csl::read_csv(&file)?,
            Format::CslJson => csl::read_json(&file)?,
            Format::BisDeniedTsv => vec![bis::read_denied(&file)?],
            Format::BisTableCsv => vec![bis::read_supplement(&file)?],
            Format::DodCsv => vec![dod::read(&file)?],
            Format::FtmJson => vec![ftm::read(&file)?],
            Format::FtmDelta => return chain::add(&mut self.chains, &file),
            Format::FtmDeltaIndex => return chain::add_index(&mut self.chains, &file),
            Format::SimpleCsv => vec![own::read_csv(&file)?],
            Format::OwnNdjson => vec![own::read_ndjson(&file)?],
        };
        self.drafts.extend(drafts);
        Ok(())
    }

    /// Joins the sets, keeps the newest version of each list and names what was left out.
    pub fn finish(mut self) -> Lists {
        for (folder, files) in std::mem::take(&mut self.ofac) {
            self.drafts.extend(files.join(&folder, &mut self.left_out));
        }
        chain::apply(self.chains, &mut self.drafts, &mut self.left_out);
        let (lists, mut passed_over): (Vec<_>, Vec<_>) =
            draft::newest(self.drafts, &mut self.left_out).into_iter().unzip();
        self.left_out.sort_by(|a, b| a.path.cmp(&b.path));
        passed_over.retain(|passed_over| passed_over.count > 0);
        Lists { lists, left_out: self.left_out, passed_over }
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
