//! Lists read in: as one act, anew with what changed, taken back, and without showing what is protected.

#![allow(clippy::unwrap_used)]

mod common;

use common::House;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use stele_formats::columns::Mapping;
use stele_model::*;
use stele_registry::import::{ImportReport, ListOrder, Progress};
use stele_registry::search::SearchQuery;
use stele_registry::{Filter, Order, Refusal, Shown, Viewer};

const LIST: &str = "id,name,name_az,type,district,lat,lon,status,date_destroyed,books,remark\n\
    1,Church of the Saviour,,church,Qubadlı,39.34,46.58,damaged,2020-10-08,,roof\n\
    2,Central Library,Mərkəzi Kitabxana,library,Qubadlı,,,destroyed,1993~,about 4000,\n\
    3,,,,,,,,,,nothing\n\
    4,Old Mosque,,mosque,Laçın,95.0,46.5,,,,\n";

struct Lists(House);

impl Lists {
    fn new() -> Self {
        Lists(House::new())
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    fn order(&self, path: &Path, rows_are: RowsAre) -> ListOrder {
        ListOrder {
            list: Some("List of the north".into()),
            ..ListOrder::new(rows_are, "Ministry of the North", path)
        }
    }

    fn import(&self, path: &Path, rows_are: RowsAre) -> Result<ImportReport, Refusal> {
        let order = self.order(path, rows_are);
        let progress = Arc::new(Progress::default());
        self.0
            .registry
            .import(&self.0.recorder, path, &order, &progress)
    }

    fn all(&self, kind: Kind) -> Vec<Shown> {
        let filter = Filter {
            kind: Some(kind),
            ..Filter::default()
        };
        let viewer = self.0.member();
        let found = self
            .0
            .registry
            .list(&viewer, &filter, Order::Id, None, 1000, "en");
        found.unwrap().rows
    }

    fn site(&self, name: &str) -> Shown {
        let mut sites = self.all(Kind::Site);
        sites.retain(|s| s.body.names().iter().any(|n| n.text == name));
        assert_eq!(sites.len(), 1, "{name}");
        sites.remove(0)
    }
}

fn body(shown: &Shown) -> &Site {
    shown.body.as_kind::<Site>().unwrap()
}

#[test]
fn a_list_becomes_sites_of_its_party_and_tells_what_it_refuses() {
    let lists = Lists::new();
    let path = lists.write("list.csv", LIST);
    let report = lists.import(&path, RowsAre::Sites).unwrap();
    assert_eq!(
        report.counts,
        ImportCounts {
            read: 4,
            recorded: 2,
            updated: 0,
            unchanged: 0,
            refused: 2
        }
    );
    let told: Vec<(u64, bool)> = report
        .refusals
        .iter()
        .map(|bad| (bad.row, bad.reason.contains("globe")))
        .collect();
    assert_eq!(told, [(4, false), (5, true)]);
    assert!(report.refusals[1].cells.contains("Old Mosque"));

    let library = lists.site("Mərkəzi Kitabxana");
    let site = body(&library);
    assert_eq!(site.category, Category::Library);
    assert_eq!(site.names.len(), 2);
    assert!(
        site.names.iter().all(|n| n.by.is_some()),
        "each name has its speaker"
    );
    assert_eq!(site.names[1].lang, "az");
    assert_eq!(site.holdings[0].count.in_words(), "about 4,000");
    assert!(
        library.place.is_none(),
        "known by its district only, it has no place of its own"
    );
    assert_eq!(site.areas.len(), 1);
    let church = lists.site("Church of the Saviour");
    let own: Vec<&str> = body(&church)
        .fields
        .iter()
        .map(|f| f.name.as_str())
        .collect();
    assert!(
        own.contains(&"remark") && own.contains(&"status"),
        "{own:?}"
    );
    assert_eq!(
        lists.all(Kind::Claim).len(),
        0,
        "read as sites, the list claims nothing"
    );
    assert_eq!(
        lists.all(Kind::Area).len(),
        1,
        "what was refused leaves no area"
    );
}

#[test]
fn the_same_list_as_claims_says_what_came_of_each_thing() {
    let lists = Lists::new();
    let path = lists.write("list.csv", LIST);
    lists.import(&path, RowsAre::Claims).unwrap();
    let claims = lists.all(Kind::Claim);
    let said: Vec<(Predicate, String, Option<String>)> = claims
        .iter()
        .map(|c| {
            let claim = c.body.as_kind::<Claim>().unwrap();
            let event = claim.event.as_ref().map(ToString::to_string);
            (claim.predicate, claim.words.clone(), event)
        })
        .collect();
    assert_eq!(
        said,
        [
            (
                Predicate::Damaged,
                "damaged".into(),
                Some("2020-10-08".into())
            ),
            (
                Predicate::Destroyed,
                "destroyed".into(),
                Some("1993~".into())
            )
        ]
    );
    assert_eq!(lists.site("Central Library").status, "reported");
}

#[test]
fn read_in_again_a_list_changes_what_changed_and_names_what_is_gone() {
    let lists = Lists::new();
    let path = lists.write("list.csv", LIST);
    lists.import(&path, RowsAre::Claims).unwrap();
    let church = lists.site("Church of the Saviour").id;

    let same = lists.import(&path, RowsAre::Claims).unwrap();
    assert_eq!(
        (
            same.counts.recorded,
            same.counts.updated,
            same.counts.unchanged
        ),
        (0, 0, 2)
    );
    assert_eq!(lists.all(Kind::Claim).len(), 2);

    let newer = LIST
        .replace("damaged,2020-10-08", "destroyed,2020-10-09")
        .replace(
            "2,Central Library,Mərkəzi Kitabxana,library,Qubadlı,,,destroyed,1993~,about 4000,\n",
            "7,House of Culture,,house of culture,Laçın,,,,,,\n",
        );
    let path = lists.write("newer.csv", &newer);
    let order = lists.order(&path, RowsAre::Claims);
    let trial = lists
        .0
        .registry
        .try_import(&path, &order, &Arc::default())
        .unwrap();
    assert_eq!(lists.all(Kind::Site).len(), 2, "a trial records nothing");
    let report = lists.import(&path, RowsAre::Claims).unwrap();
    for told in [&trial, &report] {
        assert_eq!(
            (told.counts.recorded, told.counts.updated, told.gone),
            (1, 1, 1)
        );
        assert_eq!(told.missing[0].title, "Central Library");
        let changed: Vec<&str> = told.changes[0]
            .fields
            .iter()
            .map(|f| f.0.as_str())
            .collect();
        assert_eq!(changed, ["“status”", "claim"]);
    }
    assert_eq!(
        lists.site("Church of the Saviour").id,
        church,
        "the same thing stays itself"
    );
    // What the party said before stays beside what it says now.
    let claims = lists.all(Kind::Claim);
    assert_eq!(claims.len(), 4);
    let links = lists.all(Kind::Link);
    assert_eq!(
        links[0].body.as_kind::<Link>().unwrap().kind,
        LinkKind::Restates
    );
    // How its columns are read is known from the last time.
    let look = lists.0.registry.look_at_list(&path, &order).unwrap();
    assert!(look.as_before);
}

#[test]
fn an_import_is_taken_back_as_one_act() {
    let lists = Lists::new();
    let path = lists.write("list.csv", LIST);
    let first = lists.import(&path, RowsAre::Claims).unwrap();
    let path = lists.write("newer.csv", &LIST.replace("roof", "roof and apse"));
    let second = lists.import(&path, RowsAre::Claims).unwrap();
    assert_eq!(second.counts.updated, 1);
    let remark = |lists: &Lists| {
        let site = lists.site("Church of the Saviour");
        let own = body(&site)
            .fields
            .iter()
            .find(|f| f.name == "remark")
            .cloned();
        own.unwrap().value
    };
    assert_eq!(remark(&lists), "roof and apse");

    let registry = &lists.0.registry;
    let refused = registry.retract_import(&lists.0.reader, second.import.unwrap(), "a slip");
    assert!(matches!(refused, Err(Refusal::NotAllowed(_))));
    registry
        .retract_import(&lists.0.recorder, second.import.unwrap(), "the wrong file")
        .unwrap();
    assert_eq!(remark(&lists), "roof", "what it changed stands as before");
    assert_eq!(lists.all(Kind::Site).len(), 2);
    registry
        .retract_import(&lists.0.recorder, first.import.unwrap(), "not their list")
        .unwrap();
    assert_eq!(
        lists.all(Kind::Site).len(),
        0,
        "what it recorded is withdrawn"
    );
    assert_eq!(lists.all(Kind::Claim).len(), 0);
    let again = registry.retract_import(&lists.0.recorder, first.import.unwrap(), "again");
    assert!(again.is_err());
    let verified = registry.verify(&[], &mut |_, _| {}).unwrap();
    assert!(verified.ok, "{:?}", verified.faults);
    // Read in once more after all, it is there again.
    let path = lists.write("list.csv", LIST);
    assert_eq!(
        lists.import(&path, RowsAre::Sites).unwrap().counts.recorded,
        2
    );
}

#[test]
fn what_somebody_corrected_since_outlasts_the_import() {
    let lists = Lists::new();
    let path = lists.write("list.csv", LIST);
    let report = lists.import(&path, RowsAre::Sites).unwrap();
    let church = lists.site("Church of the Saviour");
    let mut corrected = body(&church).clone();
    corrected.description = Some("A chapel, seen on the spot.".into());
    lists
        .0
        .registry
        .record(
            &lists.0.recorder,
            vec![Record {
                id: church.id,
                body: corrected.into(),
                revision: Some(Revision {
                    reason: "seen".into(),
                    after: Vec::new(),
                    withdrawn: false,
                }),
            }],
        )
        .unwrap();
    lists
        .0
        .registry
        .retract_import(&lists.0.recorder, report.import.unwrap(), "a slip")
        .unwrap();
    let left = lists.all(Kind::Site);
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].id, church.id);
}

