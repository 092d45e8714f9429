use super::*;
use crate::features::{Span, Value};
use stele_model::date::Day;
use stele_model::{AnyId, Geometry};

fn feature(cells: &[(&str, Value)], at: Option<(f64, f64)>) -> Feature {
    let values = Collection::Sites.columns().iter().map(|column| {
        let cell = cells.iter().find(|(id, _)| *id == column.id);
        cell.map(|(_, value)| value.clone())
    });
    Feature {
        id: AnyId::from_bytes([3; 16]),
        geometry: at.map(|(lon, lat)| Geometry::Point(Position2::new(lon, lat).unwrap())),
        values: values.collect(),
        time: None,
        stamp: String::new(),
    }
}

use stele_model::place::Position2;

fn library() -> Feature {
    let text = |text: &str| Value::Text(text.into());
    let mut feature = feature(
        &[
            ("title", text("Bibliothèque de la Straße\n100%")),
            ("category", text("library")),
            ("grid_m", Value::Whole(10_000)),
            ("claimed_since", Value::Day(Day(18_000))),
            ("recorded", Value::Moment(18_000 * 86_400_000 + 5)),
        ],
        Some((46.75, 39.76)),
    );
    feature.time = Some(Span {
        from: Some(Day(18_532)),
        to: Some(Day(18_576)),
    });
    feature
}

fn filter(text: &str) -> Result<Filter, Unfit> {
    Filter::new(
        Collection::Sites,
        &Expr::from_text(text).unwrap(),
        &Crs::default(),
    )
}

fn holds(text: &str) -> bool {
    filter(text).unwrap().passes(&library())
}

#[test]
fn comparisons_hold_as_cql2_has_them() {
    for yes in [
        "category = 'library'",
        "category <> 'museum'",
        "category IN ('museum', 'library')",
        "category NOT IN ('museum')",
        "grid_m BETWEEN 10000 AND 20000",
        "grid_m NOT BETWEEN 1 AND 2",
        "grid_m / 2 + 1 = 5001",
        "grid_m div 3000 = 3 AND grid_m % 3000 = 1000 AND 10 ^ 4 = grid_m",
        "-grid_m < 0",
        "status IS NULL AND category IS NOT NULL AND geometry IS NOT NULL AND time IS NOT NULL",
        "NOT (category = 'museum' OR status = 'verified') OR category = 'library'",
        "claimed_since = DATE('2019-04-14')",
        "claimed_since < '2019-04-15'",
        "recorded = DATE('2019-04-14')",
        "recorded > TIMESTAMP('2019-04-14T00:00:00Z')",
        "claimed_since IN ('2019-04-14')",
        "recorded >= claimed_since",
        "title LIKE 'Bib%'",
        "title LIKE '%100\\%'",
        "title LIKE '_ib%Stra_e%'",
        "title NOT LIKE 'bib%'",
        "CASEI(title) LIKE CASEI('BIB%STRASSE%')",
        "ACCENTI(title) LIKE '%Bibliotheque%'",
        "CASEI(ACCENTI(title)) LIKE ACCENTI(CASEI('%BIBLIOTHÈQUE%'))",
        "CASEI(category) = CASEI('LIBRARY')",
        "CASEI(category) IN (CASEI('LIBRARY'))",
        "id = '0c1g60r30c1g60r30c1g60r30c' OR TRUE",
        "TRUE",
    ] {
        assert!(holds(yes), "{yes}");
    }
    for no in [
        "category = 'Library'",
        "title LIKE 'Bib'",
        "title LIKE '%\\_ib%'",
        "category LIKE 'librar'",
        "grid_m / 0 = 1",
        "FALSE",
    ] {
        assert!(!holds(no), "{no}");
    }
}

