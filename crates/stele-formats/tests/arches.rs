//! Exports of Arches: concepts are told by their labels, where the export carries them, and marked as unresolved
//! where it does not.

#![allow(clippy::unwrap_used)]

use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use stele_formats::columns::{LOOKED_AT, each, propose};
use stele_formats::table::{Cell, Kind, Limits, Table};
use zip::write::SimpleFileOptions;

const CHURCH: &str = "b7611b55-55e2-4889-b923-687a89765c02";
const URBAN: &str = "10ac2b9b-3425-4c3c-9b5c-983bb16f93d3";
const UNKNOWN: &str = "0ffac292-c081-4790-9c69-73cb1ff1c33f";
const ONE: &str = "064358f8-69a5-424a-a232-2413047ad2f1";
const TWO: &str = "5ea9d285-6f6c-46ab-b224-d36494531691";

const MAPPING: &str = r#"{
    "resource_model_id": "99417385-b8fa-11e6-84a5-026d961c88e6",
    "resource_model_name": "Monument",
    "nodes": [
        {"arches_nodeid": "82f2dd01-e747-11e6-84a6-026d961c88e6", "arches_node_name": "Name", "file_field_name": "Name", "data_type": "string", "export": true},
        {"arches_nodeid": "82f2dd02-e747-11e6-84a6-026d961c88e6", "arches_node_name": "Monument Type", "file_field_name": "Category", "data_type": "concept", "concept_export_value": "id", "export": true},
        {"arches_nodeid": "82f2dd03-e747-11e6-84a6-026d961c88e6", "arches_node_name": "Setting", "file_field_name": "Setting", "data_type": "concept-list", "concept_export_value": "both", "export": true},
        {"arches_nodeid": "82f2dd04-e747-11e6-84a6-026d961c88e6", "arches_node_name": "Related Resource", "file_field_name": "Related", "data_type": "resource-instance", "export": true}
    ]
}"#;

fn rows() -> String {
    format!(
        "ResourceID,Name,Category,Setting,Related\n\
         {ONE},St. Sarkis,{CHURCH},\"{URBAN}|Urban, dense\",{TWO}\n\
         {TWO},Mill,{UNKNOWN},\"{URBAN},{UNKNOWN}\",\n"
    )
}

fn groups() -> String {
    format!("ResourceID,Name,Category,Setting,Related\n{ONE},Surb Sargis,,,\n")
}

fn concepts() -> String {
    format!(
        r#"{{"Monument Type": {{"{CHURCH}": "Church"}}, "Setting": {{"{URBAN}": "Urban"}}, "Broken": "Broken does not appear to be configured with a valid concept collectionid"}}"#
    )
}

fn zipped(folder: &Path, files: &[(&str, &str)]) -> PathBuf {
    let path = folder.join("monuments.zip");
    let mut zip = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
    for (name, text) in files {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap();
    path
}

/// Texts of the cells, row by row, with the numbers of the rows.
fn cells(table: &Table) -> Vec<(u64, Vec<String>)> {
    let mut rows = Vec::new();
    table
        .each(&mut |row| {
            let row = row.unwrap();
            let text = |cell: &Cell| cell.text().map_or(String::new(), |t| t.into_owned());
            rows.push((row.number, row.cells.iter().map(text).collect()));
            ControlFlow::Continue(())
        })
        .unwrap();
    rows
}

#[test]
fn an_export_is_read_with_the_labels_of_its_concepts() {
    let folder = tempfile::tempdir().unwrap();
    let path = zipped(
        folder.path(),
        &[
            ("Monument_concepts.json", &concepts()),
            ("Monument.mapping", MAPPING),
            ("monuments_groups.csv", &groups()),
            ("monuments.csv", &rows()),
            (
                "monuments.relations",
                "resourcexid,resourceinstanceidfrom\n",
            ),
        ],
    );
    let table = Table::open(&path, None, &Limits::default()).unwrap();
    assert_eq!(table.kind, Kind::Csv);
    assert_eq!(table.sheet.as_deref(), Some("monuments.csv"));
    assert_eq!(table.others, Vec::<String>::new());
    let told = table.notes.join(". ");
    assert!(told.contains("“Monument”) with 2 labels"), "{told}");
    assert!(told.contains("monuments_groups.csv continues it"), "{told}");
    let unknown = format!("unresolved concept {UNKNOWN}");
    assert_eq!(
        cells(&table),
        [
            (2, vec![ONE, "St. Sarkis", "Church", "Urban, dense", TWO]),
            (
                3,
                vec![TWO, "Mill", &unknown, &format!("Urban; {unknown}"), ""]
            ),
            // The header of what continues the list is no row; it is counted all the same.
            (5, vec![ONE, "Surb Sargis", "", "", ""]),
        ]
        .map(|(n, cells)| (n, cells.into_iter().map(str::to_owned).collect::<Vec<_>>()))
    );
}

#[test]
fn what_a_resource_says_twice_is_one_thing_and_a_concept_without_label_stays_the_lists_own() {
    let folder = tempfile::tempdir().unwrap();
    let path = zipped(
        folder.path(),
        &[
            ("monuments.csv", &rows()),
            (
                "monuments_groups.csv",
                &format!("ResourceID,Name,Category,Setting,Related\n{ONE},St. Sarkis,,{URBAN},\n"),
            ),
            ("Monument.mapping", MAPPING),
            ("Monument_concepts.json", &concepts()),
        ],
    );
    let table = Table::open(&path, None, &Limits::default()).unwrap();
    let mapping = propose(&table, &table.first(LOOKED_AT).unwrap()).mapping;
    let mut things = Vec::new();
    each(&table, &mapping, &mut |next| {
        things.push(next.unwrap());
        ControlFlow::Continue(())
    })
    .unwrap();
    things.sort_by_key(|thing| thing.row);
    assert_eq!(things.len(), 2);
    assert_eq!(things[0].category.to_string(), "church");
    assert_eq!(things[0].key.as_deref(), Some(ONE));
    let own = |thing: usize, name: &str| {
        let fields = things[thing].fields.iter().filter(|f| f.name == name);
        fields.map(|f| f.value.clone()).collect::<Vec<_>>()
    };
    assert_eq!(own(0, "Setting"), ["Urban, dense", "Urban"]);
    assert_eq!(
        own(1, "Category"),
        [format!("unresolved concept {UNKNOWN}")]
    );
}

#[test]
fn without_labels_every_concept_is_marked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("monuments.csv");
    std::fs::write(&path, rows()).unwrap();
    // By itself nothing says what the ids are; the mapping file beside it does.
    let table = Table::open(&path, None, &Limits::default()).unwrap();
    assert_eq!(cells(&table)[1].1[2], format!("unresolved id {UNKNOWN}"));
    std::fs::write(folder.path().join("monuments.mapping"), MAPPING).unwrap();
    let table = Table::open(&path, None, &Limits::default()).unwrap();
    assert_eq!(
        cells(&table)[0].1[2..],
        [
            format!("unresolved concept {CHURCH}"),
            "Urban, dense".to_owned(),
            TWO.to_owned()
        ]
    );
}

