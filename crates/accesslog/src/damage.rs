//! How damage is named.

use std::path::Path;

use app::access::AccessLogError;

pub fn corrupt(file: &Path, detail: impl Into<String>) -> AccessLogError {
    let name = file.file_name().unwrap_or(file.as_os_str());
    AccessLogError::Corrupt { file: name.to_string_lossy().into_owned(), detail: detail.into() }
}

/// Makes a created, renamed or removed name durable.
pub fn sync_folder(folder: &Path) -> std::io::Result<()> {
    std::fs::File::open(folder)?.sync_all()
}
