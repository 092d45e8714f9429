//! The two grids tiles are cut by: OGC's WebMercatorQuad and WorldCRS84Quad (OGC 17-083r4, annex D).

use super::EXTENT;
use stele_model::place::Bounds;

/// A grid of tiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Grid {
    /// Squares of the Web Mercator projection, one at zoom 0.
    WebMercatorQuad,
    /// Squares of 180 degrees, two at zoom 0, halved at each zoom.
    WorldCrs84Quad,
}

/// A tile of a grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tile {
    /// The grid.
    pub grid: Grid,
    /// Zoom.
    pub z: u8,
    /// Column, from the antimeridian east.
    pub x: u32,
    /// Row, from the north.
    pub y: u32,
}

/// Northernmost latitude of Web Mercator's square.
const MERCATOR_NORTH: f64 = 85.051_128_779_806_59;

impl Grid {
    /// Every grid.
    pub const ALL: [Grid; 2] = [Grid::WebMercatorQuad, Grid::WorldCrs84Quad];
    /// Furthest zoom that tiles are made for.
    pub const DEEPEST: u8 = 22;

    /// Its name in the registry of OGC.
    pub fn id(self) -> &'static str {
        match self {
            Grid::WebMercatorQuad => "WebMercatorQuad",
            Grid::WorldCrs84Quad => "WorldCRS84Quad",
        }
    }

    /// The grid of this name.
    pub fn from_id(id: &str) -> Option<Self> {
        Grid::ALL.into_iter().find(|grid| grid.id() == id)
    }

    /// Columns and rows at a zoom.
    pub fn size(self, z: u8) -> (u32, u32) {
        let rows = 1u32 << z.min(Grid::DEEPEST);
        match self {
            Grid::WebMercatorQuad => (rows, rows),
            Grid::WorldCrs84Quad => (2 * rows, rows),
        }
    }

    /// The tile, where the grid has it.
    pub fn tile(self, z: u8, x: u32, y: u32) -> Option<Tile> {
        let (columns, rows) = self.size(z);
        let there = z <= Grid::DEEPEST && x < columns && y < rows;
        there.then_some(Tile {
            grid: self,
            z,
            x,
            y,
        })
    }
}

impl Tile {
    /// How often the circle of 360 degrees is halved to the width of the tile.
    pub fn halvings(self) -> u32 {
        match self.grid {
            Grid::WebMercatorQuad => u32::from(self.z),
            Grid::WorldCrs84Quad => u32::from(self.z) + 1,
        }
    }

    /// Where a position in degrees stands in the tile.
    pub fn place(self, lon: f64, lat: f64) -> (f64, f64) {
        let (across, down) = match self.grid {
            Grid::WebMercatorQuad => {
                let lat = lat.clamp(-MERCATOR_NORTH, MERCATOR_NORTH).to_radians();
                let y = lat.tan().asinh() / std::f64::consts::PI;
                ((lon + 180.0) / 360.0, (1.0 - y) / 2.0)
            }
            Grid::WorldCrs84Quad => ((lon + 180.0) / 360.0, (90.0 - lat) / 180.0),
        };
        let (columns, rows) = self.grid.size(self.z);
        let step = |share: f64, tiles: u32, at: u32| {
            (share * f64::from(tiles) - f64::from(at)) * f64::from(EXTENT)
        };
        (step(across, columns, self.x), step(down, rows, self.y))
    }

    /// The degrees that it covers, with as many of its steps around it.
    pub fn bounds(self, margin: i32) -> Bounds {
        let margin = f64::from(margin) / f64::from(EXTENT);
        let (columns, rows) = self.grid.size(self.z);
        let lon = |x: f64| (x / f64::from(columns) * 360.0 - 180.0).clamp(-180.0, 180.0);
        let lat = |y: f64| {
            let share = (y / f64::from(rows)).clamp(0.0, 1.0);
            match self.grid {
                // The poles are drawn at the square's edge, as clients do.
                Grid::WebMercatorQuad if share == 0.0 => 90.0,
                Grid::WebMercatorQuad if share == 1.0 => -90.0,
                Grid::WebMercatorQuad => ((1.0 - 2.0 * share) * std::f64::consts::PI)
                    .sinh()
                    .atan()
                    .to_degrees(),
                Grid::WorldCrs84Quad => 90.0 - share * 180.0,
            }
        };
        let (x, y) = (f64::from(self.x), f64::from(self.y));
        Bounds {
            west: lon(x - margin),
            south: lat(y + 1.0 + margin),
            east: lon(x + 1.0 + margin),
            north: lat(y - margin),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_grid_has_the_tiles_it_has() {
        assert!(Grid::WebMercatorQuad.tile(3, 7, 7).is_some());
        assert!(Grid::WebMercatorQuad.tile(3, 8, 0).is_none());
        assert!(Grid::WorldCrs84Quad.tile(0, 1, 0).is_some());
        assert!(Grid::WorldCrs84Quad.tile(23, 0, 0).is_none());
    }

    proptest! {
        /// What a tile covers stands within it, and in no other.
        #[test]
        fn a_position_stands_in_the_tile_that_covers_it(lon in -179.9..179.9f64, lat in -85.0..85.0f64, z in 0u8..=16, mercator: bool) {
            let grid = if mercator { Grid::WebMercatorQuad } else { Grid::WorldCrs84Quad };
            let (columns, rows) = grid.size(z);
            let whole = Tile { grid, z, x: 0, y: 0 };
            let (x, y) = whole.place(lon, lat);
            let (x, y) = ((x / 4096.0).floor() as u32, (y / 4096.0).floor() as u32);
            prop_assert!(x < columns && y < rows);
            let tile = grid.tile(z, x, y).unwrap();
            let b = tile.bounds(0);
            let slack = 1e-9;
            prop_assert!(b.west <= lon + slack && lon <= b.east + slack && b.south <= lat + slack && lat <= b.north + slack);
        }
    }
}
