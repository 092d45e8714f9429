//! Any text as a filter, as CQL2 text and as CQL2 JSON, checked against the columns of a collection and
//! asked of a feature. Nothing may panic or hang.
#![no_main]

use libfuzzer_sys::fuzz_target;
use stele_formats::cql2::Expr;
use stele_formats::crs::Crs;
use stele_model::place::Position2;
use stele_model::{AnyId, Geometry};
use stele_registry::features::filter::Filter;
use stele_registry::features::{Collection, Feature, Test};

fuzz_target!(|text: &str| {
    for expr in [Expr::from_text(text), Expr::from_json(text)] {
        let Ok(expr) = expr else { continue };
        let Ok(filter) = Filter::new(Collection::Sites, &expr, &Crs::default()) else {
            continue;
        };
        let feature = Feature {
            id: AnyId::from_bytes([0; 16]),
            geometry: Position2::new(46.75, 39.76).ok().map(Geometry::Point),
            values: Collection::Sites.columns().iter().map(|_| None).collect(),
            time: None,
            stamp: String::new(),
        };
        let _ = (filter.passes(&feature), filter.envelope(), filter.words("category"));
    }
});
