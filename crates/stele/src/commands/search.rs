//! `stele search`: records by words and what narrows them.

use super::{Done, OK, local_viewer};
use crate::args::Narrow;
use crate::print;
use serde_json::json;
use stele_model::Word;
use stele_registry::search::LONGEST_PAGE;
use stele_registry::{Refusal, Registry, SearchHit, Written};

/// Prints the records found, best first.
pub fn search(registry: &Registry, text: String, narrow: Narrow, as_json: bool) -> Done {
    let viewer = local_viewer(registry)?;
    let limit = narrow.limit;
    let written = Written {
        text,
        kind: narrow.kind.unwrap_or_default(),
        category: narrow.category.unwrap_or_default(),
        area: narrow.area.unwrap_or_default(),
        status: narrow.status.unwrap_or_default(),
        party: narrow.party.unwrap_or_default(),
        from: narrow.from.unwrap_or_default(),
        to: narrow.to.unwrap_or_default(),
        near: narrow.near.unwrap_or_default(),
        bbox: narrow.bbox.unwrap_or_default(),
        after: String::new(),
    };
    let mut query = registry.read_query(&viewer, &written)?;
    if query.is_empty() {
        return Err(Refusal::field(
            "TEXT",
            "is empty and nothing narrows the search; give words, or an option such as --kind site",
        ));
    }
    let mut hits: Vec<SearchHit> = Vec::new();
    let mut titles = Vec::new();
    let mut partial = false;
    while hits.len() < limit {
        let page = (limit - hits.len()).min(LONGEST_PAGE);
        let view = registry.search(&viewer, &query, page, "en")?;
        partial = view.partial;
        titles.extend(view.hits.iter().map(|hit| view.titles.of(hit.record.id)));
        hits.extend(view.hits);
        match view.next {
            Some(after) => query.after = after,
            None => break,
        }
    }
    if as_json {
        print::json(&json!(
            hits.iter().map(SearchHit::to_json).collect::<Vec<_>>()
        ));
        return OK;
    }
    if hits.is_empty() {
        print::line("Nothing was found. Try fewer words or another spelling.");
    } else if partial {
        print::line("Nothing has all of these words. These records have some of them:");
    }
    let row = |(hit, title): (&SearchHit, &String)| {
        let matched = hit.matched.as_ref().filter(|name| name.text != *title);
        vec![
            hit.record.id.to_string(),
            hit.record.kind.label().to_owned(),
            matched.map_or_else(|| title.clone(), |name| format!("{title} ({})", name.text)),
        ]
    };
    print::table(&hits.iter().zip(&titles).map(row).collect::<Vec<_>>());
    OK
}
