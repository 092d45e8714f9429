//! The mirror test on the demo dossier: two States' names exchanged throughout, every page says of the
//! one what it said of the other. Order goes by name and so may differ; what is said may not.

#![allow(clippy::unwrap_used)]

use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

fn swap(text: &str) -> String {
    let pairs = [
        ("Azerbaijani", "Armenian"),
        ("azerbaijani", "armenian"),
        ("Azerbaijan", "Armenia"),
        ("azerbaijan", "armenia"),
    ];
    let mut out = text.to_owned();
    for (n, (one, other)) in pairs.iter().enumerate() {
        out = out
            .replace(one, &format!("\u{1}{n}\u{1}"))
            .replace(other, &format!("\u{2}{n}\u{2}"));
    }
    for (n, (one, other)) in pairs.iter().enumerate() {
        out = out
            .replace(&format!("\u{1}{n}\u{1}"), other)
            .replace(&format!("\u{2}{n}\u{2}"), one);
    }
    out
}

/// The dossier's files, changed on the way.
fn copy(from: &Path, to: &Path, change: &dyn Fn(&str) -> String) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target, &|text| text.to_owned());
        } else if path.extension().is_some_and(|e| e == "json") {
            std::fs::write(target, change(&std::fs::read_to_string(&path).unwrap())).unwrap();
        } else {
            std::fs::copy(&path, target).unwrap();
        }
    }
}

struct Served {
    child: Child,
    address: String,
    data: PathBuf,
    _folder: tempfile::TempDir,
}

impl Served {
    fn new(change: &dyn Fn(&str) -> String) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (dossier, data) = (folder.path().join("demo"), folder.path().join("data"));
        let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../demo");
        copy(&demo, &dossier, change);
        let made = stele(&["demo", "--no-serve", "--dossier"])
            .arg(&dossier)
            .arg("--data")
            .arg(&data)
            .output()
            .unwrap();
        assert!(
            made.status.success(),
            "{}",
            String::from_utf8_lossy(&made.stderr)
        );
        let mut child = stele(&["serve", "--listen", "127.0.0.1:0", "--json", "--data"])
            .arg(&data)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        let told: Value = serde_json::from_str(&line).unwrap();
        let address = told["listening"].as_str().unwrap();
        let address = address
            .trim_start_matches("http://")
            .trim_end_matches('/')
            .to_owned();
        Served {
            child,
            address,
            data,
            _folder: folder,
        }
    }

    fn ids(&self, plural: &str) -> Vec<String> {
        let out = stele(&["list", plural, "--json", "--data"])
            .arg(&self.data)
            .output()
            .unwrap();
        let rows: Vec<Value> = serde_json::from_slice(&out.stdout).unwrap();
        let text = |row: &Value| row["address"].as_str().unwrap().to_owned();
        rows.iter().map(text).collect()
    }

    fn page(&self, path: &str) -> String {
        let mut stream = std::net::TcpStream::connect(&self.address).unwrap();
        write!(
            stream,
            "GET {path} HTTP/1.0\r\nHost: x\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        // A draft is on no page, of whomever it speaks.
        let status = head.split(' ').nth(1).unwrap();
        assert!(matches!(status, "200" | "404"), "{path}: {head}");
        format!("{status}{body}")
    }

    /// What stands on all pages of a kind, piece by piece with its mark-up, and how often.
    fn said(&self, plural: &str) -> BTreeMap<String, usize> {
        let mut found = BTreeMap::new();
        for address in self.ids(plural) {
            let page = self.page(&address);
            *found.entry(page[..3].to_owned()).or_default() += 1;
            let main = page.split_once("<main").unwrap().1;
            for piece in main.split('<') {
                let piece = without_ids(piece);
                *found.entry(piece).or_default() += 1;
            }
        }
        found
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn stele(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stele"));
    command.args(args);
    command
}

/// Ids, moments and names of logs are made anew for each registry.
fn without_ids(piece: &str) -> String {
    let is_id = |word: &str| word.len() == 26 && word.starts_with("01");
    let mut out = String::new();
    for word in piece.split_inclusive(|c: char| !c.is_ascii_alphanumeric()) {
        let bare = word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        out.push_str(if is_id(bare) { "ID" } else { bare });
        out.push_str(&word[bare.len()..]);
    }
    let out = without_stamps(out);
    match out.find(" UTC") {
        Some(at) if at >= 16 && out.is_char_boundary(at - 16) => {
            format!("{}T{}", &out[..at - 16], &out[at..])
        }
        _ => out,
    }
}

/// A revision's stamp is a clock and the name of a log: `01795573151417-0000@demo-dossier-352a9b`.
fn without_stamps(mut text: String) -> String {
    const CLOCK: usize = "01795573151417-0000".len();
    let mut from = 0;
    while let Some(at) = text[from..].find('@').map(|i| i + from) {
        let is_clock = |t: &str| t.chars().all(|c| c.is_ascii_digit() || c == '-');
        let begun = at.saturating_sub(CLOCK);
        if at >= CLOCK && text.get(begun..at).is_some_and(is_clock) {
            let log = |c: char| c.is_ascii_alphanumeric() || c == '-';
            let end = text[at + 1..]
                .find(|c| !log(c))
                .map_or(text.len(), |i| at + 1 + i);
            text.replace_range(begun..end, "STAMP");
            from = begun;
        } else {
            from = at + 1;
        }
    }
    text
}

#[test]
fn every_page_says_of_the_one_what_it_says_of_the_other() {
    let (here, there) = (Served::new(&|text| text.to_owned()), Served::new(&swap));
    let mut told = 0;
    for plural in [
        "parties",
        "claims",
        "aggregates",
        "missions",
        "findings",
        "positions",
        "replies",
        "instruments",
    ] {
        let said = here.said(plural);
        let mirrored: BTreeMap<String, usize> = there
            .said(plural)
            .into_iter()
            .map(|(piece, n)| (swap(&piece), n))
            .collect();
        for (piece, n) in &said {
            assert_eq!(
                mirrored.get(piece),
                Some(n),
                "{plural}: “{piece}” is not said as often with the names exchanged"
            );
        }
        assert_eq!(said.len(), mirrored.len(), "{plural}");
        told += said.keys().filter(|p| p.contains("Azerbaijan")).count();
    }
    assert!(told > 20, "the dossier speaks of both: {told}");
}