#[test]
fn a_list_that_breaks_off_leaves_nothing() {
    let lists = Lists::new();
    let whole = format!(
        "{{\"type\":\"FeatureCollection\",\"features\":[{}",
        (0..3000)
            .map(|i| format!("{{\"type\":\"Feature\",\"geometry\":null,\"properties\":{{\"id\":\"x{i}\",\"name\":\"Place {i}\"}}}}"))
            .collect::<Vec<_>>()
            .join(",")
    );
    let path = lists.write("cut.geojson", &whole);
    let outcome = lists.import(&path, RowsAre::Sites);
    if let Ok(report) = &outcome {
        // Where the format can be read up to the cut, every feature before it is there and the end is told of.
        assert!(report.counts.refused > 0, "{:?}", report.counts);
    } else {
        assert_eq!(lists.all(Kind::Site).len(), 0);
        assert_eq!(lists.all(Kind::Source).len(), 0);
    }
}

#[test]
fn a_mapping_that_does_not_fit_is_told_of_before_anything_is_recorded() {
    let lists = Lists::new();
    let path = lists.write("list.csv", LIST);
    let mut order = lists.order(&path, RowsAre::Sites);
    order.mapping = Some(Mapping::from_toml("[columns]\nTitel = \"name\"").unwrap());
    let outcome = lists
        .0
        .registry
        .import(&lists.0.recorder, &path, &order, &Arc::default());
    let told = outcome.unwrap_err().to_string();
    assert!(
        told.contains("\"Titel\"") && told.contains("name_az"),
        "{told}"
    );
    assert_eq!(lists.all(Kind::Site).len(), 0);
}

