//! Fixtures: exact requests of the providers, in documented files. The tool contains them as samples, and the
//! tests use them as cases.

use anyhow::{Context, Result, bail};
use include_dir::{Dir, include_dir};
use jiff::Timestamp;
use normalization::ProviderName;

pub(super) static FIXTURES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../fixtures");

/// Most header lines of a request: more than any provider sends.
const MAX_HEADERS: usize = 64;

/// One request, with the description in its file.
#[derive(Clone)]
pub struct Fixture {
    /// The provider that sends the webhook.
    pub provider: ProviderName,
    /// The file's name without `.http`.
    pub name: String,
    /// A description of what happened, in one or two sentences.
    pub about: String,
    /// The provider's event type, if this is its documented sample.
    pub documents: Option<String>,
    /// The time of receipt.
    pub now: Timestamp,
    /// The request's method.
    pub method: String,
    /// The request's path, and its query if it has one.
    pub path: String,
    /// The header lines, in order.
    pub headers: Vec<(String, Vec<u8>)>,
    /// Every byte after the empty line.
    pub body: Vec<u8>,
}

impl Fixture {
    /// Reads a fixture file.
    pub fn parse(provider: ProviderName, name: &str, file: &[u8]) -> Result<Self> {
        let split = file.windows(2).position(|pair| pair == b"\n\n");
        let (head, body) = file.split_at(split.context("the head does not end with an empty line")? + 2);
        let request = head.split_inclusive(|byte| *byte == b'\n').skip_while(|line| line.starts_with(b"#"));
        let request = request.collect::<Vec<_>>().concat();
        let comments = String::from_utf8(head.iter().take(head.len() - request.len()).copied().collect())?;
        let directive = |name: &str| {
            let prefix = format!("# {name}: ");
            comments.lines().find_map(|line| line.strip_prefix(&prefix)).map(str::to_owned)
        };
        let about = comments.lines().filter_map(|line| line.strip_prefix("# "));
        let about = about.take_while(|line| !is_directive(line)).collect::<Vec<_>>().join(" ");
        let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut parsed = httparse::Request::new(&mut headers);
        if !parsed.parse(&request)?.is_complete() {
            bail!("the head of the request is incomplete");
        }
        Ok(Self {
            provider,
            name: name.to_owned(),
            about,
            documents: directive("documents"),
            now: directive("now").context("no line `# now: <time>`")?.parse()?,
            method: parsed.method.context("no method")?.to_owned(),
            path: parsed.path.context("no path")?.to_owned(),
            headers: parsed
                .headers
                .iter()
                .map(|header| (header.name.to_owned(), header.value.to_vec()))
                .collect(),
            body: body.to_vec(),
        })
    }
}

fn is_directive(line: &str) -> bool {
    ["source: ", "documents: ", "now: "].iter().any(|name| line.starts_with(name))
}

/// All authentic requests of a provider, sorted by name.
pub fn samples(provider: ProviderName) -> Result<Vec<Fixture>> {
    let folder = format!("{provider}/accepted");
    let folder = FIXTURES.get_dir(&folder).with_context(|| format!("fixtures/{folder} is missing"))?;
    let mut samples = Vec::new();
    for file in folder.files().filter(|file| file.path().extension().is_some_and(|end| end == "http")) {
        let name = file.path().file_stem().and_then(|name| name.to_str()).unwrap_or_default();
        let fixture = Fixture::parse(provider, name, file.contents());
        samples.push(fixture.with_context(|| format!("fixtures/{}", file.path().display()))?);
    }
    samples.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(samples)
}

/// The name of a provider's documented sample of a bounce.
pub fn bounce(provider: ProviderName) -> Result<String> {
    let documented = samples(provider)?.into_iter().filter(|sample| sample.documents.is_some());
    let bounce = documented.map(|sample| sample.name).find(|name| name.ends_with("bounced"));
    bounce.with_context(|| format!("{provider} has no sample of a bounce"))
}

/// The webhook that `mailhooks doctor --post` posts.
pub fn doctor(provider: ProviderName) -> Result<Fixture> {
    let sample = samples(provider)?.into_iter().find(|sample| sample.name == "mailhooks-doctor");
    sample.with_context(|| format!("{provider} has no sample for doctor"))
}