/// What is compared with nothing passes neither as it is nor negated.
#[test]
fn what_is_not_there_is_neither_equal_nor_different() {
    for neither in [
        "status = 'verified'",
        "status <> 'verified'",
        "NOT status = 'verified'",
        "status LIKE '%'",
        "NOT status LIKE '%'",
        "NOT status IN ('verified')",
        "uncertainty_m + 1 > 0",
        "NOT (uncertainty_m BETWEEN 0 AND 1)",
        "verified_since < DATE('2030-01-01')",
        "NOT T_AFTER(verified_since, DATE('2030-01-01'))",
        "CASEI(status) <> 'x'",
        "grid_m / 0 <> 1",
    ] {
        assert!(!holds(neither), "{neither}");
    }
    let nowhere = feature(&[], None);
    for neither in [
        "S_INTERSECTS(geometry, BBOX(-180,-90,180,90))",
        "S_DISJOINT(geometry, BBOX(-180,-90,180,90))",
        "NOT S_INTERSECTS(geometry, BBOX(-180,-90,180,90))",
        "NOT S_DISJOINT(geometry, BBOX(-180,-90,180,90))",
        "T_INTERSECTS(time, INTERVAL('..','..'))",
        "T_DISJOINT(time, INTERVAL('..','..'))",
    ] {
        assert!(!filter(neither).unwrap().passes(&nowhere), "{neither}");
    }
    assert!(
        filter("geometry IS NULL AND time IS NULL")
            .unwrap()
            .passes(&nowhere)
    );
}

#[test]
fn geometries_lie_as_the_relations_say() {
    for yes in [
        "S_INTERSECTS(geometry, BBOX(46,39,47,40))",
        "S_INTERSECTS(BBOX(46,39,47,40), geometry)",
        "S_INTERSECTS(geometry, POINT(46.75 39.76))",
        "S_EQUALS(geometry, POINT(46.75 39.76))",
        "S_WITHIN(geometry, POLYGON((46 39, 47 39, 47 40, 46 40, 46 39)))",
        "S_CONTAINS(POLYGON((46 39, 47 39, 47 40, 46 40, 46 39)), geometry)",
        "S_DISJOINT(geometry, BBOX(0,0,1,1))",
        "S_TOUCHES(geometry, LINESTRING(46.75 39.76, 50 50))",
        "S_INTERSECTS(geometry, BBOX(46.75,39.76,46.75,39.76))",
        "S_INTERSECTS(geometry, BBOX(46.75,39,46.75,40))",
        "NOT S_INTERSECTS(geometry, BBOX(170,39,-170,40))",
        "S_INTERSECTS(geometry, BBOX(40,-90,-170,90))",
        "S_INTERSECTS(geometry, MULTIPOLYGON(((0 0,1 0,1 1,0 0)),((46 39,47 39,47 40,46 40,46 39))))",
        "S_INTERSECTS(geometry, GEOMETRYCOLLECTION(POINT(0 0), LINESTRING(46 39.76, 47 39.76)))",
        "S_EQUALS(geometry, geometry)",
        "S_OVERLAPS(BBOX(0,0,2,2), BBOX(1,1,3,3))",
        "S_CROSSES(LINESTRING(-1 1, 3 1), BBOX(0,0,2,2))",
    ] {
        assert!(holds(yes), "{yes}");
    }
    for no in [
        "S_DISJOINT(geometry, BBOX(46,39,47,40))",
        "S_CONTAINS(geometry, BBOX(46,39,47,40))",
        "S_WITHIN(geometry, BBOX(0,0,1,1))",
        "S_INTERSECTS(geometry, POLYGON((46 39, 47 39, 46 40, 46 39), (46.7 39.1, 46.8 39.1, 46.7 39.2, 46.7 39.1)))",
    ] {
        assert!(!holds(no), "{no}");
    }
}