#[test]
fn protected_places_of_a_list_show_neither_themselves_nor_its_own_columns() {
    let lists = Lists::new();
    let text = "id,name,coordinates\n1,Cave of the scrolls,39°45'36\"N 46°45'00\"E\n";
    let path = lists.write("caves.csv", text);
    let order = ListOrder {
        sensitivity: Sensitivity::Generalised,
        ..lists.order(&path, RowsAre::Sites)
    };
    let registry = &lists.0.registry;
    registry
        .import(&lists.0.recorder, &path, &order, &Arc::default())
        .unwrap();
    let site = lists.site("Cave of the scrolls");
    assert_eq!(
        body(&site).fields.len(),
        1,
        "members see what the list says"
    );
    let public = registry.get(&Viewer::Public, site.id).unwrap();
    let json = public.to_json().to_string();
    for leak in ["39.76", "46.75", "45'36", "39°45"] {
        assert!(!json.contains(leak), "{leak} in {json}");
    }
    for probe in ["36\"N", "39°45", "46°45'00\"E", "39 45 36"] {
        let found = registry
            .search(&Viewer::Public, &SearchQuery::words(probe), 10, "en")
            .unwrap();
        assert!(
            found.hits.iter().all(|hit| hit.record.id != site.id),
            "a place is not found by probing for its numbers: {probe}"
        );
    }
    let file = lists.all(Kind::Evidence).remove(0);
    assert!(registry.evidence_file(&Viewer::Public, file.id).is_err());
}

