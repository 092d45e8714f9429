//! JSON that is no GeoJSON: a list of objects, wherever in the file it stands, and the business data
//! of Arches, whose resources carry their values in tiles. Objects within an object are columns with
//! dots: `places.destroyed`.

use super::concepts::{self, Concepts};
use super::{BadRow, Cell, Kind, Limits, Row, Table, Take, Unreadable, shortened};
use serde_json::Value;
use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;
use std::path::Path;

/// A file of this kind is held in memory: it may have this many bytes.
const LARGEST: u64 = 256 << 20;

/// Where the list stands: keys from the outermost object.
#[derive(Debug)]
pub(super) struct Inside {
    path: Vec<String>,
    nodes: Nodes,
}

/// What a graph of Arches in the same file says of its nodes.
#[derive(Debug, Default)]
struct Nodes {
    /// Names by id.
    names: HashMap<String, String>,
    /// Labels, and the nodes whose values are concepts, by name.
    concepts: Concepts,
}

impl Inside {
    /// Whether it is business data of Arches.
    pub fn is_arches(&self) -> bool {
        !self.nodes.names.is_empty() || self.path.first().is_some_and(|key| key == "business_data")
    }
}

impl Nodes {
    fn of(file: &Value) -> Self {
        let mut nodes = Nodes::default();
        let mut taken: HashSet<String> = HashSet::new();
        let graphs = file["graph"].as_array().into_iter().flatten();
        let graphs = graphs.filter_map(|graph| graph["nodes"].as_array());
        for node in graphs.flatten() {
            let id = node["nodeid"].as_str().filter(|id| concepts::is_id(id));
            let (Some(id), Some(name)) = (id, concepts::spoken(&node["name"])) else {
                continue;
            };
            // Two nodes of one name are two columns.
            let name = match taken.insert(name.clone()) {
                true => name,
                false => format!("{name} ({id})"),
            };
            if node["datatype"]
                .as_str()
                .is_some_and(concepts::holds_concepts)
            {
                nodes.concepts.add_column(name.clone());
            }
            nodes.names.insert(id.to_owned(), name);
        }
        if !nodes.names.is_empty() || file.get("business_data").is_some() {
            nodes.concepts.learn(&file["graph"]);
            nodes.concepts.learn(&file["reference_data"]);
            nodes
                .concepts
                .learn(&file["business_data"]["reference_data"]);
        }
        nodes
    }

    /// A value of a node as it is told: concepts by their labels, strings without their languages.
    fn value(&self, name: &str, value: &Value) -> Value {
        let id = |value: &Value| value.as_str().is_some_and(concepts::is_id);
        let listed = value
            .as_array()
            .is_some_and(|all| !all.is_empty() && all.iter().all(id));
        if (id(value) || listed)
            && let Some(told) = self.told(name, value)
        {
            return Value::String(told);
        }
        match concepts::spoken(value) {
            Some(text) => Value::String(text),
            None => value.clone(),
        }
    }

    fn told(&self, name: &str, value: &Value) -> Option<String> {
        let ids: Vec<&str> = match value {
            Value::String(id) => vec![id],
            other => other.as_array()?.iter().filter_map(Value::as_str).collect(),
        };
        let known = self.concepts.is_concept(name) || ids.iter().any(|id| self.concepts.knows(id));
        known.then(|| self.concepts.told(&ids.join(",")))?
    }
}

pub(super) fn open(path: &Path, limits: &Limits) -> Result<Table, Unreadable> {
    let value = load(path)?;
    let mut found: Vec<(Vec<String>, usize)> = Vec::new();
    lists(&value, &mut Vec::new(), &mut found);
    // The longest list; of several as long, the outermost.
    let best = found.into_iter().rev().max_by_key(|(_, length)| *length);
    let Some((inside, _)) = best else {
        return Err(Unreadable::broken("JSON", "it holds no list of objects"));
    };
    let nodes = Nodes::of(&value);
    let mut columns: Vec<String> = Vec::new();
    let mut known: HashSet<String> = HashSet::new();
    for item in at(&value, &inside) {
        for (key, _) in members(item, &nodes) {
            if known.insert(key.clone()) {
                columns.push(key);
            }
        }
        if columns.len() > limits.columns {
            return Err(Unreadable::TooLarge(format!(
                "the objects have over {} members",
                limits.columns
            )));
        }
    }
    let mut notes = Vec::new();
    if !nodes.names.is_empty() {
        notes.push(format!(
            "an export of Arches with its graph and {} labels of concepts; concepts without one are kept as “unresolved concept”",
            nodes.concepts.len()
        ));
    }
    Ok(Table {
        kind: Kind::Json,
        sheet: (!inside.is_empty()).then(|| inside.join(".")),
        others: Vec::new(),
        columns,
        notes,
        path: path.to_owned(),
        limits: limits.clone(),
        inside: super::Inside::Json(Inside {
            path: inside,
            nodes,
        }),
    })
}

