//! The picture of the house in `docs/architecture.md`, held against what the sources import.
//!
//! Two modules of one folder never import each other, directly or through others; an item of the parent
//! (`super::Desk`) is the parent's and counts for none of them. Views are the edge's: what keeps and decides
//! does not know them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

type Module = Vec<String>;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The `.rs` files of a folder, each with the module it is.
fn modules(folder: &Path) -> BTreeMap<Module, String> {
    fn walk(folder: &Path, module: &[String], found: &mut BTreeMap<Module, String>) {
        for file in fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let inner = |name| [module, &[name]].concat();
            if path.is_dir() {
                walk(&path, &inner(name), found);
            } else if path.extension().is_some_and(|kind| kind == "rs") {
                let whole = if matches!(name.as_str(), "mod" | "lib" | "main") {
                    module.to_vec()
                } else {
                    inner(name)
                };
                found.insert(whole, fs::read_to_string(&path).unwrap());
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(folder, &[], &mut found);
    found
}

/// The paths a text names that begin with `crate` or `super`, as far as braces and names go.
fn paths(text: &str) -> Vec<Vec<String>> {
    fn tree(text: &str, before: &[String], found: &mut Vec<Vec<String>>) -> usize {
        let mut at = 0;
        let mut path = before.to_vec();
        loop {
            let rest = &text[at..];
            if rest.starts_with('{') {
                at += 1;
                while !text[at..].starts_with('}') {
                    at += text[at..].len() - text[at..].trim_start_matches([' ', '\n', ',']).len();
                    if text[at..].starts_with('}') {
                        break;
                    }
                    let taken = tree(&text[at..], &path, found);
                    at +=
                        if taken == 0 { text[at..].chars().next().map_or(1, char::len_utf8) } else { taken };
                }
                return at + 1;
            }
            let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            at += name.len();
            path.push(name);
            if text[at..].starts_with("::") {
                at += 2;
            } else {
                found.push(path);
                return at;
            }
        }
    }
    let mut found = Vec::new();
    let code: String = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .fold(String::new(), |all, line| all + line + "\n");
    for start in ["crate::", "super::"] {
        for (at, _) in code.match_indices(start) {
            let before = code[..at].chars().next_back();
            // `super::super::x` is read from its first `super`.
            if before.is_none_or(|c| !(c.is_alphanumeric() || c == '_' || c == ':')) {
                tree(&code[at..], &[], &mut found);
            }
        }
    }
    found
}

/// The module a path leads to, seen from another one.
fn target(from: &Module, path: &[String], all: &BTreeMap<Module, String>) -> Option<Module> {
    let mut to = from.clone();
    for name in path {
        match name.as_str() {
            "crate" => to.clear(),
            "super" => drop(to.pop()?),
            name => {
                to.push(name.to_owned());
                if !all.keys().any(|module| module.starts_with(&to)) {
                    to.pop();
                    break;
                }
            }
        }
    }
    Some(to)
}

/// Somebody who reaches themselves by what they import.
fn circle(imports: &BTreeMap<String, BTreeSet<String>>) -> Option<Vec<String>> {
    fn walk(
        at: &str,
        way: &mut Vec<String>,
        imports: &BTreeMap<String, BTreeSet<String>>,
        done: &mut BTreeSet<String>,
    ) -> bool {
        if let Some(begin) = way.iter().position(|name| name == at) {
            way.drain(..begin);
            return true;
        }
        if !done.insert(at.to_owned()) {
            return false;
        }
        way.push(at.to_owned());
        if imports.get(at).into_iter().flatten().any(|next| walk(next, way, imports, done)) {
            return true;
        }
        way.pop();
        false
    }
    let mut done = BTreeSet::new();
    imports.keys().find_map(|name| {
        let mut way = Vec::new();
        walk(name, &mut way, imports, &mut done).then_some(way)
    })
}

#[test]
fn no_module_imports_one_that_imports_it() {
    for sources in ["src", "app/src", "domain/src", "whisper/src"] {
        let all = modules(&root().join(sources));
        assert!(all.len() > 5, "{sources} is read");
        // For each folder: who of it imports whom of it.
        let mut folders = BTreeMap::<Module, BTreeMap<String, BTreeSet<String>>>::new();
        for (from, text) in &all {
            for path in paths(text) {
                let Some(to) = target(from, &path, &all) else { continue };
                let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
                if let (Some(a), Some(b)) = (from.get(shared), to.get(shared)) {
                    folders
                        .entry(from[..shared].to_vec())
                        .or_default()
                        .entry(a.clone())
                        .or_default()
                        .insert(b.clone());
                }
            }
        }
        for (folder, imports) in folders {
            assert_eq!(circle(&imports), None, "in {sources}/{}", folder.join("/"));
        }
    }
}

#[test]
fn what_keeps_and_decides_knows_no_view() {
    for (module, text) in modules(&root().join("src")) {
        let edge = !module
            .first()
            .is_some_and(|name| matches!(name.as_str(), "store" | "desk" | "hub" | "bus" | "files"));
        assert!(edge || !text.contains("app::"), "{module:?} imports views");
        let wires = module.is_empty() || matches!(module[0].as_str(), "serve" | "cli" | "router");
        assert!(wires || !text.contains("router::"), "{module:?} imports the router");
    }
}