#[test]
fn without_a_mapping_ids_are_marked_and_the_reader_is_told_what_would_help() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("monuments.csv");
    std::fs::write(&path, rows()).unwrap();
    let table = Table::open(&path, None, &Limits::default()).unwrap();
    let said = "what Category, Related, Setting name are ids without words";
    assert!(table.notes.iter().any(|note| note.contains(said)));
    assert!(table.notes.iter().any(|note| note.contains(".mapping")));
    let rows = cells(&table);
    let category = format!("unresolved id {CHURCH}");
    assert_eq!(rows[0].1[..3], [ONE, "St. Sarkis", &category]);
    assert_eq!(rows[0].1[3], "Urban, dense", "the label stands beside it");
    assert_eq!(table.key(), Some(0), "resources keep their own ids");

    // Ids in a list that is not of Arches are its own matter.
    std::fs::write(&path, self::rows().replace("ResourceID", "Key")).unwrap();
    let table = Table::open(&path, None, &Limits::default()).unwrap();
    assert_eq!(cells(&table)[0].1[2], CHURCH);
}

#[test]
fn json_is_read_with_the_names_and_options_of_its_graph() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("monuments.json");
    let (name, kind) = (
        "82f2dd01-e747-11e6-84a6-026d961c88e6",
        "82f2dd02-e747-11e6-84a6-026d961c88e6",
    );
    let file = serde_json::json!({
        "graph": [{"name": "Monument", "nodes": [
            {"nodeid": name, "name": "Name", "datatype": "string"},
            {"nodeid": kind, "name": "Monument Type", "datatype": "domain-value",
             "config": {"options": [{"id": CHURCH, "text": {"en": "Church"}}]}},
        ]}],
        "business_data": {"resources": [
            {"resourceinstance": {"resourceinstanceid": ONE}, "tiles": [
                {"data": {name: {"en": {"value": "St. Sarkis", "direction": "ltr"}, "hy": {"value": "Սուրբ Սարգիս", "direction": "ltr"}}, kind: CHURCH}},
            ]},
            {"resourceinstance": {"resourceinstanceid": TWO}, "tiles": [
                {"data": {name: "Mill", kind: [UNKNOWN]}},
            ]},
        ]},
    });
    std::fs::write(&path, file.to_string()).unwrap();
    let table = Table::open(&path, None, &Limits::default()).unwrap();
    let at = |column: &str| table.columns.iter().position(|c| c == column).unwrap();
    let rows = cells(&table);
    assert_eq!(rows[0].1[at("Name")], "St. Sarkis; Սուրբ Սարգիս");
    assert_eq!(rows[0].1[at("Monument Type")], "Church");
    assert_eq!(
        rows[1].1[at("Monument Type")],
        format!("unresolved concept {UNKNOWN}")
    );
    assert_eq!(rows[1].1[at("resourceinstanceid")], TWO);
}

#[test]
fn a_mapping_that_is_broken_or_huge_is_refused_and_names_outside_are_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    let path = zipped(
        folder.path(),
        &[("a.csv", "Name\nMill\n"), ("a.mapping", "{")],
    );
    let refused = Table::open(&path, None, &Limits::default()).unwrap_err();
    assert!(refused.to_string().contains("a.mapping"), "{refused}");
    let path = zipped(
        folder.path(),
        &[("../../a.csv", "Name\nMill\n"), ("__MACOSX/._a.csv", "x")],
    );
    let table = Table::open(&path, None, &Limits::default()).unwrap();
    assert_eq!(cells(&table)[0].1, ["Mill"]);
    assert_eq!(table.others, Vec::<String>::new());
}
