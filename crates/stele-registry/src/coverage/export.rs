//! An aggregate's items as a table for a spreadsheet, as the viewer may see them.

use super::{ItemRow, Registry};
use crate::account::Viewer;
use crate::refusal::Refusal;
use crate::view::Titles;
use std::io::Write;
use stele_formats::export::{Cell, CsvWriter};
use stele_model::rules::Verdict;
use stele_model::*;

const COLUMNS: [&str; 17] = [
    "site",
    "address",
    "name",
    "all_names",
    "category",
    "areas",
    "longitude",
    "latitude",
    "place",
    "status",
    "identity_confirmed",
    "counted",
    "same_as",
    "assessed_independently",
    "assessed_by_claimants_side",
    "findings_say",
    "link",
];

impl Registry {
    /// Writes the items of an aggregate, page by page, and gives how many.
    pub fn export_items(
        &self,
        viewer: &Viewer,
        aggregate: AnyId,
        lang: &str,
        out: impl Write,
    ) -> Result<u64, Refusal> {
        let failed =
            |e: std::io::Error| Refusal::Unreadable(format!("the export cannot be written: {e}"));
        let mut csv = CsvWriter::new(out);
        csv.header(&COLUMNS).map_err(failed)?;
        let (mut after, mut count) = (None, 0);
        loop {
            let (page, titles) = self.items(viewer, aggregate, after, lang)?;
            for row in &page.rows {
                write(&mut csv, row, &titles, lang).map_err(failed)?;
                count += 1;
            }
            match page.next {
                Some(next) => after = Some(next.id),
                None => break,
            }
        }
        csv.finish().map_err(failed)?;
        Ok(count)
    }
}

fn write(
    csv: &mut CsvWriter<impl Write>,
    row: &ItemRow,
    titles: &Titles,
    lang: &str,
) -> std::io::Result<()> {
    let Body::Site(site) = &row.site.body else {
        return Ok(());
    };
    let join = |texts: Vec<String>| texts.join("; ");
    let names = join(site.names.iter().map(|n| n.text.clone()).collect());
    let areas = join(site.areas.iter().map(|a| titles.of(*a)).collect());
    let (at, place) = match &row.site.place {
        None => (None, "not known"),
        Some(ShownPlace::Withheld) => (None, "withheld to protect it"),
        Some(ShownPlace::Grid { centre, .. }) => (
            Some((centre.lon(), centre.lat())),
            "generalised to protect it",
        ),
        Some(ShownPlace::Exact { geometry, .. }) => {
            let middle = geometry
                .bounds()
                .map(|b| ((b.west + b.east) / 2.0, (b.south + b.north) / 2.0));
            let point = match geometry {
                Geometry::Point(p) => Some((p.lon(), p.lat())),
                _ => middle,
            };
            (point, "as recorded")
        }
    };
    let said = match row.verdict {
        Verdict::For => "it holds",
        Verdict::Against => "it does not hold",
        Verdict::Inconclusive => "inconclusive",
        Verdict::Pending => "pending",
    };
    let counted = match &row.excluded {
        Some(reason) => format!("no: {reason}"),
        None if row.same_as.is_some() => "no: the same as another item".into(),
        None => "yes".into(),
    };
    let (id, address) = (row.site.id.to_string(), format!("/site/{}", row.site.id));
    let (name, link) = (row.site.title(lang), row.link.id.to_string());
    let same = row.same_as.map(|id| id.to_string());
    let flag = |n: Option<bool>| n.map_or(Cell::Empty, Cell::Flag);
    let number = |n: Option<f64>| n.map_or(Cell::Empty, Cell::Number);
    csv.row([
        Cell::Text(&id),
        Cell::Text(&address),
        Cell::Text(&name),
        Cell::Text(&names),
        Cell::Text(site.category.label()),
        Cell::Text(&areas),
        number(at.map(|(lon, _)| lon)),
        number(at.map(|(_, lat)| lat)),
        Cell::Text(place),
        Cell::Text(&row.site.status),
        Cell::Flag(row.identified),
        Cell::Text(&counted),
        same.as_deref().map_or(Cell::Empty, Cell::Text),
        flag(row.assessed.map(|(independent, _)| independent)),
        flag(row.assessed.map(|(_, affiliated)| affiliated)),
        Cell::Text(said),
        Cell::Text(&link),
    ])
}
