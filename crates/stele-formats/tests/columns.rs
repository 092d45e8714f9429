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
fn headings_and_places_of_many_scripts_are_read() {
    let here = |text: &str, expected: &[&str], at: [f64; 2]| {
        let read = list(text);
        let found: Vec<String> = read.table.columns.iter().map(|c| read.is(c)).collect();
        assert_eq!(found, expected, "{text}: {:?}", read.questions);
        let (drafts, bad) = read.read();
        assert!(bad.is_empty(), "{text}: {bad:?}");
        let [lon, lat] = point(&drafts[0]);
        let near = (lon - at[0]).abs() < 1e-3 && (lat - at[1]).abs() < 1e-3;
        assert!(near, "{text}: {lon} {lat}");
    };
    here(
        "文物编号,名称,类别,省份,纬度,经度\nB1,大雁塔,塔,陕西,34.2198,108.9594\nB2,兵马俑博物馆,博物馆,陕西,34.3853,109.2786\n",
        &[
            "key",
            "name",
            "category",
            "area region",
            "latitude",
            "longitude",
        ],
        [108.9594, 34.2198],
    );
    here(
        "指定番号,名称,種別,都道府県,座標\nC1,東大寺,寺院,奈良県,北緯34度41分20秒 東経135度50分23秒\nC2,姫路城,城,兵庫県,北緯34度50分22秒 東経134度41分38秒\n",
        &["key", "name", "category", "area region", "coordinates"],
        [135.8397, 34.6889],
    );
    here(
        "관리번호,명칭,종류,위도,경도\nD1,불국사,사찰,35.7898,129.3321\nD2,경복궁,궁궐,37.5788,126.977\n",
        &["key", "name", "category", "latitude", "longitude"],
        [129.3321, 35.7898],
    );
    here(
        "اسم بنا,عرض جغرافیایی,طول جغرافیایی,وضعیت\nمسجد جامع,۳۲٫۶۷۰۲,۵۱٫۶۸۵۰,آسیب دیده\n",
        &["name", "latitude", "longitude", "condition"],
        [51.685, 32.6702],
    );
    here(
        "Назва об'єкта;Широта;Довгота;Стан;Дата події\nМузей;49°59'33\" пн. ш.;36°13'52\" сх. д.;пошкоджено;24.02.2022\n",
        &["name", "latitude", "longitude", "condition", "event"],
        [36.2311, 49.9925],
    );
    here(
        "Anıtın Adı,İl,İlçesi,Enlem,Boylam,Hasar Durumu\nUlu Cami,Hatay,Antakya,36.2025,36.1606,yıkılmış\n",
        &[
            "name",
            "area region",
            "area district",
            "latitude",
            "longitude",
            "condition",
        ],
        [36.1606, 36.2025],
    );
    here(
        "Naziv,Vrsta,Općina,Geografska širina,Geografska dužina,Stanje\nStari most,most,Mostar,43.3373,17.8150,uništen\nKarađoz-begova džamija,džamija,Mostar,43.3408,17.8141,oštećena\n",
        &[
            "name",
            "category",
            "area district",
            "latitude",
            "longitude",
            "condition",
        ],
        [17.815, 43.3373],
    );
}

#[test]
fn a_zone_beside_easting_and_northing_places_each_row() {
    let zoned = list(
        "Name,Zone,Easting,Northing\nMosque,38N,445500,4413200\nChurch,37 N,612000,3200000\nMill,38,445500,4413200\nBath,38N,NaN,4413200\n",
    );
    assert_eq!(zoned.is("Zone"), "utm zone");
    assert!(zoned.questions.is_empty(), "{:?}", zoned.questions);
    // Positions as gdaltransform gives them.
    let (drafts, bad) = zoned.read();
    let [lon, lat] = point(&drafts[0]);
    assert!(
        (lon - 44.3628).abs() < 1e-3 && (lat - 39.8671).abs() < 1e-3,
        "{lon} {lat}"
    );
    let [lon, lat] = point(&drafts[1]);
    assert!(
        (lon - 40.1490).abs() < 1e-3 && (lat - 28.9230).abs() < 1e-3,
        "{lon} {lat}"
    );
    // Without its half of the globe a zone is two places.
    assert_eq!(bad.len(), 2, "{bad:?}");
    assert!(bad[0].reason.contains("38N or 56S"), "{}", bad[0].reason);
    // A zone of another kind is the list's own.
    let other = list("Name,Zone,Lat,Lon\nMosque,buffer,39.1,46.2\n");
    assert_eq!(other.is("Zone"), "own");
}

#[test]
fn degrees_under_a_heading_that_says_nothing_are_taken_where_they_lie_together() {
    let mut text = "Thing,P1,P2\n".to_owned();
    for n in 0..10 {
        text.push_str(&format!("Tower of the {n}th gate,39.76{n}12,46.75{n}31\n"));
    }
    let together = list(&text);
    assert_eq!(
        (together.is("P1"), together.is("P2")),
        ("latitude".into(), "longitude".into())
    );
    assert!(
        together.questions.iter().any(|q| q.contains("\"P1\"")),
        "{:?}",
        together.questions
    );
    // A few points show too little, and shares are no places.
    let few = list("Thing,P1,P2\nTower,39.76012,46.75031\nGate,12.76012,-46.75031\n");
    assert_eq!(few.is("P1"), "own");
    assert!(
        few.questions.iter().any(|q| q.contains("\"P1\"")),
        "{:?}",
        few.questions
    );
    let shares = list("Thing,P1,P2\nTower,0.76012,0.75031\nGate,0.26012,0.35031\n");
    assert!(
        shares.questions.iter().all(|q| !q.contains("\"P1\"")),
        "{:?}",
        shares.questions
    );
    // And numbers with fractions are no keys.
    let numbers = list("A,B\n39.76012,46.75031\n12.76012,-46.75031\n");
    assert_eq!(numbers.is("A"), "own");
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
    assert_eq!(unread, ["books", "built", "status"]);
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
