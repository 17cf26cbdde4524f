//! Embeds the repository's scenarios in the library, so that whoever has the library has the suite.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let scenarios = here.join("..").join("scenarios");
    // Of a folder, that is every file and folder in it, so that a new one is noticed as well.
    println!("cargo:rerun-if-changed={}", scenarios.display());
    println!("cargo:rerun-if-changed=build.rs");

    let mut files = Vec::new();
    find(&scenarios, "", &mut files)?;
    // As a listing of the folder is sorted.
    files.sort_by(|(_, one), (_, other)| one.cmp(other));
    let mut table = "&[\n".to_owned();
    for (address, path) in files {
        let _infallible = writeln!(table, "    ({address:?}, include_str!({path:?})),");
    }
    table += "]\n";
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::write(out.join("scenarios.rs"), table)
}

/// The scenario files in a folder and below, each with its address.
fn find(folder: &Path, address: &str, found: &mut Vec<(String, PathBuf)>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let hidden = path
            .file_name()
            .is_none_or(|name| name.to_string_lossy().starts_with('.'));
        let Some(stem) = path.file_stem().map(OsStr::to_string_lossy) else {
            continue;
        };
        if hidden {
            continue;
        }
        if path.is_dir() {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            find(&path, &format!("{address}{name}/"), found)?;
        } else if path.extension() == Some(OsStr::new("toml")) {
            found.push((format!("{address}{stem}"), path.canonicalize()?));
        }
    }
    Ok(())
}
