//! What the columns of lists are taken for, in several languages, and what their rows say.

#![allow(clippy::unwrap_used)]

use std::ops::ControlFlow;
use stele_formats::columns::{Draft, Field, LOOKED_AT, Mapping, each, propose};
use stele_formats::table::{BadRow, Limits, Table};
use stele_model::*;

struct List {
    table: Table,
    mapping: Mapping,
    questions: Vec<String>,
    _folder: tempfile::TempDir,
}

fn list(text: &str) -> List {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("list.csv");
    std::fs::write(&path, text).unwrap();
    let table = Table::open(&path, None, &Limits::default()).unwrap();
    let guess = propose(&table, &table.first(LOOKED_AT).unwrap());
    List {
        table,
        mapping: guess.mapping,
        questions: guess.questions,
        _folder: folder,
    }
}

impl List {
    fn is(&self, column: &str) -> String {
        self.mapping.field(column).to_string()
    }

    fn read(&self) -> (Vec<Draft>, Vec<BadRow>) {
        let (mut drafts, mut bad) = (Vec::new(), Vec::new());
        each(&self.table, &self.mapping, &mut |next| {
            match next {
                Ok(draft) => drafts.push(draft),
                Err(row) => bad.push(row),
            }
            ControlFlow::Continue(())
        })
        .unwrap();
        (drafts, bad)
    }
}

fn point(draft: &Draft) -> [f64; 2] {
    match &draft.location.as_ref().unwrap().geometry {
        Geometry::Point(p) => [p.lon(), p.lat()],
        other => panic!("{other:?}"),
    }
}

#[test]
fn headings_of_several_languages_are_understood() {
    for (text, expected) in [
        (
            "կոդ,անվանում,տեսակ,մարզ,լայնություն,երկայնություն\n7,Սուրբ Աստվածածին եկեղեցի,եկեղեցի,Սյունիք,39.2,46.4\n8,Հին գրադարան,գրադարան,Սյունիք,39.3,46.5\n",
            [
                "key",
                "name",
                "category",
                "area region",
                "latitude",
                "longitude",
            ],
        ),
        (
            "الرمز,اسم الموقع,النوع,المحافظة,خط العرض,خط الطول\nA1,الجامع النوري,جامع,نينوى,36.343,43.126\nA2,كنيسة الساعة,كنيسة,نينوى,36.341,43.127\n",
            [
                "key",
                "name",
                "category",
                "area region",
                "latitude",
                "longitude",
            ],
        ),
        (
            "code;nom du site;catégorie;région;latitude;longitude\nT1;Mosquée Sidi Yahia;mosquée;Tombouctou;16,7725;-3,0078\nT2;Bibliothèque Ahmed Baba;bibliothèque;Tombouctou;16,77;-3,01\n",
            [
                "key",
                "name",
                "category",
                "area region",
                "latitude",
                "longitude",
            ],
        ),
        (
            "Инв. №,Наименование,Вид,Область,Широта,Долгота\n1,Музей истории,музей,Донецкая,48.0,37.8\n2,Часовня,часовня,Донецкая,48.1,37.9\n",
            [
                "own",
                "name",
                "category",
                "area region",
                "latitude",
                "longitude",
            ],
        ),
        (
            "ID,Denominación,Tipo,Provincia,Latitud,Longitud\n1,Iglesia de San Juan,iglesia,Soria,41.7,-2.4\n2,Museo,museo,Soria,41.8,-2.5\n",
            [
                "key",
                "name",
                "category",
                "area region",
                "latitude",
                "longitude",
            ],
        ),
    ] {
        let list = list(text);
        let is: Vec<String> = list.table.columns.iter().map(|c| list.is(c)).collect();
        assert_eq!(is, expected, "{:?}", list.table.columns);
        let (drafts, bad) = list.read();
        assert!(bad.is_empty(), "{bad:?}");
        assert_eq!(drafts.len(), 2);
        assert!(drafts[0].location.is_some());
    }
}

#[test]
fn names_keep_the_language_of_their_column_and_script() {
    let list = list(
        "id,Name (English),Ad (az),Название,Alternative names\n1,Upper Mosque,Yuxarı məscid,Верхняя мечеть,Gövhər Ağa; مسجد گوهر آغا\n2,Old Bath,Köhnə hamam,Старая баня,\n",
    );
    let (drafts, _) = list.read();
    let names: Vec<(&str, &str)> = drafts[0]
        .names
        .iter()
        .map(|n| (n.text.as_str(), n.lang.as_str()))
        .collect();
    assert_eq!(
        names,
        [
            ("Upper Mosque", "en"),
            ("Yuxarı məscid", "az"),
            ("Верхняя мечеть", "und-Cyrl"),
            ("Gövhər Ağa", "az"),
            ("مسجد گوهر آغا", "fa"),
        ]
    );
    assert_eq!(
        drafts[0].category,
        Category::Mosque,
        "a name says what the thing is"
    );
}