/// Every list of other hands is read in as it is, as sites and as claims; no column is lost.
#[test]
fn real_lists_are_read_in_unedited() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    if !shared.is_dir() {
        eprintln!("left out: there is no {}", shared.display());
        return;
    }
    let lists = Lists::new();
    let mut sites = 0;
    // File, rows recorded, rows refused.
    for (file, recorded, refused) in [
        ("inventories/arches-resources-1000.csv", 1000, 0),
        ("inventories/eamena-algeria-2022.geojson", 6042, 22),
        ("inventories/eamena-caravanserais.geojson", 221, 0),
        ("inventories/eamena-caravanserais.kml", 248, 2),
        ("inventories/eamena-caravanserais-shp.zip", 208, 0),
        ("inventories/eamena-waypoints.kmz", 488, 0),
        ("inventories/eamena-bulk-upload-filled.xlsx", 222, 1),
        ("inventories/eamena-disturbances-edtf.xlsx", 6, 0),
        ("inventories/eamena-test-duplicates.xlsx", 5, 0),
        ("inventories/southwark-listed-grade-1-epsg27700.zip", 4, 0),
        (
            "inventories/ukraine-world-heritage-and-tentative.csv",
            42,
            0,
        ),
        ("inventories/wikidata-ukraine-museums.csv", 500, 0),
        ("inventories/world-heritage-enriched.csv", 1197, 0),
        ("damage/gaza-heritage-sites.csv", 146, 0),
        ("damage/ukraine-claimed-stolen-objects.csv", 2287, 0),
        ("damage/ukraine-destroyed-heritage-gwzo.csv", 120, 0),
        ("damage/ukraine-linked4resilience-2.csv", 211, 0),
        ("damage/unesco-ukraine-linked4resilience.csv", 349, 16),
        ("damage/gaza-infrastructure-daily-t4p.json", 730, 0),
    ] {
        let path = shared.join(file);
        let rows_are = match file.starts_with("damage") {
            true => RowsAre::Claims,
            false => RowsAre::Sites,
        };
        let order = ListOrder {
            list: Some(file.to_owned()),
            ..ListOrder::new(rows_are, "A party", &path)
        };
        let registry = &lists.0.registry;
        let report = registry
            .import(&lists.0.recorder, &path, &order, &Arc::default())
            .unwrap();
        assert_eq!(
            (report.counts.recorded, report.counts.refused),
            (recorded, refused),
            "{file}: {:?}",
            report.refusals.first()
        );
        sites += recorded;
    }
    let filter = Filter {
        kind: Some(Kind::Assessment),
        ..Filter::default()
    };
    let registry = &lists.0.registry;
    let seen = registry
        .list(&lists.0.member(), &filter, Order::Id, None, 1000, "en")
        .unwrap();
    assert!(
        seen.rows.len() > 200,
        "EAMENA's places come with their assessments: {}",
        seen.rows.len()
    );
    assert!(sites > 13_000);
    // The columns of a row of a list in the messiest state, all of them.
    let found = registry
        .search(
            &lists.0.member(),
            &SearchQuery {
                kind: Some(Kind::Site),
                ..SearchQuery::words("Theodosius Yatsevo")
            },
            10,
            "en",
        )
        .unwrap();
    // What stands in its own columns is found; another list of the same conflict has the place too.
    let json = found
        .hits
        .iter()
        .map(|hit| hit.record.to_json().to_string())
        .find(|json| json.contains("\"made\":\"1996\""))
        .unwrap();
    for value in [
        "Yatsevo Cemetery",
        "Was partially destroyed",
        "51.53",
        "not found",
    ] {
        assert!(json.contains(value), "{value} in {json}");
    }
    let verified = registry.verify(&[], &mut |_, _| {}).unwrap();
    assert!(verified.ok, "{:?}", verified.faults.first());
}
