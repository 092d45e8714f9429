//! Concepts of Arches: an export names them by id, by label, or by both (`concept_export_value` of its mapping
//! file), and carries the labels beside it (`_concepts.json`, the options of a graph). A concept that has no
//! label there stays the party's own value, and says that it is one. So does an id in a list without its mapping,
//! of which nobody can say whether it is a concept's.
//!
//! After the mapping files and exports of Arches 4 to 7 (<https://arches.readthedocs.io>).

use super::Unreadable;
use serde_json::Value;
use std::collections::{HashMap, HashSet};
use std::io::Read;

/// A file of words beside the data may have this many bytes.
const LARGEST: u64 = 64 << 20;
/// How deep labels are looked for.
const DEPTH: usize = 12;
/// Types of nodes whose values are concepts.
const CONCEPTS: [&str; 4] = [
    "concept",
    "concept-list",
    "domain-value",
    "domain-value-list",
];
/// What an id without a label is called: of a concept, and where no mapping says of what.
const UNRESOLVED: [&str; 2] = ["unresolved concept", "unresolved id"];
/// The column of a list of Arches with the ids of its resources.
pub(super) const RESOURCE: &str = "ResourceID";

/// Labels by the id of their value, and which columns hold concepts.
#[derive(Debug, Default)]
pub(super) struct Concepts {
    labels: HashMap<String, String>,
    columns: HashSet<String>,
    /// Whether no mapping says what the columns hold.
    unmapped: bool,
    /// The model the data follows.
    pub model: Option<String>,
}

impl Concepts {
    /// Takes the columns of a mapping file; none where it is another kind of file.
    pub fn of_mapping(file: &Value) -> Option<Self> {
        let nodes = file["nodes"].as_array()?;
        let text = |node: &Value, name: &str| node[name].as_str().unwrap_or_default().to_owned();
        let columns = nodes
            .iter()
            .filter(|node| {
                let kind = text(node, "data_type");
                let exported = text(node, "concept_export_value");
                holds_concepts(&kind) || (kind.is_empty() && !exported.is_empty())
            })
            .map(|node| match text(node, "file_field_name") {
                field if field.is_empty() => text(node, "arches_node_name"),
                field => field,
            });
        Some(Concepts {
            columns: columns.filter(|column| !column.is_empty()).collect(),
            model: file["resource_model_name"].as_str().map(str::to_owned),
            ..Concepts::default()
        })
    }

