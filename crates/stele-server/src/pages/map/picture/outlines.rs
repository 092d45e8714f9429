//! Land, lakes and lines at low resolution: `basemap/outlines.json`, which `web/basemap/build.mjs` makes.

use crate::assets;
use serde::Deserialize;
use std::sync::LazyLock;
use stele_model::place::Bounds;

/// A ring or line.
#[derive(Debug, Deserialize)]
#[serde(from = "Vec<i32>")]
pub(super) struct Line {
    /// Positions in hundredths of a degree.
    points: Vec<(i32, i32)>,
    west: i32,
    south: i32,
    east: i32,
    north: i32,
}

impl From<Vec<i32>> for Line {
    /// From steps, each from the position before.
    fn from(steps: Vec<i32>) -> Self {
        let mut at = (0, 0);
        let points: Vec<(i32, i32)> = steps
            .chunks_exact(2)
            .map(|step| {
                at = (at.0 + step[0], at.1 + step[1]);
                at
            })
            .collect();
        let xs = || points.iter().map(|p| p.0);
        let ys = || points.iter().map(|p| p.1);
        Line {
            west: xs().min().unwrap_or(0),
            south: ys().min().unwrap_or(0),
            east: xs().max().unwrap_or(0),
            north: ys().max().unwrap_or(0),
            points,
        }
    }
}

impl Line {
    /// Longitude and latitude of each position.
    pub fn positions(&self) -> impl Iterator<Item = (f64, f64)> {
        self.points
            .iter()
            .map(|(x, y)| (f64::from(*x) / 100.0, f64::from(*y) / 100.0))
    }

    /// Whether it comes into a box.
    pub fn touches(&self, b: &Bounds) -> bool {
        let at = |n: i32| f64::from(n) / 100.0;
        at(self.west) <= b.east
            && at(self.east) >= b.west
            && at(self.south) <= b.north
            && at(self.north) >= b.south
    }
}

/// All of them.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Outlines {
    /// Rings of land.
    pub land: Vec<Line>,
    /// Rings of lakes.
    pub lakes: Vec<Line>,
    /// Boundary lines.
    pub boundaries: Vec<Line>,
    /// Lines that the data says are disputed.
    pub disputed: Vec<Line>,
}

/// Read once; a picture without land is better than none.
pub(super) static OUTLINES: LazyLock<Outlines> = LazyLock::new(|| {
    let bytes = assets::bytes("basemap/outlines.json").unwrap_or_default();
    serde_json::from_slice(bytes).unwrap_or_else(|error| {
        tracing::error!(%error, "the outlines of the basemap cannot be read");
        Outlines::default()
    })
});
