//! The modules of a crate have no circular dependencies, so a reader can understand one module without reading all others.
//!
//! A module and the files of its folder count as one unit, and may use each other freely. The rule: among the modules
//! of one folder, or at the root of a crate, none depends on itself through others. A name counts where it is defined,
//! not where it is re-exported.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use mailhooks_tests::files;

const CRATES: &[&str] = &["shared/normalization", "shared/ingestion", "infra/local", "infra/cli"];

/// A path of names, such as `store::item`. The root of a crate is the empty path.
type Names = Vec<String>;

/// The source files of a crate by the module that each one is, without comments and tests.
struct Crate(BTreeMap<Names, String>);

impl Crate {
    fn read(folder: &str) -> Self {
        let mut modules = BTreeMap::new();
        read_folder(&files::root().join(folder).join("src"), &Names::new(), &mut modules);
        assert!(modules.len() > 5, "{folder}: the test looks for something");
        Self(modules)
    }

    /// The names of its crate that each module uses, as paths from the root.
    fn named(&self, module: &Names) -> Vec<Names> {
        let code = &self.0[module];
        let starts = ["crate::", "super::"].iter().flat_map(|start| code.match_indices(start));
        let begins = |at: usize| !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':');
        let found = starts.filter(|(at, _)| begins(*at)).flat_map(|(at, _)| paths(&code[at..]).0);
        found.map(|path| from_root(module, path)).collect()
    }

    /// The names that a module imports or re-exports, each with its full path.
    fn imports(&self, module: &Names) -> BTreeMap<String, Names> {
        let uses = self.0[module]
            .split("use ")
            .skip(1)
            .flat_map(|rest| paths(rest).0)
            .filter(|path| !path.is_empty());
        let absolute = uses.map(|path| {
            let is_child = self.0.contains_key(&[module.as_slice(), &path[..1]].concat());
            if is_child { [module.clone(), path].concat() } else { from_root(module, path) }
        });
        absolute.filter_map(|path| Some((path.last()?.clone(), path))).collect()
    }

    /// The module in which a path is defined.
    fn defines(&self, path: &[String]) -> Names {
        let mut module = Names::new();
        for (at, name) in path.iter().enumerate() {
            let child = [module.as_slice(), std::slice::from_ref(name)].concat();
            if self.0.contains_key(&child) {
                module = child;
                continue;
            }
            return match self.imports(&module).get(name) {
                Some(target) if target.as_slice() != &path[..=at] => self.defines(target),
                _ => module,
            };
        }
        module
    }

    /// For each use of a module by one beside it, or inside one beside it: the pair of them.
    fn uses(&self) -> BTreeMap<Names, BTreeSet<Names>> {
        let mut uses = BTreeMap::<Names, BTreeSet<Names>>::new();
        // The root composes all other modules, so it is exempt.
        for module in self.0.keys().filter(|module| !module.is_empty()) {
            for path in self.named(module) {
                let other = self.defines(&path);
                let common = module.iter().zip(&other).take_while(|(one, other)| one == other).count();
                if common < module.len() && common < other.len() {
                    uses.entry(module[..=common].to_vec()).or_default().insert(other[..=common].to_vec());
                }
            }
        }
        uses
    }

    /// The modules in cycles, each with those of the same cycle that it uses.
    fn circles(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut uses = self.uses();
        loop {
            let targets: BTreeSet<Names> = uses.values().flatten().cloned().collect();
            let before = (uses.len(), targets.len());
            uses.retain(|module, _| targets.contains(module));
            let using: BTreeSet<Names> = uses.keys().cloned().collect();
            for of in uses.values_mut() {
                of.retain(|module| using.contains(module));
            }
            uses.retain(|_, of| !of.is_empty());
            if before == (uses.len(), uses.values().flatten().collect::<BTreeSet<_>>().len()) {
                let named = |of: &BTreeSet<Names>| of.iter().map(|name| name.join("::")).collect();
                return uses.iter().map(|(module, of)| (module.join("::"), named(of))).collect();
            }
        }
    }
}

fn read_folder(folder: &Path, module: &Names, found: &mut BTreeMap<Names, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let inner = match name.as_str() {
            "lib" | "main" | "mod" => module.clone(),
            _ => [module.clone(), vec![name]].concat(),
        };
        if path.is_dir() {
            read_folder(&path, &inner, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            // A file that is a test module contains no production code: it begins by importing its parent.
            let is_test = text.starts_with("use super::*;")
                || ["tests.rs", "bounce/samples.rs"].iter().any(|end| path.ends_with(end));
            let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
            let code = code.lines().filter(|line| !line.trim_start().starts_with("//"));
            found.insert(inner, if is_test { String::new() } else { code.collect::<Vec<_>>().join("\n") });
        }
    }
}

/// The paths at the start of a text, several if it contains braces, and the rest of the text.
fn paths(text: &str) -> (Vec<Names>, &str) {
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    if let Some(rest) = rest.strip_prefix("::") {
        let (paths, rest) = paths(rest);
        let below = |path: Names| [vec![name.to_owned()], path].concat();
        return (paths.into_iter().map(below).collect(), rest);
    }
    let Some(mut rest) = rest.strip_prefix('{').filter(|_| name.is_empty()) else {
        return (vec![if name.is_empty() { Names::new() } else { vec![name.to_owned()] }], rest);
    };
    let mut found = Vec::new();
    loop {
        rest = rest.trim_start_matches([',', ' ', '\n']);
        if rest.is_empty() || rest.starts_with('}') {
            return (found, rest.get(1..).unwrap_or_default());
        }
        let (some, after) = paths(rest);
        found.extend(some);
        // Skips `*` and `as NAME` to the next path.
        rest = after.trim_start_matches(|c| c != ',' && c != '}');
    }
}

/// A path as written in a module, from the root of its crate.
fn from_root(module: &Names, path: Names) -> Names {
    let above = path.iter().take_while(|name| *name == "super").count();
    let own = usize::from(above == 0 && path.first().is_some_and(|name| name == "crate" || name == "self"));
    let base = match path.first().map(String::as_str) {
        Some("super") => &module[..module.len().saturating_sub(above)],
        Some("self") => module,
        _ => &[],
    };
    base.iter().cloned().chain(path.into_iter().skip(above + own).filter(|name| name != "self")).collect()
}

#[test]
fn no_module_uses_itself_by_way_of_others() {
    let mut found = BTreeMap::new();
    for folder in CRATES {
        let circles = Crate::read(folder).circles();
        if !circles.is_empty() {
            found.insert(folder, circles);
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn a_circle_is_found_through_names_that_are_handed_on() {
    let text = [
        ("", "mod a; mod b; mod c; pub use b::{inner::Deep, Shallow as Other};"),
        ("a", "use crate::Deep; fn f() { super::c::g(); }"),
        ("b", "mod inner; use crate::c::{self, g};"),
        ("b::inner", "use super::super::a::f;"),
        ("c", "use std::super_fine::X;"),
    ];
    let names = |path: &str| path.split("::").filter(|name| !name.is_empty()).map(str::to_owned).collect();
    let modules = text.iter().map(|(module, code)| (names(module), (*code).to_owned()));
    assert_eq!(Crate(modules.collect()).circles().keys().collect::<Vec<_>>(), ["a", "b"]);
}
