//! The files of the checkout.

use std::fs;
use std::path::{Path, PathBuf};

use mailhooks_local::samples::Fixture;
use normalization::{ProviderName, Record, SigningSecrets, Webhook, normalize, verify};

/// The root of the checkout.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The folder of a provider's fixtures.
pub fn fixtures(provider: ProviderName) -> PathBuf {
    root().join("fixtures").join(provider.as_str())
}

/// The secret that a provider's fixtures are signed with.
pub fn signing_secret(provider: ProviderName) -> String {
    fs::read_to_string(fixtures(provider).join("signing-secret")).unwrap().trim().to_owned()
}

/// The files of a folder with this ending, in the order of their names.
pub fn with_ending(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|given| given == ending))
        .collect();
    files.sort();
    files
}

/// Reads one fixture.
pub fn fixture(provider: ProviderName, file: &Path) -> Fixture {
    Fixture::parse(provider, file.file_stem().unwrap().to_str().unwrap(), &fs::read(file).unwrap())
        .unwrap_or_else(|error| panic!("{}: {error:#}", file.display()))
}

/// A provider's accepted fixture by its name.
pub fn accepted(provider: ProviderName, name: &str) -> Fixture {
    fixture(provider, &fixtures(provider).join("accepted").join(format!("{name}.http")))
}

/// Every accepted fixture of a provider.
pub fn all_accepted(provider: ProviderName) -> impl Iterator<Item = Fixture> {
    let files = with_ending(&fixtures(provider).join("accepted"), "http");
    files.into_iter().map(move |file| fixture(provider, &file))
}

/// Calls a function with the normalized records of an authentic fixture.
pub fn with_records<T>(fixture: &Fixture, take: impl FnOnce(&[Record<'_>]) -> T) -> T {
    let headers = fixture.headers.iter().map(|(name, value)| (name.as_str(), value.as_slice()));
    let webhook = Webhook::new(headers, &fixture.body, fixture.now);
    let secrets: SigningSecrets = signing_secret(fixture.provider).parse().unwrap();
    take(&normalize(&verify(fixture.provider.provider(), &webhook, &secrets).unwrap()).collect::<Vec<_>>())
}