#[test]
fn geometries_of_a_filter_are_read_in_its_system() {
    let holds = |text: &str, crs: &str| {
        let expr = Expr::from_text(text).unwrap();
        let filter = Filter::new(Collection::Sites, &expr, &Crs::from_uri(crs).unwrap());
        filter.unwrap().passes(&library())
    };
    assert!(holds(
        "S_INTERSECTS(geometry, BBOX(39,46,40,47))",
        "EPSG:4326"
    ));
    assert!(!holds(
        "S_INTERSECTS(geometry, BBOX(46,39,47,40))",
        "EPSG:4326"
    ));
    assert!(holds("S_EQUALS(geometry, POINT(39.76 46.75))", "EPSG:4326"));
    assert!(holds(
        "S_INTERSECTS(geometry, BBOX(5204000,4830000,5205000,4834000))",
        "EPSG:3857"
    ));
    let expr = Expr::from_text("S_INTERSECTS(geometry, POINT(91 0))").unwrap();
    let crs = Crs::from_uri("EPSG:4326").unwrap();
    assert!(Filter::new(Collection::Sites, &expr, &crs).is_err());
}

#[test]
fn times_lie_as_the_relations_say() {
    // The feature holds from 2020-09-27 to 2020-11-10.
    for yes in [
        "T_INTERSECTS(time, INTERVAL('2020-11-10','..'))",
        "T_DURING(time, INTERVAL('2020-01-01','2020-12-31'))",
        "T_CONTAINS(time, DATE('2020-10-10'))",
        "T_AFTER(time, DATE('2020-09-26'))",
        "T_BEFORE(time, TIMESTAMP('2020-11-11T00:00:00Z'))",
        "T_DISJOINT(time, INTERVAL('..','2020-09-26'))",
        "T_EQUALS(time, INTERVAL('2020-09-27','2020-11-10'))",
        "T_MEETS(time, INTERVAL('2020-11-10','2021-01-01'))",
        "T_METBY(time, INTERVAL('2020-01-01','2020-09-27'))",
        "T_OVERLAPS(time, INTERVAL('2020-10-01','2021-01-01'))",
        "T_OVERLAPPEDBY(time, INTERVAL('2020-01-01','2020-10-01'))",
        "T_STARTS(time, INTERVAL('2020-09-27','..'))",
        "T_STARTEDBY(time, INTERVAL('2020-09-27','2020-10-01'))",
        "T_FINISHES(time, INTERVAL('..','2020-11-10'))",
        "T_FINISHEDBY(time, INTERVAL('2020-10-01','2020-11-10'))",
        "T_BEFORE(claimed_since, time)",
        "T_DURING(INTERVAL(claimed_since, recorded), INTERVAL('2019-04-13','2019-04-15'))",
        "T_EQUALS(recorded, DATE('2019-04-14'))",
        "T_INTERSECTS(time, INTERVAL('..','..'))",
    ] {
        assert!(holds(yes), "{yes}");
    }
    for no in [
        "T_AFTER(time, DATE('2020-09-27'))",
        "T_EQUALS(time, INTERVAL('2020-09-27','..'))",
        "T_MEETS(time, INTERVAL('2020-11-11','2021-01-01'))",
    ] {
        assert!(!holds(no), "{no}");
    }
}

#[test]
fn what_does_not_fit_is_named() {
    for (text, part) in [
        (
            "nothing = 1",
            "no property \"nothing\" in sites; there are id, geometry, time, title",
        ),
        ("title = 1", "a text is compared with a number"),
        ("grid_m = 'x'", "a number is compared with a text"),
        ("claimed_since = 'soon'", "a time is compared with a text"),
        ("grid_m LIKE '1%'", "LIKE takes a text, not a number"),
        ("title LIKE names", "pattern that is written out"),
        ("title + 1 = 2", "+ takes numbers, not a text"),
        ("S_INTERSECTS(title, POINT(1 1))", "takes geometries"),
        ("S_INTERSECTS(geometry, title)", "takes geometries"),
        ("S_INTERSECTS(place, POINT(1 1))", "takes geometries"),
        ("geometry = 1", "predicates that begin with S_"),
        ("T_AFTER(title, DATE('2020-01-01'))", "T_AFTER takes a day"),
        (
            "T_AFTER(time, INTERVAL('2020-01-02','2020-01-01'))",
            "ends before it begins",
        ),
        (
            "A_CONTAINS(areas, ('x'))",
            "A_CONTAINS (no property holds an array) is not supported",
        ),
        (
            "buffer(geometry, 1) = 2",
            "the function buffer is not supported",
        ),
        ("avg(grid_m)", "the function avg is not supported"),
        ("title", "a property stands where a condition is expected"),
        (
            "title IN (names)",
            "a property in the list of IN is not supported",
        ),
        (
            "S_INTERSECTS(geometry, POLYGON((0 0, 1 1, 1 0, 0 1, 0 0)))",
            "not valid",
        ),
        (
            "S_INTERSECTS(geometry, BBOX(0,1,1,0))",
            "south north of its north",
        ),
        ("CASEI(grid_m) = 'x'", "CASEI takes a text"),
    ] {
        let problem = filter(text).unwrap_err().to_string();
        assert!(problem.contains(part), "{text}: {problem}");
    }
    let many = vec!["title LIKE '%a%'"; 41].join(" AND ");
    assert_eq!(filter(&many).unwrap_err(), Unfit::Costly);
    assert!(filter(&format!("title LIKE '{}'", "a".repeat(201))).is_err());
    assert!(filter(&format!("title LIKE '{}'", "%_".repeat(100))).is_ok());
}

