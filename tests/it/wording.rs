//! All texts of the tool, the page and the log, in two lists: `wording/help.txt` has the help of every command at 80 columns,
//! and `wording/texts.txt` has the texts in the sources. A changed sentence changes a list, so a review shows it.
//! `UPDATE_EXPECT=1 cargo test --test it wording::` writes both.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use ingestion::environment;
use mailhooks_tests::files;
use mailhooks_tests::terminal::show;
use mailhooks_tests::tool::command;
use proc_macro2::{TokenStream, TokenTree};
use tempfile::TempDir;

use super::repository::shipped;

/// Sources whose texts are data that a provider or a mail server wrote.
const DATA: [&str; 2] = ["shared/normalization/src/bounce", "shared/normalization/src/providers"];

/// Compares a list with its file, or writes the file.
fn check(name: &str, list: &str) {
    let file = files::root().join("tests/it/wording").join(name);
    if environment::variable("UPDATE_EXPECT").is_some() {
        fs::write(&file, list).unwrap();
    }
    let expected = fs::read_to_string(&file).unwrap();
    assert!(expected == list, "{name} is outdated: run UPDATE_EXPECT=1 cargo test --test it wording::");
}

#[test]
fn help_is_listed_and_fits_80_columns() {
    fn add(folder: &Path, words: &[&str], list: &mut String) {
        let arguments = [words, &["--help"]].concat();
        let help = show(command(folder, &arguments)).text();
        for line in help.lines() {
            assert!(line.chars().count() <= 80, "{words:?}: {line}");
        }
        writeln!(list, "$ mailhooks {}\n{help}", arguments.join(" ")).unwrap();
        let commands = help.split("Commands:\n").nth(1).unwrap_or_default();
        let commands = commands.lines().take_while(|line| !line.is_empty());
        let names = commands.filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
        for name in names.filter(|name| !["", "help"].contains(name)) {
            add(folder, &[words, &[name]].concat(), list);
        }
    }
    let mut list = String::new();
    add(TempDir::new().unwrap().path(), &[], &mut list);
    check("help.txt", &list);
}

#[test]
fn texts_are_listed() {
    let mut list = String::new();
    let mut sources = shipped();
    sources.sort();
    for (name, code) in sources.iter().filter(|(name, _)| !DATA.iter().any(|data| name.starts_with(data))) {
        let mut texts = Vec::new();
        add_texts(code.parse().unwrap(), &mut texts);
        if !texts.is_empty() {
            writeln!(list, "{name}\n  {}\n", texts.join("\n  ")).unwrap();
        }
    }
    check("texts.txt", &list);
}

/// The string literals that contain a space, as written in the source. Comments, and messages of `expect` and assertions
/// are left out.
fn add_texts(tokens: TokenStream, texts: &mut Vec<String>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let is_ident = |place: Option<&TokenTree>, names: &[&str]| match place {
        Some(TokenTree::Ident(ident)) => names.iter().any(|name| ident == name),
        _ => false,
    };
    for (index, token) in tokens.iter().enumerate() {
        let before = |count: usize| index.checked_sub(count).and_then(|index| tokens.get(index));
        match token {
            TokenTree::Literal(literal) => {
                let text = literal.to_string();
                if text.contains(' ') && text.contains('"') && !is_ident(before(2), &["doc", "reason"]) {
                    texts.push(text);
                }
            }
            TokenTree::Group(group) => {
                let for_developers = is_ident(before(1), &["expect"])
                    || is_ident(before(2), &["assert", "debug_assert", "concat", "unreachable"]);
                if !for_developers {
                    add_texts(group.stream(), texts);
                }
            }
            TokenTree::Ident(_) | TokenTree::Punct(_) => {}
        }
    }
}