fn load(path: &Path) -> Result<Value, Unreadable> {
    let bytes = std::fs::metadata(path)?.len();
    if bytes > LARGEST {
        return Err(Unreadable::TooLarge(format!(
            "JSON of {bytes} bytes; at most {LARGEST} are read: give it as CSV"
        )));
    }
    let bytes = std::fs::read(path)?;
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    serde_json::from_slice(bytes).map_err(|e| Unreadable::broken("JSON", e))
}

/// Lists whose items are objects, three levels deep.
fn lists(value: &Value, path: &mut Vec<String>, found: &mut Vec<(Vec<String>, usize)>) {
    match value {
        Value::Array(items) if !items.is_empty() && items.iter().all(Value::is_object) => {
            found.push((path.clone(), items.len()));
        }
        Value::Object(members) if path.len() < 3 => {
            for (key, value) in members {
                path.push(key.clone());
                lists(value, path, found);
                path.pop();
            }
        }
        _ => {}
    }
}

fn at<'a>(value: &'a Value, path: &[String]) -> &'a [Value] {
    path.iter()
        .fold(value, |value, key| &value[key.as_str()])
        .as_array()
        .map_or(&[], Vec::as_slice)
}

/// How deep objects within objects become columns; what lies deeper stays one value.
const FLATTENED: usize = 4;

/// The members of objects within objects, under their names joined by dots.
fn flatten(key: String, value: &Value, depth: usize, put: &mut dyn FnMut(String, &Value)) {
    match value {
        Value::Object(members) if depth < FLATTENED && !members.is_empty() => {
            for (name, value) in members {
                flatten(format!("{key}.{name}"), value, depth + 1, put);
            }
        }
        value => put(key, value),
    }
}

/// Members of an object as columns; the values of an Arches resource under the ids of their nodes.
fn members(item: &Value, nodes: &Nodes) -> Vec<(String, Value)> {
    let mut found: Vec<(String, Value)> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut put = |key: String, value: &Value| {
        let known = places.get(&key).and_then(|at| found.get_mut(*at));
        match known {
            Some((_, Value::Array(values))) => values.push(value.clone()),
            Some((_, known)) => *known = Value::Array(vec![known.take(), value.clone()]),
            None => {
                places.insert(key.clone(), found.len());
                found.push((key, value.clone()));
            }
        }
    };
    let Some(object) = item.as_object() else {
        return found;
    };
    for (key, value) in object {
        match (key.as_str(), value) {
            ("resourceinstance", Value::Object(instance)) => {
                instance
                    .iter()
                    .for_each(|(key, value)| put(key.clone(), value));
            }
            ("tiles", Value::Array(tiles)) if object.contains_key("resourceinstance") => {
                for (node, value) in tiles
                    .iter()
                    .filter_map(|tile| tile["data"].as_object())
                    .flatten()
                {
                    if !value.is_null() {
                        let name = nodes.names.get(node).unwrap_or(node);
                        put(name.clone(), &nodes.value(name, value));
                    }
                }
            }
            _ => flatten(key.clone(), value, 0, &mut put),
        }
    }
    found
}

pub(super) fn each(table: &Table, inside: &Inside, take: Take) -> Result<(), Unreadable> {
    let value = load(&table.path)?;
    for (number, item) in at(&value, &inside.path).iter().enumerate() {
        let number = number as u64 + 1;
        let mut members: HashMap<String, Value> =
            members(item, &inside.nodes).into_iter().collect();
        let cells = table
            .columns
            .iter()
            .map(|column| match members.get_mut(column) {
                Some(value) => Cell::from_json(value.take()),
                None => Cell::Empty,
            })
            .collect();
        let long = item.to_string().len() > table.limits.row_bytes;
        let row = match long {
            false => Ok(Row {
                number,
                cells,
                shape: None,
            }),
            true => Err(BadRow {
                number,
                column: None,
                reason: format!("the object has over {} bytes", table.limits.row_bytes),
                row: shortened(&item.to_string()),
            }),
        };
        if take(row) == ControlFlow::Break(()) {
            break;
        }
    }
    Ok(())
}