#[test]
fn a_filter_tells_the_box_and_the_words_that_an_index_may_go_by() {
    let envelope = |text: &str| {
        let b = filter(text).unwrap().envelope();
        b.map(|b| [b.west, b.south, b.east, b.north])
    };
    assert_eq!(
        envelope("S_WITHIN(geometry, BBOX(1,2,3,4)) AND category = 'library'"),
        Some([1.0, 2.0, 3.0, 4.0])
    );
    assert_eq!(
        envelope("S_WITHIN(geometry, BBOX(0,0,3,4)) AND S_INTERSECTS(geometry, BBOX(1,1,9,9))"),
        Some([1.0, 1.0, 3.0, 4.0])
    );
    assert_eq!(
        envelope("S_EQUALS(geometry, POINT(1 1)) OR S_EQUALS(POINT(5 5), geometry)"),
        Some([1.0, 1.0, 5.0, 5.0])
    );
    for none in [
        "S_DISJOINT(geometry, BBOX(1,2,3,4))",
        "NOT S_INTERSECTS(geometry, BBOX(1,2,3,4))",
        "S_INTERSECTS(geometry, BBOX(1,2,3,4)) OR category = 'library'",
        "category = 'library'",
    ] {
        assert_eq!(envelope(none), None, "{none}");
    }
    let words = |text: &str| filter(text).unwrap().words("category");
    assert_eq!(words("category = 'library'"), Some(vec!["library".into()]));
    assert_eq!(
        words("grid_m > 1 AND (category = 'museum' OR category IN ('library','museum'))"),
        Some(vec!["library".into(), "museum".into()])
    );
    for none in [
        "category <> 'library'",
        "NOT category = 'library'",
        "category = 'library' OR grid_m > 1",
        "CASEI(category) = 'library'",
    ] {
        assert_eq!(words(none), None, "{none}");
    }
}

#[test]
fn values_in_an_address_are_read_as_the_column_holds_them() {
    let passes = |name: &str, given: &str| {
        let expr = one_of(Collection::Sites, name, given)?;
        Ok::<_, Unfit>(Filter::new(Collection::Sites, &expr, &Crs::default())?.passes(&library()))
    };
    assert_eq!(passes("category", "museum,library"), Ok(true));
    assert_eq!(passes("category", "museum"), Ok(false));
    assert_eq!(passes("grid_m", "10000"), Ok(true));
    assert_eq!(passes("claimed_since", "2019-04-14"), Ok(true));
    assert_eq!(passes("recorded", "2019-04-14T00:00:00.005Z"), Ok(true));
    assert_eq!(passes("title", "a, b"), Ok(false));
    for (name, given) in [
        ("category", "bank"),
        ("category", "library,"),
        ("grid_m", "1e4"),
        ("claimed_since", "2019"),
    ] {
        assert!(passes(name, given).is_err(), "{name}={given}");
    }
}
