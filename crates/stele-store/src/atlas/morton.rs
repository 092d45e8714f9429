//! Places as one number, so that what lies near each other stands near each other in order.
//!
//! Longitude and latitude are laid on one square of 360 by 360 degrees, cut into 2³² steps each way, and
//! their bits interleaved (Morton, 1966). A node of the quadtree over that square is a range of numbers.

use stele_model::place::Bounds;

/// A place on the curve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(pub u64);

impl Key {
    /// The number of a position in degrees.
    pub fn at(lon: f64, lat: f64) -> Key {
        Key(spread(step(lon)) | (spread(step(lat)) << 1))
    }

    /// The node of this level that holds it: level 0 is the whole square.
    pub fn node(self, level: u32) -> Node {
        let level = level.min(32);
        let first = match level {
            0 => 0,
            _ => self.0 >> (64 - 2 * level) << (64 - 2 * level),
        };
        Node { first, level }
    }
}

fn step(degrees: f64) -> u32 {
    // A float cast saturates; positions are on the globe already.
    ((degrees + 180.0) / 360.0 * 4_294_967_296.0) as u32
}

fn spread(n: u32) -> u64 {
    let mut n = u64::from(n);
    n = (n | n << 16) & 0x0000_ffff_0000_ffff;
    n = (n | n << 8) & 0x00ff_00ff_00ff_00ff;
    n = (n | n << 4) & 0x0f0f_0f0f_0f0f_0f0f;
    n = (n | n << 2) & 0x3333_3333_3333_3333;
    (n | n << 1) & 0x5555_5555_5555_5555
}

fn gather(n: u64) -> u32 {
    let mut n = n & 0x5555_5555_5555_5555;
    n = (n | n >> 1) & 0x3333_3333_3333_3333;
    n = (n | n >> 2) & 0x0f0f_0f0f_0f0f_0f0f;
    n = (n | n >> 4) & 0x00ff_00ff_00ff_00ff;
    n = (n | n >> 8) & 0x0000_ffff_0000_ffff;
    (n | n >> 16) as u32
}

/// A box of degrees, in steps of the square: which keys lie in it, told without leaving whole numbers.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    /// West, south, east and north of whatever may lie in it.
    outer: [u32; 4],
    /// The same of what certainly does.
    inner: [u32; 4],
}

impl Window {
    /// The window of a box whose sides may be so many degrees off.
    pub fn of(b: &Bounds, off: f64) -> Window {
        // Steps do not fall as degrees rise, so what is a step further in lies inside.
        Window {
            outer: [
                step(b.west - off),
                step(b.south - off),
                step(b.east + off),
                step(b.north + off),
            ],
            inner: [
                step(b.west + off).saturating_add(1),
                step(b.south + off).saturating_add(1),
                step(b.east - off).saturating_sub(1),
                step(b.north - off).saturating_sub(1),
            ],
        }
    }

    /// Whether a node reaches into it.
    pub fn touches(&self, node: Node) -> bool {
        let ([west, south, east, north], [w, s, e, n]) = (self.outer, node.steps());
        w <= east && e >= west && s <= north && n >= south
    }

    /// Whether a node lies wholly inside.
    pub fn holds(&self, node: Node) -> bool {
        let ([west, south, east, north], [w, s, e, n]) = (self.inner, node.steps());
        w >= west && e <= east && s >= south && n <= north
    }

    /// The least node that all of these lie in.
    pub fn node_of(windows: &[Window]) -> Node {
        let least = |at: usize| windows.iter().map(|w| w.outer[at]).min().unwrap_or(0);
        let most = |at: usize| windows.iter().map(|w| w.outer[at]).max().unwrap_or(0);
        let first = spread(least(0)) | spread(least(1)) << 1;
        let last = spread(most(2)) | spread(most(3)) << 1;
        Key(first).node((first ^ last).leading_zeros() / 2)
    }
}

/// A square of the quadtree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Node {
    /// First number in it.
    pub first: u64,
    /// How often the whole square was halved.
    pub level: u32,
}

impl Node {
    /// The whole square.
    pub const ROOT: Node = Node { first: 0, level: 0 };

    /// Last number in it.
    pub fn last(self) -> u64 {
        match self.level {
            0 => u64::MAX,
            32.. => self.first,
            level => self.first | (u64::MAX >> (2 * level)),
        }
    }

    /// Its four quarters, in order.
    pub fn quarters(self) -> [Node; 4] {
        let level = self.level + 1;
        let size = 1u64 << (64 - 2 * level.min(32));
        [0, 1, 2, 3].map(|i| Node {
            first: self.first + i * size,
            level,
        })
    }

    /// Its first and last steps: west, south, east, north.
    fn steps(self) -> [u32; 4] {
        let (west, south) = (gather(self.first), gather(self.first >> 1));
        let side = u32::MAX.checked_shr(self.level).unwrap_or(0);
        [west, south, west | side, south | side]
    }

    /// The degrees it covers: what lies in it is no further east or north than this.
    pub fn bounds(self) -> Bounds {
        let side = 360.0 / f64::from(2u32.pow(self.level.min(31)));
        let side = if self.level > 31 { side / 2.0 } else { side };
        let degrees = |n: u32| f64::from(n) / 4_294_967_296.0 * 360.0 - 180.0;
        let (west, south) = (
            degrees(gather(self.first)),
            degrees(gather(self.first >> 1)),
        );
        Bounds {
            west,
            south,
            east: west + side,
            north: south + side,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_node_holds_the_places_its_bounds_hold(lon in -180.0..=180.0f64, lat in -90.0..=90.0f64, level in 0u32..=32) {
            let key = Key::at(lon, lat);
            let node = key.node(level);
            prop_assert!(node.first <= key.0 && key.0 <= node.last());
            let b = node.bounds();
            prop_assert!(b.west <= lon && b.south <= lat);
            // The easternmost meridian is put into the last column.
            prop_assert!(lon <= b.east && lat <= b.north);
            if level < 32 {
                let inner = key.node(level + 1);
                prop_assert!(node.quarters().contains(&inner));
            }
        }

        #[test]
        fn a_window_tells_of_a_place_what_its_box_does(
            (west, south) in (-180.0..=180.0f64, -90.0..=90.0f64), (wide, high) in (0.0..90.0f64, 0.0..90.0f64),
            (lon, lat) in (-180.0..=180.0f64, -90.0..=90.0f64), (on_edge, level) in (0usize..3, 0u32..=32),
        ) {
            let b = Bounds { west, south, east: (west + wide).min(180.0), north: (south + high).min(90.0) };
            let lon = [lon, b.west, b.east][on_edge];
            let window = Window::of(&b, 0.0);
            let (key, holds) = (Key::at(lon, lat), b.holds(lon, lat));
            let place = key.node(32);
            prop_assert!(!holds || window.touches(place));
            prop_assert!(holds || !window.holds(place));
            // What is told of a node holds for every place in it.
            let node = key.node(level);
            prop_assert!(!window.holds(node) || window.holds(place));
            prop_assert!(window.touches(node) || !window.touches(place));
            let all = Window::node_of(&[window]);
            prop_assert!(!holds || key.node(all.level) == all);
        }
    }
}
