//! Files and folders that only their owner can read. On Windows they inherit the permissions of the folder in which they
//! are created. In a user's own folders, these allow only that user.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use uuid::Uuid;

/// The result of a file operation; `None` if the file is missing.
pub fn found<T>(read: io::Result<T>) -> io::Result<Option<T>> {
    match read {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        read => read.map(Some),
    }
}

/// Replaces the file's text atomically: a reader sees either the old text or the new one.
pub fn replace(path: &Path, text: &str) -> Result<()> {
    let temporary = write_beside(path, text)?;
    fs::rename(&temporary, path).with_context(|| format!("cannot write {}", path.display()))
}

/// Opens a file to add text at its end, and creates it if missing.
pub fn open_to_append(path: &Path) -> Result<fs::File> {
    let opened = options().append(true).create(true).open(path);
    opened.with_context(|| format!("cannot open {}", path.display()))
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

/// Creates the folder and its parents if they are missing.
pub(crate) fn make_folder(path: &Path) -> Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).with_context(|| format!("cannot create the folder {}", path.display()))
}

/// Removes all permissions except the owner's from a file or folder, if it exists. One that another version of mailhooks
/// created, or a copy, may be open to all users.
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
                .with_context(|| format!("cannot make {} readable by its owner only", path.display()))?;
        }
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// The mode of a file or folder that other users can access; `None` if only its owner can, or it is missing.
pub(crate) fn open_to_others(path: &Path) -> Result<Option<u32>> {
    Ok(mode(path)?.filter(|mode| is_open(*mode)))
}

fn is_open(mode: u32) -> bool {
    mode & 0o077 != 0
}

#[cfg(unix)]
fn mode(path: &Path) -> Result<Option<u32>> {
    let found = found(fs::metadata(path)).with_context(|| format!("cannot inspect {}", path.display()))?;
    Ok(found.map(|file| std::os::unix::fs::PermissionsExt::mode(&file.permissions()) & 0o777))
}

#[cfg(not(unix))]
fn mode(_: &Path) -> Result<Option<u32>> {
    Ok(None)
}

/// Removes a file if it exists.
pub fn remove(path: &Path) -> Result<()> {
    found(fs::remove_file(path)).map(drop).with_context(|| format!("cannot remove {}", path.display()))
}
