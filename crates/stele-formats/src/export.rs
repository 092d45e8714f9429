//! Tables out: comma-separated values (RFC 4180, UTF-8) that no spreadsheet takes for formulas.
//!
//! The one place where a cell of text is written for others to open. A text that would begin a formula
//! gets an apostrophe before it (OWASP, "CSV injection"); numbers are numbers and stay as they are.

use std::io::{self, Write};

/// What stands in a cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell<'a> {
    /// Nothing.
    Empty,
    /// A text, whoever wrote it.
    Text(&'a str),
    /// A count.
    Count(u64),
    /// A whole number, which may be below nothing.
    Whole(i64),
    /// A measure, such as a longitude.
    Number(f64),
    /// Yes or no.
    Flag(bool),
}

/// Writes rows of cells.
pub struct CsvWriter<W: Write> {
    out: W,
}

impl<W: Write> CsvWriter<W> {
    /// Writes to this.
    pub fn new(out: W) -> Self {
        CsvWriter { out }
    }

    /// Writes a row.
    pub fn row<'a>(&mut self, cells: impl IntoIterator<Item = Cell<'a>>) -> io::Result<()> {
        for (i, cell) in cells.into_iter().enumerate() {
            if i > 0 {
                self.out.write_all(b",")?;
            }
            match cell {
                Cell::Empty => {}
                Cell::Text(text) => self.out.write_all(quoted(text).as_bytes())?,
                Cell::Count(n) => write!(self.out, "{n}")?,
                Cell::Whole(n) => write!(self.out, "{n}")?,
                Cell::Number(n) if n.is_finite() => write!(self.out, "{n}")?,
                Cell::Number(_) => {}
                Cell::Flag(flag) => self.out.write_all(if flag { b"yes" } else { b"no" })?,
            }
        }
        self.out.write_all(b"\r\n")
    }

    /// Writes a row of names.
    pub fn header(&mut self, names: &[&str]) -> io::Result<()> {
        self.row(names.iter().map(|name| Cell::Text(name)))
    }

    /// Hands back what was written to, after everything is.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.flush()?;
        Ok(self.out)
    }
}

/// Packs bytes as a gzip member (RFC 1952), quickly rather than tightly.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(
        Vec::with_capacity(bytes.len() / 2),
        flate2::Compression::fast(),
    );
    // Writing to memory does not fail.
    let _ = packed.write_all(bytes);
    packed.finish().unwrap_or_default()
}

/// Whether a spreadsheet may take a text that begins so for a formula; the wide forms count in
/// East Asian settings.
fn begins_a_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'])
}

fn quoted(text: &str) -> String {
    let guard = if begins_a_formula(text) { "'" } else { "" };
    if text.contains([',', '"', '\n', '\r', '\t', ';']) {
        format!("\"{guard}{}\"", text.replace('"', "\"\""))
    } else {
        format!("{guard}{text}")
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(cells: &[Cell<'_>]) -> String {
        let mut csv = CsvWriter::new(Vec::new());
        csv.row(cells.iter().copied()).unwrap();
        String::from_utf8(csv.finish().unwrap()).unwrap()
    }

    #[test]
    fn no_text_begins_a_formula_and_numbers_stay_numbers() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "＝1"] {
            let line = written(&[Cell::Text(text)]);
            assert!(line.trim_start_matches('"').starts_with('\''), "{line:?}");
        }
        assert_eq!(
            written(&[
                Cell::Number(-46.75),
                Cell::Count(3),
                Cell::Flag(true),
                Cell::Empty,
                Cell::Number(f64::NAN)
            ]),
            "-46.75,3,yes,,\r\n"
        );
        assert_eq!(
            written(&[Cell::Text("Церковь, \"старая\""), Cell::Text("Şuşa")]),
            "\"Церковь, \"\"старая\"\"\",Şuşa\r\n"
        );
    }

    proptest! {
        /// What is written reads back as it was, but for the apostrophe, with the reader of this crate.
        #[test]
        fn every_text_reads_back(cells in proptest::collection::vec("[\\PC\n\t]{0,20}", 1..5)) {
            let line = written(&cells.iter().map(|c| Cell::Text(c)).collect::<Vec<_>>());
            let mut reader = csv_core::Reader::new();
            let (mut out, mut ends) = (vec![0u8; 4096], vec![0usize; 64]);
            let (_, _, _, n) = reader.read_record(line.as_bytes(), &mut out, &mut ends);
            prop_assert_eq!(n.max(1), cells.len());
            let mut start = 0;
            for (cell, end) in cells.iter().zip(&ends[..n]) {
                let read = std::str::from_utf8(&out[start..*end]).unwrap();
                start = *end;
                let bare = if begins_a_formula(cell) { format!("'{cell}") } else { cell.clone() };
                prop_assert_eq!(read, bare);
            }
        }
    }
}