    /// Takes the columns of ids from the first rows of a list of Arches without a mapping file; none where it is
    /// another list.
    pub fn of_rows<'r>(
        columns: &[String],
        rows: impl Iterator<Item = &'r [String]> + Clone,
    ) -> Option<Self> {
        let mut found = Concepts {
            unmapped: true,
            ..Concepts::default()
        };
        columns.iter().find(|column| *column == RESOURCE)?;
        for (at, column) in columns.iter().enumerate() {
            let mut filled = rows
                .clone()
                .filter_map(|row| row.get(at))
                .filter(|cell| !cell.is_empty())
                .peekable();
            // Ids of the list's own, by which it calls its rows, are no words that want a label.
            let is_own = column.to_ascii_lowercase().ends_with("id");
            if !is_own && filled.peek().is_some() && filled.all(|c| found.told(c).is_some()) {
                found.columns.insert(column.clone());
            }
        }
        (!found.columns.is_empty()).then_some(found)
    }

    /// The columns of ids of a list without a mapping file, in alphabetical order.
    pub fn unmapped(&self) -> Vec<&str> {
        let mut columns: Vec<&str> = self.columns.iter().map(String::as_str).collect();
        columns.retain(|_| self.unmapped);
        columns.sort_unstable();
        columns
    }

    /// Takes every label that a JSON file carries: members named by an id, and objects with an id and a text.
    pub fn learn(&mut self, file: &Value) {
        self.learn_within(file, 0);
    }

    fn learn_within(&mut self, value: &Value, depth: usize) {
        if depth > DEPTH {
            return;
        }
        match value {
            Value::Object(members) => {
                let id = ["id", "valueid"]
                    .iter()
                    .find_map(|id| members.get(*id)?.as_str());
                let label = ["text", "value", "label", "prefLabel"]
                    .iter()
                    .find_map(|name| spoken(members.get(*name)?));
                if let (Some(id), Some(label)) = (id.filter(|id| is_id(id)), label) {
                    self.labels.entry(id.to_ascii_lowercase()).or_insert(label);
                }
                for (key, value) in members {
                    match value.as_str() {
                        Some(label) if is_id(key) && !is_id(label) => {
                            let label = label.trim().to_owned();
                            self.labels.entry(key.to_ascii_lowercase()).or_insert(label);
                        }
                        _ => self.learn_within(value, depth + 1),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|v| self.learn_within(v, depth + 1)),
            _ => {}
        }
    }

    /// How many labels there are.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether an id has a label.
    pub fn knows(&self, id: &str) -> bool {
        self.labels.contains_key(&id.to_ascii_lowercase())
    }

    /// Whether a column holds concepts.
    pub fn is_concept(&self, column: &str) -> bool {
        self.columns.contains(column)
    }

    /// Says that a column holds concepts.
    pub fn add_column(&mut self, column: String) {
        self.columns.insert(column);
    }

    /// What a cell of ids says in words; none where it holds none.
    pub fn told(&self, cell: &str) -> Option<String> {
        let bare = cell.trim().trim_start_matches('[').trim_end_matches(']');
        let mut said: Vec<String> = Vec::new();
        for part in parts(bare) {
            let part = part.trim().trim_matches(['\'', '"']);
            let (id, label) = match part.split_once('|') {
                Some((id, label)) => (id.trim(), Some(label.trim())),
                None => (part, None),
            };
            if !is_id(id) {
                return None;
            }
            let known = label.filter(|label| !label.is_empty()).map(str::to_owned);
            let known = known.or_else(|| self.labels.get(&id.to_ascii_lowercase()).cloned());
            said.push(
                known.unwrap_or_else(|| format!("{} {id}", UNRESOLVED[usize::from(self.unmapped)])),
            );
        }
        (!said.is_empty()).then(|| said.join("; "))
    }
}

/// Whether values of a type of Arches are concepts.
pub(super) fn holds_concepts(datatype: &str) -> bool {
    CONCEPTS.contains(&datatype)
}

/// A cell at its commas, those within a label left alone: what follows one that parts is an id.
fn parts(text: &str) -> Vec<&str> {
    let (mut parts, mut start) = (Vec::new(), 0);
    for (at, _) in text.match_indices(',') {
        let rest = text[at + 1..].trim_start_matches([' ', '\'', '"']);
        if rest.get(..ID).is_some_and(is_id) {
            parts.push(&text[start..at]);
            start = at + 1;
        }
    }
    parts.push(&text[start..]);
    parts
}

/// Characters of a UUID.
const ID: usize = 36;

/// Whether a text is a UUID.
pub(super) fn is_id(text: &str) -> bool {
    text.len() == ID
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// A text, or one text by language; `{"en": {"value": …}}` is how Arches 7 writes a string. Several are parted
/// as several names in a cell are.
pub(super) fn spoken(value: &Value) -> Option<String> {
    let said = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Object(languages) if !languages.is_empty() => {
            let mut said: Vec<&str> = Vec::new();
            for (language, text) in languages {
                let is_language = (2..=8).contains(&language.len())
                    && language
                        .bytes()
                        .all(|b| b.is_ascii_alphanumeric() || b == b'-');
                let text = text.as_str().or_else(|| text["value"].as_str());
                let text = text.filter(|_| is_language)?.trim();
                if !text.is_empty() && !said.contains(&text) {
                    said.push(text);
                }
            }
            said.join("; ")
        }
        _ => return None,
    };
    (!said.is_empty()).then_some(said)
}

/// Reads a JSON file beside the data.
pub(super) fn read(from: impl Read, name: &str) -> Result<Value, Unreadable> {
    let mut bytes = Vec::new();
    from.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        return Err(Unreadable::TooLarge(format!(
            "{name} has over {LARGEST} bytes: it is not read"
        )));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    serde_json::from_slice(bytes).map_err(|e| Unreadable::broken("JSON", format!("{name}: {e}")))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const A: &str = "b7611b55-55e2-4889-b923-687a89765c02";
    const B: &str = "10ac2b9b-3425-4c3c-9b5c-983bb16f93d3";

    #[test]
    fn ids_are_told_in_the_words_beside_them() {
        let mut concepts = Concepts::default();
        concepts.learn(&serde_json::json!({"Setting": {A: "Urban"}}));
        let told = |cell: &str| concepts.told(cell);
        assert_eq!(told(A).unwrap(), "Urban");
        assert_eq!(told(&A.to_uppercase()).unwrap(), "Urban");
        assert_eq!(
            told(&format!("{A},{B}")).unwrap(),
            format!("Urban; unresolved concept {B}")
        );
        assert_eq!(
            told(&format!("{B}|Hill, wooded,{A}|Town")).unwrap(),
            "Hill, wooded; Town"
        );
        assert_eq!(
            told(&format!("['{A}', '{B}|Hill']")).unwrap(),
            "Urban; Hill"
        );
        for text in ["", "Urban", "Urban, rural", &format!("Urban,{A}"), &A[1..]] {
            assert_eq!(told(text), None, "{text}");
        }
    }

    #[test]
    fn labels_stand_in_options_of_a_graph_too() {
        let mut concepts = Concepts::default();
        concepts.learn(&serde_json::json!({"graph": [{"nodes": [
            {"name": "Setting", "config": {"options": [
                {"id": A, "text": "Urban", "selected": false},
                {"id": B, "text": {"en": "Rural", "fr": "Rural"}},
            ]}},
        ]}]}));
        assert_eq!(concepts.told(A).unwrap(), "Urban");
        assert_eq!(concepts.told(B).unwrap(), "Rural");
    }
}