#[test]
fn what_a_list_does_not_show_is_asked() {
    let metres = list("name,easting,northing\nA,500000,4427757\nB,500100,4427857\n");
    assert!(
        metres.questions[0].contains("EPSG"),
        "{:?}",
        metres.questions
    );
    let mut with = metres.mapping.clone();
    with.epsg = Some(32638);
    let list38 = List {
        mapping: with,
        ..metres
    };
    let (drafts, _) = list38.read();
    let [lon, lat] = point(&drafts[0]);
    assert!((lon - 45.0).abs() < 1e-6 && (lat - 40.0).abs() < 1e-4);

    let dates = list("name,date destroyed\nA,3/4/2022\nB,5/6/2022\n");
    assert!(
        dates.questions.iter().any(|q| q.contains("third of April")),
        "{:?}",
        dates.questions
    );
    let shown = list("name,date destroyed\nA,3/14/2022\nB,5/6/2022\n");
    assert!(shown.questions.is_empty() && !shown.mapping.day_first);
    let nameless = list("a,b\n1,2\n3,4\n");
    assert!(
        nameless.questions[0].contains("names"),
        "{:?}",
        nameless.questions
    );
}

#[test]
fn rows_with_their_axes_exchanged_are_asked_about_and_mended_when_told() {
    let mut text = String::from("name,lat,lon\n");
    for i in 0..20 {
        text.push_str(&format!(
            "Place {i},{},{}\n",
            39.5 + f64::from(i) / 50.0,
            46.5 + f64::from(i) / 50.0
        ));
    }
    text.push_str("Swapped,46.7,39.7\nFar,10.0,20.0\n");
    let mut list = list(&text);
    let (drafts, bad) = list.read();
    assert_eq!((drafts.len(), bad.len()), (21, 1));
    assert_eq!(bad[0].number, 22);
    assert!(bad[0].reason.contains("look exchanged") && bad[0].reason.contains("mend"));
    list.mapping.swapped = stele_formats::columns::Swapped::Mend;
    let (drafts, _) = list.read();
    let mended = drafts
        .iter()
        .find(|d| d.names[0].text == "Swapped")
        .unwrap();
    assert_eq!(point(mended), [46.7, 39.7]);
    let far = drafts.iter().find(|d| d.names[0].text == "Far").unwrap();
    assert_eq!(
        point(far),
        [20.0, 10.0],
        "what would lie elsewhere either way is taken as it is"
    );
}

#[test]
fn rows_of_one_key_are_one_thing_unless_a_later_one_calls_another_by_it() {
    let mut list = list(
        "id,name,other names,wkt\n1,A,,POINT (46 39)\n1,A,Ay,\"POLYGON ((46 39, 46.1 39, 46.1 39.1, 46 39))\"\n2,B,,POINT (47 39)\n1,Á,Ya,POINT (46 39)\n3,,,POINT (47 40)\n4,D,,\n1,E,,POINT (46 39)\n",
    );
    list.mapping.columns.insert("id".into(), Field::Key);
    let (drafts, bad) = list.read();
    let told: Vec<(u64, usize)> = drafts.iter().map(|d| (d.row, d.names.len())).collect();
    // The thing whose rows stand apart comes when all of them are read.
    assert_eq!(told, [(4, 1), (7, 1), (2, 4)]);
    let apart = &drafts[2];
    assert!(
        matches!(
            apart.location.as_ref().unwrap().geometry,
            Geometry::Polygon(_)
        ),
        "an outline says more than a point"
    );
    assert!(
        apart.fields.iter().any(|f| f.name.contains("geometry")),
        "the point is kept beside it"
    );
    let told: Vec<(u64, bool)> = bad
        .iter()
        .map(|b| (b.number, b.reason.contains("row 2")))
        .collect();
    assert_eq!(told, [(6, false), (8, true)]);
}

#[test]
fn a_list_without_keys_is_known_again_by_what_its_rows_say() {
    let text = "name,district\nLibrary,North\nLibrary,South\nLibrary,North\n";
    let keys = |text: &str| -> Vec<String> {
        let (drafts, _) = list(text).read();
        drafts.into_iter().map(|d| d.key.unwrap()).collect()
    };
    let first = keys(text);
    assert_eq!(first.len(), 3);
    assert_ne!(first[0], first[1]);
    assert_eq!(first[2], format!("{}#2", first[0]));
    // The same rows in another order, with a column more.
    let again = keys("name,remark,district\nLibrary,x,South\nLibrary,y,North\nLibrary,z,North\n");
    let (mut a, mut b) = (first, again);
    a.sort();
    b.sort();
    assert_eq!(a, b);
}

