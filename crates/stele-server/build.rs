//! Embeds what Vite built in `web/dist`: one list of name, media type, hash and bytes.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let root =
        PathBuf::from(env::var("CARGO_MANIFEST_DIR").unwrap_or_default()).join("../../web/dist");
    println!("cargo::rerun-if-changed={}", root.display());
    let mut files = Vec::new();
    gather(&root, &root, &mut files);
    files.sort();
    if !files.iter().any(|(name, _)| name == "stele.css") {
        println!(
            "cargo::error=web/dist/stele.css is missing: run `make web` (npm ci && npm run build in web/) first"
        );
        return;
    }
    let mut code = String::from("pub(super) static FILES: &[(&str, &str, &[u8])] = &[\n");
    for (name, path) in &files {
        let media = match name.rsplit('.').next() {
            Some("css") => "text/css; charset=utf-8",
            Some("js") => "text/javascript; charset=utf-8",
            Some("woff2") => "font/woff2",
            Some("svg") => "image/svg+xml",
            Some("png") => "image/png",
            Some("json") => "application/json",
            Some("pmtiles") => "application/vnd.pmtiles",
            _ => continue,
        };
        let _ = writeln!(
            code,
            "    ({name:?}, {media:?}, include_bytes!({:?})),",
            path.display().to_string()
        );
    }
    code.push_str("];\n");
    let out = PathBuf::from(env::var("OUT_DIR").unwrap_or_default()).join("assets.rs");
    if let Err(error) = fs::write(&out, code) {
        println!("cargo::error={} cannot be written: {error}", out.display());
    }
}

fn gather(root: &Path, folder: &Path, files: &mut Vec<(String, PathBuf)>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            gather(root, &path, files);
        } else if let (Ok(name), Ok(full)) = (path.strip_prefix(root), path.canonicalize()) {
            files.push((name.to_string_lossy().replace('\\', "/"), full));
        }
    }
}
