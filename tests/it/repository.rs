//! Checks the invariants of the code base that forbid something.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use mailhooks_tests::{files, lambda};
use normalization::{ProviderName, SigningSecrets, sign};

/// The lines of a file before its tests.
const MAX_LINES: usize = 250;

/// The Rust files that are shipped, each with its text before its tests.
pub(crate) fn shipped() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for folder in ["functions", "shared", "infra"] {
        rust_files(&files::root().join(folder), &mut found);
    }
    found
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap().to_owned();
            (name(&path), code)
        })
        .filter(|(name, _)| {
            !name.contains("/tests/")
                && !["/tests.rs", "/bounce/samples.rs", "/build.rs"].iter().any(|end| name.ends_with(end))
        })
        .collect()
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
}

fn name(path: &Path) -> String {
    path.strip_prefix(files::root()).unwrap().to_str().unwrap().to_owned()
}

/// The files in which the code, comments aside, contains one of the words.
fn mentioning(words: &[&str]) -> Vec<String> {
    shipped()
        .into_iter()
        .filter(|(_, text)| {
            let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            code.into_iter().any(|line| words.iter().any(|word| line.contains(word)))
        })
        .map(|(name, _)| name)
        .collect()
}

fn read(file: &str) -> String {
    fs::read_to_string(files::root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

#[test]
fn a_mac_is_made_in_one_file() {
    assert_eq!(mentioning(&["finalize(", "verify_slice("]), ["shared/normalization/src/signature.rs"]);
    // The file that keys it, and the file that receives it.
    let found = mentioning(&["Hmac", "hmac::"]);
    assert_eq!(found, ["secret.rs", "signature.rs"].map(|file| format!("shared/normalization/src/{file}")));
    // Only the tokens of the local stack are also compared in constant time.
    assert_eq!(mentioning(&["constant_time", "ct_eq"]), ["infra/local/src/token.rs"]);
}

#[test]
fn only_verification_makes_a_verified_webhook() {
    assert_eq!(mentioning(&["Verified {"]), ["shared/normalization/src/signature.rs"]);
}

#[test]
fn stored_payloads_are_normalized_again_by_the_tool_only() {
    // The file that defines it, and the file that passes it on.
    let defined = ["lib.rs", "normalize.rs"].map(|file| format!("shared/normalization/src/{file}"));
    let mut found = mentioning(&["renormalize::<", "renormalize<", "::renormalize", " renormalize"]);
    found.retain(|name| !name.starts_with("infra/cli/") && !defined.contains(name));
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn a_status_code_is_chosen_in_one_file() {
    let found: Vec<_> =
        mentioning(&["StatusCode::"]).into_iter().filter(|name| !name.starts_with("infra/")).collect();
    assert_eq!(found, ["shared/ingestion/src/outcome.rs"]);
}

#[test]
fn the_clock_and_the_environment_are_read_in_one_file_each() {
    assert_eq!(
        mentioning(&["Timestamp::now()", "SystemTime::now()", "Instant::now()"]),
        ["shared/ingestion/src/clock.rs"]
    );
    assert_eq!(mentioning(&["env::var"]), ["shared/ingestion/src/environment.rs"]);
}

#[test]
fn types_of_the_aws_sdk_end_at_the_edge() {
    let allowed = ["aws.rs", "notifier.rs", "secrets.rs", "store.rs", "suppressions.rs"];
    for file in mentioning(&["aws_sdk", "aws_smithy", "aws_runtime"]) {
        let fine = file.strip_prefix("shared/ingestion/src/").is_some_and(|file| {
            let folders = ["aws/", "notifier/", "store/", "suppressions/"];
            allowed.contains(&file) || folders.iter().any(|folder| file.starts_with(folder))
        });
        assert!(fine || file.starts_with("infra/"), "{file}");
    }
}

#[test]
fn a_function_prints_in_one_file_and_nothing_with_debug() {
    let of_functions = |words: &[&str]| {
        let mut found = mentioning(words);
        found.retain(|name| !name.starts_with("infra/"));
        found
    };
    let printing = ["print!", "println!", "dbg!", "io::stdout", "io::stderr", "tracing::"];
    assert_eq!(of_functions(&printing), ["shared/ingestion/src/log.rs"]);
    assert!(of_functions(&[":?}", ":#?}"]).is_empty());
}

/// The documents, and the code that prints commands: each with its text.
fn instructing() -> Vec<(String, String)> {
    let mut found = shipped();
    let mut folders = vec![files::root().clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let kept = ["target", "node_modules"].iter().all(|end| !path.ends_with(end));
            if path.is_dir() && kept && !path.file_name().unwrap().to_str().unwrap().starts_with('.') {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "md" || end == "yaml") {
                found.push((name(&path), fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found
}

/// The arguments with which a documented command would pass a secret, visible to every user of the machine, and the
/// text that may follow each.
const SECRET_ARGUMENTS: &[(&str, &[&str])] = &[
    ("--secret-string", &[" file://"]),
    ("--secret-binary", &[" fileb://"]),
    (" -hmac", &[]),
    (" -macopt", &[]),
    ("authorization: bearer", &[]),
    ("_api_key=", &[]),
];

fn takes_secret_argument(text: &str) -> Option<&'static str> {
    let text = text.to_lowercase();
    let taken = SECRET_ARGUMENTS.iter().find(|(word, allowed)| {
        let mut after = text.match_indices(word).map(|(at, _)| &text[at + word.len()..]);
        after.any(|after| !allowed.iter().any(|allowed| after.starts_with(allowed)))
    });
    taken.map(|(word, _)| *word)
}

#[test]
fn no_document_has_a_secret_in_the_arguments_of_a_command() {
    for command in [
        "aws secretsmanager put-secret-value --secret-id X --secret-string \"$SECRET\"",
        "openssl dgst -sha256 -hmac \"$secret\" -r",
        "curl -H \"Authorization: Bearer $JASNI_API_KEY\" https://api.jasni.ai/",
    ] {
        assert!(takes_secret_argument(command).is_some(), "{command}");
    }
    let good = "put-secret-value --secret-id X --secret-string file:///dev/stdin";
    assert_eq!(takes_secret_argument(good), None);
    let instructing = instructing();
    for file in ["README.md", "docs/deploy.md", "docs/operate.md", "infra/cli/src/secret.rs"] {
        assert!(instructing.iter().any(|(name, _)| name == file), "{file}");
    }
    for (name, text) in instructing {
        // The tool's own call to the API of a provider.
        if name != "infra/cli/src/provider_api/hide.rs" {
            assert_eq!(takes_secret_argument(&text), None, "{name}");
        }
    }
}

#[test]
fn normalization_is_pure() {
    let manifest = read("shared/normalization/Cargo.toml");
    let dependencies = manifest.split("[dependencies]").nth(1).unwrap().split('[').next().unwrap();
    let names: Vec<_> = dependencies
        .lines()
        .filter_map(|line| line.split(['.', ' ']).next())
        .filter(|name| !name.is_empty())
        .collect();
    assert_eq!(
        names,
        [
            "base64",
            "hex",
            "hmac",
            "idna",
            "jiff",
            "schemars", // `a_function_links_nothing_of_the_schema`
            "serde",
            "serde_json",
            "sha2",
            "thiserror"
        ]
    );
    let impure =
        ["async ", "std::fs", "std::net", "std::env", "std::process", "std::thread", "println!", "std::io"];
    let found: Vec<_> =
        mentioning(&impure).into_iter().filter(|name| name.starts_with("shared/normalization/")).collect();
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn a_function_only_composes() {
    for provider in ProviderName::ALL {
        let main = read(&format!("functions/{provider}/src/main.rs"));
        assert!(main.lines().count() <= 15, "functions/{provider}/src/main.rs");
        assert_eq!(fs::read_dir(files::root().join(format!("functions/{provider}/src"))).unwrap().count(), 1);
    }
}

#[test]
fn a_function_links_nothing_of_the_schema() {
    let normalization = read("shared/normalization/Cargo.toml");
    let optional = "\nschemars = { workspace = true, optional = true }\n";
    assert!(normalization.contains(optional) && !normalization.contains("\ndefault = "));
    // The ingestion package may request the feature; the dependencies of a function may not.
    let mut manifests = vec!["shared/ingestion/Cargo.toml".to_owned()];
    for folder in fs::read_dir(files::root().join("functions")).unwrap() {
        let manifest = folder.unwrap().path().join("Cargo.toml");
        if manifest.is_file() {
            manifests.push(name(&manifest));
        }
    }
    assert!(manifests.len() > ProviderName::ALL.len());
    for manifest in manifests {
        assert!(!read(&manifest).contains("schema"), "{manifest}");
    }
}

/// `cargo functions` must not build a program that is not a function, or a function with features requested by another package.
#[test]
fn the_command_that_builds_the_functions_excludes_all_else() {
    let alias: toml::Table = read(".cargo/config.toml").parse().unwrap();
    let words = alias["alias"]["functions"].as_array().unwrap();
    let words: Vec<&str> = words.iter().map(|word| word.as_str().unwrap()).collect();
    let excluded = words.windows(2).filter(|pair| pair[0] == "--exclude").map(|pair| pair[1].to_owned());
    let manifest: toml::Table = read("Cargo.toml").parse().unwrap();
    let members = manifest["workspace"]["members"].as_array().unwrap().iter();
    let others = members.map(|member| member.as_str().unwrap());
    // These are the functions and their parts.
    let names = others.filter(|member| !["functions/*", "shared/*"].contains(member)).map(|member| {
        let manifest: toml::Table = read(&format!("{member}/Cargo.toml")).parse().unwrap();
        manifest["package"]["name"].as_str().unwrap().to_owned()
    });
    assert!(words.contains(&"--workspace"));
    assert_eq!(excluded.collect::<BTreeSet<_>>(), names.collect());
}

fn headers(provider: ProviderName) -> BTreeSet<&'static str> {
    let secrets: SigningSecrets = "secret".parse().unwrap();
    let headers = sign(provider.provider(), secrets.current(), b"{}", Timestamp::UNIX_EPOCH);
    headers.into_iter().map(|(name, _)| name).collect()
}

#[test]
fn a_function_carries_its_own_provider_and_no_other() {
    let contains = |function: ProviderName, text: &str| {
        let program = fs::read(lambda::program(function.as_str())).unwrap();
        program.windows(text.len()).any(|bytes| bytes == text.as_bytes())
    };
    let mut told_apart = 0;
    for provider in ProviderName::ALL.iter().copied() {
        let others = || ProviderName::ALL.iter().copied().filter(move |other| *other != provider);
        // Some names are part of a longer name, and some are only written by the tool: they are excluded.
        let is_shared = |header: &str| others().flat_map(headers).any(|other| other.contains(header));
        for header in headers(provider) {
            if !is_shared(header) && contains(provider, header) {
                told_apart += 1;
                for other in others() {
                    assert!(!contains(other, header), "{header} of {provider} is in {other}");
                }
            }
        }
    }
    assert!(told_apart > 1, "the test looks for something");
}

#[test]
fn a_provider_is_everywhere_or_nowhere() {
    let readme = read("README.md");
    let template = read("template.yaml");
    for provider in ProviderName::ALL.iter().copied() {
        assert!(readme.contains(&format!("(fixtures/{provider}/README.md)")), "{provider} in README.md");
        assert!(template.contains(&format!("/webhooks/{provider}")), "{provider} in template.yaml");
        assert!(files::root().join(format!("functions/{provider}/Cargo.toml")).is_file());
        assert!(files::with_ending(&files::fixtures(provider).join("accepted"), "http").len() > 10);
        assert!(files::with_ending(&files::fixtures(provider).join("rejected"), "http").len() > 10);
        let page = fs::read_to_string(files::fixtures(provider).join("README.md")).unwrap();
        let headings: Vec<_> = page.lines().filter(|line| line.starts_with("## ")).collect();
        assert_eq!(
            headings,
            [
                "## Set up",
                "## What is signed",
                "## Freshness",
                "## Identity",
                "## Retries",
                "## Events",
                "## Quirks",
                "## Sources",
            ],
            "{provider}"
        );
    }
}

#[test]
fn files_are_short() {
    let long: Vec<_> = shipped()
        .into_iter()
        .chain(page())
        .map(|(name, text)| (text.lines().count(), name))
        .filter(|(lines, _)| *lines > MAX_LINES)
        .collect();
    assert!(long.is_empty(), "{long:?}");
}

/// The files of the live page, each with its text.
fn page() -> impl Iterator<Item = (String, String)> {
    let folder = files::root().join("infra/local/page");
    let files = ["html", "css", "js", "svg"].map(|ending| files::with_ending(&folder, ending));
    files.into_iter().flatten().map(|path| (name(&path), fs::read_to_string(&path).unwrap()))
}

#[test]
fn the_live_page_makes_no_markup_of_texts_and_needs_nothing_from_elsewhere() {
    const NAMESPACE: &str = "http://www.w3.org/2000/svg";
    let mut met = 0;
    for (name, text) in page() {
        met += 1;
        let text = text.replace(NAMESPACE, "");
        for word in ["HTML(", "HTML =", "document.write", "eval(", "Function(", "http:", "https:", "style="] {
            assert!(!text.contains(word), "{name} has {word}");
        }
    }
    assert!(met > 10, "the test looks for something");
}

#[test]
fn the_live_page_calls_its_server_in_one_file() {
    let calls = |text: &str| ["/page/api/", "fetch(", "EventSource("].iter().any(|call| text.contains(call));
    let calling: Vec<_> = page().filter(|(_, text)| calls(text)).map(|(name, _)| name).collect();
    assert_eq!(calling, ["infra/local/page/api.js"]);
}

#[test]
fn every_dependency_has_a_reason() {
    let manifest = read("Cargo.toml");
    let table = manifest.split("[workspace.dependencies]").nth(1).unwrap().split("\n[").next().unwrap();
    let fuzzing = read("tests/fuzz/Cargo.toml");
    let fuzzing = fuzzing.split("[dependencies]").nth(1).unwrap();
    let fuzzing = fuzzing.split("\n[").next().unwrap();
    let foreign =
        table.lines().chain(fuzzing.lines()).filter(|line| line.contains(" = ") && !line.contains("path = "));
    let without: Vec<_> = foreign.filter(|line| !line.contains(" # ")).collect();
    assert!(without.is_empty(), "{without:#?}");
}

#[test]
fn no_test_is_skipped_or_sleeps() {
    let mut found = Vec::new();
    rust_files(&files::root().join("tests"), &mut found);
    for path in found {
        let text = fs::read_to_string(&path).unwrap();
        // Spelled so that this file does not find itself.
        for word in [concat!("#[", "ignore"), concat!("sleep", "(")] {
            assert!(!text.contains(word), "{} has {word}", path.display());
        }
    }
}

#[test]
fn every_file_of_tests_is_in_a_program() {
    let manifest = read("tests/Cargo.toml");
    for file in files::with_ending(&files::root().join("tests"), "rs") {
        let path = format!("\npath = \"{}\"\n", file.file_name().unwrap().to_str().unwrap());
        assert!(manifest.contains(&path), "tests/Cargo.toml: {path}");
    }
    for program in ["it", "faults", "forgery", "faithful"].map(|name| files::root().join("tests").join(name))
    {
        let mut found = Vec::new();
        rust_files(&program, &mut found);
        let main = program.join("main.rs");
        for file in found.into_iter().filter(|file| *file != main) {
            let folder = file.parent().unwrap();
            let parent = if folder == program { main.clone() } else { folder.with_extension("rs") };
            let line = format!("\nmod {};\n", file.file_stem().unwrap().to_str().unwrap());
            assert!(fs::read_to_string(&parent).unwrap().contains(&line), "{}: {line}", parent.display());
        }
    }
}

/// The files that measure or limit time, and the reason that none of their tests depends on the speed of the machine. All
/// other tests wait as long as the code under test takes.
const TIMED: &[(&str, &str)] = &[
    ("tests/it/deadline.rs", "the clock is paused"),
    ("tests/faults", "the clock is paused"),
    ("tests/load/", "measures, and is not a test"),
    ("tests/it/facts.rs", "compares how long providers wait, and does not wait"),
    ("tests/it/privacy.rs", "reads a configuration with the variable in it, and starts no process"),
    ("tests/support/aws/", "the clock is paused"),
    ("tests/support/facts.rs", "reads how long providers wait"),
    ("tests/support/load", "measures; tests use no measured time and set no limit"),
    ("tests/support/lambda.rs", "turns the limits of functions off, and measures for the load"),
    ("tests/support/relay.rs", "is slow for the load"),
    ("tests/support/testbed.rs", "sets limits only if the clock is paused"),
];

#[test]
fn no_test_depends_on_the_speed_of_the_machine() {
    // Spelled so that this file does not find itself.
    let words = [
        concat!("time", "out"),
        concat!("Time", "out"),
        concat!("time::", "Instant"),
        concat!("Stop", "watch::"),
        concat!("elap", "sed"),
        concat!("inter", "val("),
        concat!("Deadline::", "after"),
        concat!("time_", "limits"),
        concat!("TIME_", "LIMITS"),
        concat!("virtual_", "time"),
    ];
    let mut timed = BTreeSet::new();
    let mut found = Vec::new();
    rust_files(&files::root().join("tests"), &mut found);
    for path in found {
        let (file, text) = (name(&path), fs::read_to_string(&path).unwrap());
        if let Some(word) = words.iter().find(|word| text.contains(**word)) {
            let known = TIMED.iter().find(|(known, _)| file.starts_with(known));
            let (known, _) = known.unwrap_or_else(|| panic!("{file} has {word}"));
            timed.insert(*known);
        }
    }
    assert_eq!(timed.len(), TIMED.len(), "{timed:?}");
    let deadline = read("tests/it/deadline.rs");
    assert_eq!(
        deadline.matches("#[tokio::test").count(),
        deadline.matches("#[tokio::test(start_paused = true)]").count()
    );
    assert!(read("tests/faults/suite.rs").contains(".start_paused(true)"));
}

#[test]
fn a_release_panics_where_a_number_overflows_and_goes_on() {
    let manifest = read("Cargo.toml");
    let profile = manifest.split("\n[profile.release]\n").nth(1).unwrap();
    let profile = profile.split("\n[").next().unwrap();
    for line in ["overflow-checks = true", "panic = \"unwind\""] {
        assert!(profile.lines().any(|given| given == line), "{line}");
    }
}

#[test]
fn everything_that_can_be_fuzzed_is_fuzzed_by_the_gate() {
    assert!(read(".ci/run").contains("tests/fuzz/run"));
    // It runs the programs listed by `cargo fuzz list`, which are those of the manifest.
    assert!(read("tests/fuzz/run").contains("cargo fuzz list"));
    let programs: BTreeSet<_> = read("tests/fuzz/Cargo.toml")
        .lines()
        .filter_map(|line| line.strip_prefix("path = \"targets/")?.strip_suffix(".rs\""))
        .map(str::to_owned)
        .collect();
    let files = files::with_ending(&files::root().join("tests/fuzz/targets"), "rs");
    let files = files.iter().map(|file| file.file_stem().unwrap());
    assert_eq!(programs, files.map(|name| name.to_str().unwrap().to_owned()).collect());
    assert!(programs.contains("receive"));
}

/// The versions of the crates in a lock file, by name.
fn locked(file: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut versions: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for package in read(file).split("[[package]]").skip(1) {
        let member = |name: &str| {
            package.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim_matches('"').to_owned()
        };
        versions.entry(member("name = ")).or_default().insert(member("version = "));
    }
    versions
}

#[test]
fn what_is_fuzzed_is_what_is_shipped() {
    let shipped = locked("Cargo.lock");
    for (name, versions) in locked("tests/fuzz/Cargo.lock") {
        if let Some(shipped) = shipped.get(&name) {
            assert!(versions.is_subset(shipped), "{name}: {versions:?}");
        }
    }
}