#[test]
fn cells_that_cannot_be_read_stay_as_they_are_written_and_are_told_of() {
    let list = list(
        "name,books,built,status,lat,lon\nA,many,long ago,\"=HYPERLINK(\"\"x\"\")\",39,46\nB,4600000,1900,damaged,39,46\nC,12,ca. 1850,intact,39,NaN\n",
    );
    assert_eq!(list.is("books"), "holding books");
    let (drafts, bad) = list.read();
    assert_eq!(bad.len(), 1, "no number is no place");
    assert_eq!(bad[0].column.as_deref(), Some("lon"));
    let unread: Vec<&str> = drafts[0].unread.iter().map(|(c, _)| c.as_str()).collect();
    assert_eq!(unread, ["books", "built"]);
    let own: Vec<&str> = drafts[0].fields.iter().map(|f| f.value.as_str()).collect();
    assert_eq!(own, ["many", "long ago", "=HYPERLINK(\"x\")"]);
    assert!(
        drafts[0].condition.is_none(),
        "words that say nothing claim nothing"
    );
    assert_eq!(
        drafts[1].condition.as_ref().unwrap().predicate,
        Predicate::Damaged
    );
}

#[test]
fn the_words_of_a_list_can_be_given_their_meaning() {
    let mut list = list("name,type,status\nA,klub,yararsız\nB,dəyirman,yaxşı\n");
    list.mapping
        .words
        .insert("klub".into(), "cultural_centre".into());
    list.mapping
        .words
        .insert("Yararsız".into(), "damaged".into());
    let (drafts, _) = list.read();
    assert_eq!(drafts[0].category, Category::CulturalCentre);
    assert_eq!(
        drafts[0].condition.as_ref().unwrap().predicate,
        Predicate::Damaged
    );
    assert!(drafts[1].condition.is_none());
}

#[test]
fn a_refuge_is_never_on_a_map() {
    let list = list("name,type,lat,lon\nStore of the museum,refuge,39,46\nMuseum,museum,39,46\n");
    let (drafts, _) = list.read();
    assert_eq!(drafts[0].category, Category::Refuge);
    assert_eq!(
        drafts[0].location.as_ref().unwrap().sensitivity,
        Sensitivity::Withheld
    );
    assert_eq!(
        drafts[1].location.as_ref().unwrap().sensitivity,
        Sensitivity::Public
    );
}

#[test]
fn a_word_that_is_no_field_is_told_the_fields() {
    assert_eq!(
        "area district".parse::<Field>().unwrap(),
        Field::Area(AreaKind::District)
    );
    let wrong = "areas district".parse::<Field>().unwrap_err().to_string();
    assert!(wrong.contains("area KIND"), "{wrong}");
}

/// What a file draws is where the thing lies, whatever the format, with a projection of its own or none.
#[test]
fn what_a_file_draws_is_the_place_of_the_thing() {
    let placed = |path: &std::path::Path| {
        let table = Table::open(path, None, &Limits::default()).unwrap();
        let mapping = propose(&table, &table.first(LOOKED_AT).unwrap()).mapping;
        let (mut all, mut placed) = (0, 0);
        each(&table, &mapping, &mut |next| {
            if let Ok(draft) = next {
                all += 1;
                placed += usize::from(draft.location.is_some());
            }
            ControlFlow::Continue(())
        })
        .unwrap();
        (all, placed)
    };
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [
        (
            "point.geojson",
            r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"name":"Mill"},"geometry":{"type":"Point","coordinates":[46.7,39.7]}}]}"#,
        ),
        (
            "area.kml",
            "<kml><Placemark><name>Mill</name><Polygon><outerBoundaryIs><LinearRing><coordinates>46,39 47,39 47,40 46,39</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark></kml>",
        ),
        ("wkt.csv", "name,wkt\nMill,POINT (46.7 39.7)\n"),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        assert_eq!(placed(&path), (1, 1), "{name}");
    }
    let data =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/inventories");
    if !data.is_dir() {
        eprintln!("left out: there is no {}", data.display());
        return;
    }
    for name in [
        "eamena-algeria-2022.geojson",
        "eamena-caravanserais.geojson",
        "eamena-caravanserais.kml",
        "eamena-caravanserais-shp.zip",
        "eamena-waypoints.kmz",
        "southwark-listed-grade-1-epsg27700.zip",
    ] {
        let (all, placed) = placed(&data.join(name));
        assert!(all > 3 && placed == all, "{name}: {placed} of {all}");
    }
}
