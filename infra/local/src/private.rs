//! Files and folders that only their owner can read. On Windows they have the permissions of the folder that they are
//! made in, which in a user's own folders are the user's alone.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use uuid::Uuid;

/// What was read; `None` if there is no such file.
pub fn found<T>(read: io::Result<T>) -> io::Result<Option<T>> {
    match read {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        read => read.map(Some),
    }
}

/// Puts this text into the file at once: a reader sees the old text or the new one, whole.
pub fn replace(path: &Path, text: &str) -> Result<()> {
    let temporary = write_beside(path, text)?;
    fs::rename(&temporary, path).with_context(|| format!("cannot write {}", path.display()))
}

/// Writes a file next to this one, under a unique name.
pub(crate) fn write_beside(path: &Path, text: &str) -> Result<PathBuf> {
    let temporary = path.with_extension(format!("{}.new", Uuid::new_v4()));
    options()
        .create_new(true)
        .open(&temporary)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .with_context(|| format!("cannot write {}", temporary.display()))?;
    Ok(temporary)
}

/// Opens a file for reading and writing, and creates it if missing.
pub(crate) fn open(path: &Path) -> Result<fs::File> {
    let opened = options().create(true).truncate(false).open(path);
    opened.with_context(|| format!("cannot open {}", path.display()))
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Makes the folder, and those that it is in, unless it is there.
pub(crate) fn make_folder(path: &Path) -> Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).with_context(|| format!("cannot make the folder {}", path.display()))
}

/// Takes a file or folder away from everybody but its owner, if it is there: one of another version of mailhooks, or
/// of a copy, may be open to all.
pub(crate) fn close(path: &Path) -> Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;

        let Some(mode) = mode(path)? else {
            return Ok(());
        };
        if is_open(mode) {
            let closed = fs::Permissions::from_mode(mode & 0o700);
            fs::set_permissions(path, closed)
                .with_context(|| format!("cannot make {} readable by its owner alone", path.display()))?;
        }
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// The permissions of a file or folder that others than its owner can use; `None` if they cannot.
pub(crate) fn open_to_others(path: &Path) -> Result<Option<u32>> {
    Ok(mode(path)?.filter(|mode| is_open(*mode)))
}

fn is_open(mode: u32) -> bool {
    mode & 0o077 != 0
}

#[cfg(unix)]
fn mode(path: &Path) -> Result<Option<u32>> {
    let found = found(fs::metadata(path)).with_context(|| format!("cannot look at {}", path.display()))?;
    Ok(found.map(|file| std::os::unix::fs::PermissionsExt::mode(&file.permissions()) & 0o777))
}

#[cfg(not(unix))]
fn mode(_: &Path) -> Result<Option<u32>> {
    Ok(None)
}

/// Removes a file, if it is there.
pub fn remove(path: &Path) -> Result<()> {
    found(fs::remove_file(path)).map(drop).with_context(|| format!("cannot remove {}", path.display()))
}
