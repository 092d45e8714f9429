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
fn what_is_new_on_a_list_read_in_again_is_not_gone_from_it() {
    let lists = Lists::new();
    // More than one entry's worth, and more than the writer gathers before it writes.
    let list = |rows: std::ops::Range<u32>| {
        let rows = rows.map(|n| format!("{n},Chapel {n},chapel\n"));
        format!("id,name,type\n{}", rows.collect::<String>())
    };
    let path = lists.write("chapels.csv", &list(0..10));
    lists.import(&path, RowsAre::Sites).unwrap();
    let path = lists.write("more.csv", &list(1..4_500));
    let report = lists.import(&path, RowsAre::Sites).unwrap();
    assert_eq!(
        (report.counts.recorded, report.counts.unchanged, report.gone),
        (4_490, 9, 1)
    );
    assert_eq!(report.missing[0].title, "Chapel 0");
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
fn long_outlines_are_recorded_in_small_entries() {
    // Whoever reads the log holds an entry in memory; as many as usual of these would be 16 MB of text.
    let lists = Lists::new();
    let ring = |at: f64| {
        let turn = |n: u32| f64::from(n) / 4000.0 * std::f64::consts::TAU;
        let corner = |n: u32| format!("[{:.7},{:.7}]", at + turn(n).cos(), 40.0 + turn(n).sin());
        let corners: Vec<String> = (0..4000).chain([0]).map(corner).collect();
        corners.join(",")
    };
    let features: Vec<String> = (0..300)
        .map(|n| {
            format!(
                r#"{{"type":"Feature","properties":{{"id":"{n}","name":"Field {n}"}},"geometry":{{"type":"Polygon","coordinates":[[{}]]}}}}"#,
                ring(f64::from(n) / 10.0)
            )
        })
        .collect();
    let text = format!(
        r#"{{"type":"FeatureCollection","features":[{}]}}"#,
        features.join(",")
    );
    let path = lists.write("fields.geojson", &text);
    let report = lists.import(&path, RowsAre::Sites).unwrap();
    assert_eq!(report.counts.recorded, 300);
    let mut imports = lists.all(Kind::Import);
    let import = imports.remove(0);
    let entries = import.body.as_kind::<Import>().unwrap().entries.clone();
    let entries = entries.unwrap();
    assert!(entries.last - entries.first + 1 >= 8, "{entries:?}");
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

/// Day by day: two figures, one of which stands still for a while, and one that is worked out from it.
fn daily(days: &[(&str, u64, u64)]) -> String {
    let rows: Vec<String> = days
        .iter()
        .map(|(day, libraries, museums)| {
            format!(
                r#"{{"report_date": "{day}", "buildings": {{"libraries_destroyed": {libraries}, "est_libraries_destroyed": {libraries}}}, "museums": {{"looted": {museums}}}}}"#
            )
        })
        .collect();
    format!("[{}]", rows.join(","))
}

impl Lists {
    /// Claims of a figure in order of date: number, days, words.
    fn stated(&self, category: Category) -> Vec<(u64, String, Id<Claim>)> {
        let mut found: Vec<(u64, String, Id<Claim>)> = Vec::new();
        for claim in self.all(Kind::Claim) {
            let body = claim.body.as_kind::<Claim>().unwrap();
            let Subject::Aggregate(id) = body.subject else {
                panic!("a claim on a site")
            };
            let aggregate = self.0.registry.get(&self.0.member(), id.any()).unwrap();
            let aggregate = aggregate.body.as_kind::<Aggregate>().unwrap().clone();
            assert_eq!(aggregate.listed.as_ref().unwrap().list, body.source);
            if aggregate.category == category {
                let days = body.stated.as_ref().map(ToString::to_string);
                found.push((
                    aggregate.count.value,
                    days.unwrap_or_default(),
                    claim.id.into(),
                ));
            }
        }
        found.sort_by(|a, b| a.1.cmp(&b.1));
        found
    }

    fn numbers(&self, category: Category) -> Vec<(u64, String)> {
        let stated = self.stated(category);
        stated.into_iter().map(|(n, days, _)| (n, days)).collect()
    }
}

#[test]
fn a_figure_that_stands_still_is_one_statement_and_one_that_changes_is_stated_anew() {
    let lists = Lists::new();
    let days = [
        ("2023-10-07", 5, 1),
        ("2023-10-08", 5, 1),
        ("2023-10-10", 5, 1),
        ("2023-10-11", 9, 1),
    ];
    let path = lists.write("daily.json", &daily(&days));
    // Its rows are no things: said, and nothing recorded.
    let refused = lists
        .import(&path, RowsAre::Claims)
        .unwrap_err()
        .to_string();
    assert!(refused.contains("read its rows as figures"), "{refused}");
    assert!(
        refused.contains("buildings.libraries_destroyed"),
        "{refused}"
    );
    assert_eq!(lists.all(Kind::Source).len(), 0);

    let report = lists.import(&path, RowsAre::Figures).unwrap();
    assert_eq!((report.counts.read, report.counts.recorded), (4, 3));
    assert_eq!(lists.all(Kind::Site).len(), 0);
    assert_eq!(lists.all(Kind::Aggregate).len(), 3);
    let libraries = lists.numbers(Category::Library);
    assert_eq!(
        libraries,
        [
            (5, "2023-10-07/2023-10-10".to_owned()),
            (9, "2023-10-11".to_owned())
        ]
    );
    assert_eq!(
        lists.numbers(Category::Museum),
        [(1, "2023-10-07/2023-10-11".to_owned())]
    );
    let claims = lists.all(Kind::Claim);
    let said: Vec<(&str, Predicate)> = claims
        .iter()
        .map(|c| c.body.as_kind::<Claim>().unwrap())
        .map(|c| (c.words.as_str(), c.predicate))
        .collect();
    assert!(
        said.contains(&("museums.looted: 1", Predicate::Looted)),
        "{said:?}"
    );
    assert!(
        said.contains(&("buildings.libraries_destroyed: 9", Predicate::Destroyed)),
        "{said:?}"
    );
    // The lineage of one tells the other and what changed, and nothing else.
    let claim = lists.stated(Category::Library)[0].2;
    let viewer = Viewer::Public;
    let lineage = lists
        .0
        .registry
        .lineage(&viewer, claim.any(), "en")
        .unwrap();
    assert_eq!(lineage.steps.len(), 2);
    let changes: Vec<String> = lineage.steps[1]
        .changes
        .iter()
        .map(|c| c.in_words())
        .collect();
    assert_eq!(changes, ["quantity: 5 → 9"]);
    let links = lists.all(Kind::Link);
    assert_eq!(links.len(), 1);
    let link = links[0].body.as_kind::<Link>().unwrap();
    assert_eq!(link.kind, LinkKind::Restates);
    assert_eq!(
        (link.to, link.reasons.as_slice()),
        (claim.any(), &["quantity: 5 → 9".to_owned()][..])
    );
}

#[test]
fn figures_are_known_again_and_what_was_stated_once_stays_stated() {
    let lists = Lists::new();
    let first = [
        ("2023-10-07", 5, 1),
        ("2023-10-08", 5, 1),
        ("2023-10-09", 9, 1),
    ];
    let path = lists.write("daily.json", &daily(&first));
    lists.import(&path, RowsAre::Figures).unwrap();
    let again = lists.import(&path, RowsAre::Figures).unwrap();
    assert_eq!(
        (
            again.counts.recorded,
            again.counts.updated,
            again.counts.unchanged,
            again.gone
        ),
        (0, 0, 3, 0)
    );
    // More days: the last number goes on, then changes.
    let more = [&first[..], &[("2023-10-10", 9, 1), ("2023-10-11", 12, 1)]].concat();
    lists.write("daily.json", &daily(&more));
    let report = lists.import(&path, RowsAre::Figures).unwrap();
    assert_eq!(
        (
            report.counts.recorded,
            report.counts.updated,
            report.counts.unchanged
        ),
        (1, 2, 1)
    );
    assert_eq!(report.changes[0].kind, Kind::Claim);
    assert_eq!(
        lists.numbers(Category::Library),
        [
            (5, "2023-10-07/2023-10-08".to_owned()),
            (9, "2023-10-09/2023-10-10".to_owned()),
            (12, "2023-10-11".to_owned())
        ]
    );
    // The list says something else of a day it spoke of before: both stand, and are linked.
    let mut other = more.clone();
    other[1].1 = 6;
    lists.write("daily.json", &daily(&other));
    let report = lists.import(&path, RowsAre::Figures).unwrap();
    assert_eq!((report.counts.recorded, report.gone), (1, 0));
    let numbers = lists.numbers(Category::Library);
    assert!(
        numbers.contains(&(5, "2023-10-07/2023-10-08".to_owned())),
        "{numbers:?}"
    );
    assert!(
        numbers.contains(&(6, "2023-10-08".to_owned())),
        "{numbers:?}"
    );
    // A figure that is not on the list any more is named, and stays.
    let less: Vec<_> = other[..4].to_vec();
    lists.write("daily.json", &daily(&less));
    let report = lists.import(&path, RowsAre::Figures).unwrap();
    assert_eq!((report.counts.recorded, report.gone), (0, 1));
    assert!(
        report.missing[0].title.contains("12"),
        "{:?}",
        report.missing
    );
    assert_eq!(lists.all(Kind::Aggregate).len(), 5);
    assert!(lists.0.registry.verify(&[], &mut |_, _| {}).unwrap().ok);
}

#[test]
fn figures_by_area_are_figures_of_their_areas_and_are_taken_back_as_one_act() {
    let lists = Lists::new();
    let path = lists.write(
        "districts.csv",
        "district,as of,libraries destroyed,museums looted,population\n\
         North,2021-05-04,12,more than 3,400\n\
         South,2021-05-04,about 40,n/a,900\n\
         South,2021-06-01,about 40,2,900\n",
    );
    let mut order = lists.order(&path, RowsAre::Figures);
    order.mapping = Some(
        Mapping::from_toml(
            "counting_rule = \"as of the day\"\n[columns]\ndistrict = \"area district\"\n\"as of\" = \"stated\"\n\"libraries destroyed\" = \"count library destroyed\"\n\"museums looted\" = \"count museum looted\"\n",
        )
        .unwrap(),
    );
    let registry = &lists.0.registry;
    let report = registry
        .import(&lists.0.recorder, &path, &order, &Arc::default())
        .unwrap();
    // North: libraries, museums; South: libraries once for two days, museums.
    assert_eq!(report.counts.recorded, 4);
    assert_eq!(report.unread[0].column, "museums looted");
    assert_eq!(report.unread[0].example, "n/a");
    assert_eq!(lists.all(Kind::Area).len(), 2);
    let loose: Vec<Shown> = lists.all(Kind::Aggregate);
    let words: Vec<String> = loose
        .iter()
        .map(|a| a.body.as_kind::<Aggregate>().unwrap().count.in_words())
        .collect();
    assert!(
        words.contains(&"about 40".to_owned()) && words.contains(&"more than 3".to_owned()),
        "{words:?}"
    );
    assert!(lists.all(Kind::Claim).iter().all(|c| {
        let claim = c.body.as_kind::<Claim>().unwrap();
        claim.scope.areas.len() == 1
            && claim.scope.counting_rule.as_deref() == Some("as of the day")
    }));
    assert_eq!(
        lists.all(Kind::Link).len(),
        0,
        "figures of two areas are no restatement of each other"
    );
    // Without a column that counts there is nothing to read as figures.
    order.mapping = Some(Mapping::from_toml("[columns]\ndistrict = \"area district\"\n").unwrap());
    let refused = registry
        .import(&lists.0.recorder, &path, &order, &Arc::default())
        .unwrap_err();
    assert!(
        refused.to_string().contains("no column holds a figure"),
        "{refused}"
    );
    registry
        .retract_import(&lists.0.recorder, report.import.unwrap(), "the wrong file")
        .unwrap();
    assert_eq!(
        lists.all(Kind::Aggregate).len() + lists.all(Kind::Claim).len(),
        0
    );
}

/// Counts published every day for two years: as many statements as the party made different ones.
#[test]
fn a_daily_list_of_two_years_is_read_as_what_was_stated() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data/damage/gaza-infrastructure-daily-t4p.json");
    if !path.is_file() {
        eprintln!("left out: there is no {}", path.display());
        return;
    }
    let lists = Lists::new();
    let look = lists
        .0
        .registry
        .look_at_list(&path, &lists.order(&path, RowsAre::Figures))
        .unwrap();
    // What is carried forward beside what is stated is asked about, not read.
    let counts: Vec<&str> = look.mapping.counts().collect();
    assert_eq!(
        counts,
        [
            "places_of_worship.churches_destroyed",
            "places_of_worship.mosques_damaged",
            "places_of_worship.mosques_destroyed"
        ]
    );
    assert!(
        look.questions.iter().any(|q| q.contains("count the same")),
        "{:?}",
        look.questions
    );
    let report = lists.import(&path, RowsAre::Figures).unwrap();
    assert_eq!(
        (
            report.counts.read,
            report.counts.recorded,
            report.counts.refused
        ),
        (730, 79, 0)
    );
    let mosques = lists.stated(Category::Mosque);
    let claim = mosques.iter().find(|(n, ..)| *n == 835).unwrap();
    let lineage = lists
        .0
        .registry
        .lineage(&Viewer::Public, claim.2.any(), "en")
        .unwrap();
    assert_eq!(lineage.steps.len(), 45);
    assert!(
        lineage.steps[1..]
            .iter()
            .all(|step| !step.changes.is_empty())
    );
    // Beside its party the figure stands once, as it was stated last.
    let registry = &lists.0.registry;
    let overview = registry.overview(&Viewer::Public, "en").unwrap();
    let largest: Vec<String> = overview.parties[0]
        .largest
        .iter()
        .map(|(claim, _)| claim.body.as_kind::<Claim>().unwrap().words.clone())
        .collect();
    assert_eq!(largest[0], "places_of_worship.mosques_destroyed: 835");
    assert_eq!(
        largest
            .iter()
            .filter(|w| w.contains("mosques_destroyed"))
            .count(),
        1,
        "{largest:?}"
    );
    let party = overview.parties[0].party.id;
    let beside = registry.figures(&Viewer::Public, party).unwrap();
    assert!(beside.len() <= 3, "{} figures", beside.len());
    assert_eq!(
        lists.numbers(Category::Church),
        [(3, "2023-11-10/2025-10-05".to_owned())],
        "88 days of one number are one statement"
    );
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
        ("inventories/eamena-algeria-2022.geojson", 6042, 0),
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
        ("damage/gaza-infrastructure-daily-t4p.json", 79, 0),
    ] {
        let path = shared.join(file);
        let rows_are = match file {
            daily if daily.contains("daily") => RowsAre::Figures,
            damage if damage.starts_with("damage") => RowsAre::Claims,
            _ => RowsAre::Sites,
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
        sites += match rows_are {
            RowsAre::Figures => 0,
            _ => recorded,
        };
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
