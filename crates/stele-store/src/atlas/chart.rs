//! Spots in order of place, asked by box: what lies in it, in order, or how many.
//!
//! Things as wide as each other stand together, each in order of the curve at its middle ([`Key`]). A box
//! is asked of each width, widened by it; the quadtree over the order tells which runs lie wholly inside
//! without looking at them. So a page or a count costs what it holds, not what the registry holds.

use super::Spot;
use super::morton::{Key, Node, Window};
use std::collections::HashSet;
use std::ops::{ControlFlow, Range};
use stele_model::AnyId;
use stele_model::place::Bounds;

/// Changed spots kept beside the order before they are taken into it.
const FRESH: usize = 4_096;
/// A run so short that each of it is looked at.
const SHORT: usize = 64;

/// The spots of one kind and sight.
#[derive(Default)]
pub(super) struct Chart {
    /// By width, least first.
    widths: Vec<Width>,
    /// Those that changed since, in no order.
    fresh: Vec<Spot>,
    /// Those that no longer stand as `widths` has them.
    gone: HashSet<AnyId>,
}

/// Spots that are no wider or higher than this.
struct Width {
    degrees: f64,
    spots: Vec<Spot>,
    keys: Keys,
    extremes: Option<Extremes>,
}

/// The number of each spot on the curve once more: a search among numbers alone stays in the processor's
/// cache, one among spots was seen to take a tenth of a page of features.
struct Keys {
    all: Vec<u64>,
    /// Every [`STRIDE`]th of them: where a search begins, for the same reason.
    few: Vec<u64>,
}

const STRIDE: usize = 64;

impl Keys {
    fn of(spots: &[Spot]) -> Keys {
        let all: Vec<u64> = spots.iter().map(|s| s.key.0).collect();
        let few = all.iter().step_by(STRIDE).copied().collect();
        Keys { all, few }
    }

    fn of_run(&self, run: Range<usize>) -> &[u64] {
        self.all.get(run).unwrap_or_default()
    }

    /// First of the range that stands at this number or after it.
    fn begin(&self, range: Range<usize>, key: u64) -> usize {
        let (mut from, mut to) = (range.start, range.end);
        if to.saturating_sub(from) > 2 * STRIDE {
            let (first, last) = (from.div_ceil(STRIDE), to.div_ceil(STRIDE));
            let few = self.few.get(first..last).unwrap_or_default();
            let next = first + few.partition_point(|k| *k < key);
            from = from.max(next.saturating_sub(1) * STRIDE);
            to = to.min(next * STRIDE);
        }
        from + self.of_run(from..to).partition_point(|k| *k < key)
    }

    /// The same where it is likely near the beginning of the range: looks ever further.
    fn near(&self, range: Range<usize>, key: u64) -> usize {
        let mut step = 1;
        while range.start + step < range.end
            && self.all.get(range.start + step).is_some_and(|k| *k < key)
        {
            step *= 2;
        }
        self.begin(
            range.start + step / 2..range.end.min(range.start + step + 1),
            key,
        )
    }
}

impl Width {
    fn new(degrees: f64, spots: Vec<Spot>) -> Self {
        Width {
            degrees,
            keys: Keys::of(&spots),
            extremes: Extremes::of(spots.iter()),
            spots,
        }
    }
}

impl Width {
    /// Those of a run whose middle lies where it is asked for, told by their keys alone: spots are ten
    /// times as many bytes to go through.
    fn near<'a, 'w>(
        &'a self,
        run: Range<usize>,
        (inside, windows): (bool, &'w [Window]),
    ) -> impl Iterator<Item = &'a Spot> + use<'a, 'w> {
        let is_near =
            move |key: u64| inside || windows.iter().any(|w| w.touches(Key(key).node(32)));
        let keys = self.keys.of_run(run.clone()).iter();
        let spots = self.spots.get(run).unwrap_or_default();
        let near = keys.enumerate().filter(move |(_, key)| is_near(**key));
        near.filter_map(|(at, _)| spots.get(at))
    }
}

/// The box around several spots, and which of them reach its four sides.
struct Extremes {
    bounds: Bounds,
    reached_by: [AnyId; 4],
}

impl Extremes {
    fn of<'a>(mut spots: impl Iterator<Item = &'a Spot>) -> Option<Self> {
        let first = spots.next()?;
        let mut all = Extremes {
            bounds: first.bounds,
            reached_by: [first.id; 4],
        };
        for spot in spots {
            let (b, own) = (&mut all.bounds, &spot.bounds);
            let further = [
                own.west < b.west,
                own.south < b.south,
                own.east > b.east,
                own.north > b.north,
            ];
            *b = around(b, own);
            for (id, is_further) in all.reached_by.iter_mut().zip(further) {
                if is_further {
                    *id = spot.id;
                }
            }
        }
        Some(all)
    }
}

/// The box around two.
pub(super) fn around(a: &Bounds, b: &Bounds) -> Bounds {
    Bounds {
        west: a.west.min(b.west),
        south: a.south.min(b.south),
        east: a.east.max(b.east),
        north: a.north.max(b.north),
    }
}

impl Spot {
    fn order(&self) -> (Key, AnyId) {
        (self.key, self.id)
    }

    /// The class of its width: points have none. Each is four times as wide as the one before: every class
    /// is searched, and a box widened by four times too much still is not much wider.
    fn width(&self) -> f64 {
        let b = &self.bounds;
        let widest = (b.east - b.west).max(b.north - b.south);
        match widest > 0.0 {
            true => 4f64.powi((widest.log2() / 2.0).ceil() as i32),
            false => 0.0,
        }
    }

    fn touches(&self, boxes: &[Bounds]) -> bool {
        boxes.iter().any(|b| touch(&self.bounds, b))
    }
}

pub(super) fn touch(a: &Bounds, b: &Bounds) -> bool {
    a.west <= b.east && a.east >= b.west && a.south <= b.north && a.north >= b.south
}

fn holds(outer: &Bounds, inner: &Bounds) -> bool {
    outer.west <= inner.west
        && outer.east >= inner.east
        && outer.south <= inner.south
        && outer.north >= inner.north
}

impl Chart {
    /// Takes up many at once.
    pub fn fill(&mut self, spots: Vec<Spot>) {
        self.fresh.extend(spots);
        self.settle();
    }

    /// Puts a spot where it belongs now.
    pub fn put(&mut self, spot: Spot) {
        self.remove(spot.id);
        self.fresh.push(spot);
    }

    /// Takes a spot away.
    pub fn remove(&mut self, id: AnyId) {
        self.fresh.retain(|s| s.id != id);
        self.gone.insert(id);
    }

    /// Takes what changed into the order, when it has become much; and looks for the extremes anew where
    /// one of them is gone, so that whoever asks for the extent finds it.
    pub fn tidy(&mut self) {
        if self.fresh.len() > FRESH || self.gone.len() > FRESH {
            self.settle();
        }
        let gone = &self.gone;
        for width in &mut self.widths {
            let reached_by = width.extremes.iter().flat_map(|e| e.reached_by);
            if reached_by.into_iter().any(|id| gone.contains(&id)) {
                let standing = width.spots.iter().filter(|s| !gone.contains(&s.id));
                width.extremes = Extremes::of(standing);
            }
        }
    }

    /// The box around every spot, as of when it was last tidied.
    pub fn extent(&self) -> Option<Bounds> {
        let settled = self.widths.iter().filter_map(|w| w.extremes.as_ref());
        let settled = settled.map(|extremes| extremes.bounds);
        let fresh = self.fresh.iter().map(|s| s.bounds);
        settled.chain(fresh).reduce(|a, b| around(&a, &b))
    }

    fn settle(&mut self) {
        let gone = std::mem::take(&mut self.gone);
        if !gone.is_empty() {
            for width in &mut self.widths {
                width.spots.retain(|s| !gone.contains(&s.id));
                *width = Width::new(width.degrees, std::mem::take(&mut width.spots));
            }
        }
        let mut fresh = std::mem::take(&mut self.fresh);
        fresh.sort_unstable_by(|a, b| a.width().total_cmp(&b.width()));
        while let Some(degrees) = fresh.last().map(Spot::width) {
            let from = fresh.partition_point(|s| s.width() < degrees);
            let mut new = fresh.split_off(from);
            new.sort_by_cached_key(Spot::order);
            match self.widths.iter_mut().find(|w| w.degrees == degrees) {
                Some(width) => {
                    let all = merged(std::mem::take(&mut width.spots), new);
                    *width = Width::new(degrees, all);
                }
                None => self.widths.push(Width::new(degrees, new)),
            }
        }
        self.widths.retain(|w| !w.spots.is_empty());
        self.widths.sort_by(|a, b| a.degrees.total_cmp(&b.degrees));
    }

    /// Hands over every spot that touches one of the boxes, in no order.
    pub fn each(&self, boxes: &[Bounds], each: &mut dyn FnMut(&Spot)) {
        for width in &self.widths {
            let asked = widened(boxes, width.degrees);
            let all = 0..width.spots.len();
            runs(&width.keys, &asked, all, &mut |run, inside| {
                for spot in width.near(run, (inside, &asked)) {
                    let is_in = inside && width.degrees == 0.0;
                    if self.stands(spot) && (is_in || spot.touches(boxes)) {
                        each(spot);
                    }
                }
                ControlFlow::Continue(())
            });
        }
        self.fresh
            .iter()
            .filter(|s| s.touches(boxes))
            .for_each(each);
    }

    /// Hands over spots by the node of this level that their middle lies in: all of a node that has any
    /// which touches one of the boxes, also where it reaches out of them. A node comes in several runs.
    pub fn each_node<'a>(
        &'a self,
        boxes: &[Bounds],
        level: u32,
        each: &mut dyn FnMut(Node, &'a [Spot]),
    ) {
        for width in &self.widths {
            let asked = widened(boxes, width.degrees);
            let all = 0..width.spots.len();
            let mut whole = 0;
            runs(&width.keys, &asked, all, &mut |run, _| {
                // A short run may begin or end within a node: take the node whole, once.
                let (Some(first), Some(last)) =
                    (width.spots.get(run.start), width.spots.get(run.end - 1))
                else {
                    return ControlFlow::Continue(());
                };
                let (from, to) = (first.key.node(level), last.key.node(level));
                let from = width.keys.begin(0..run.start + 1, from.first).max(whole);
                let to = match to.last() {
                    u64::MAX => width.spots.len(),
                    last => width.keys.begin(run.end - 1..width.spots.len(), last + 1),
                };
                self.by_node(width, from..to, level, each);
                whole = whole.max(to);
                ControlFlow::Continue(())
            });
        }
        for spot in &self.fresh {
            each(spot.key.node(level), std::slice::from_ref(spot));
        }
    }

    fn by_node<'a>(
        &'a self,
        width: &'a Width,
        mut range: Range<usize>,
        level: u32,
        each: &mut dyn FnMut(Node, &'a [Spot]),
    ) {
        while let Some(first) = width.keys.of_run(range.clone()).first() {
            let node = Key(*first).node(level);
            let to = match node.last() {
                u64::MAX => range.end,
                last => width.keys.near(range.clone(), last + 1),
            };
            let run = width.spots.get(range.start..to).unwrap_or_default();
            match self.gone.is_empty() {
                true => each(node, run),
                false => {
                    let run = run.iter().filter(|s| self.stands(s));
                    run.for_each(|spot| each(node, std::slice::from_ref(spot)));
                }
            }
            range.start = to;
        }
    }

    /// How many touch one of the boxes.
    pub fn count(&self, boxes: &[Bounds]) -> u64 {
        let (sure, unsure) = self.weigh(boxes, usize::MAX);
        sure + unsure.len() as u64
    }

    /// How many certainly stand in one of the boxes, and at most `most` of those that may: cells of a
    /// generalised place that reach out of the boxes, as the place is drawn at their middle.
    pub fn weigh(&self, boxes: &[Bounds], most: usize) -> (u64, Vec<AnyId>) {
        let (mut sure, mut unsure) = (0, Vec::new());
        let mut look = |spot: &Spot| {
            if !spot.touches(boxes) {
                return;
            }
            match spot.grid_m.is_none() || boxes.iter().any(|b| holds(b, &spot.bounds)) {
                true => sure += 1,
                false if unsure.len() < most => unsure.push(spot.id),
                false => {}
            }
        };
        let mut uncounted = 0;
        for width in &self.widths {
            let asked = widened(boxes, width.degrees);
            let all = 0..width.spots.len();
            let is_counted = self.gone.is_empty() && width.degrees == 0.0;
            runs(&width.keys, &asked, all, &mut |run, inside| {
                match (inside, is_counted) {
                    (true, true) => uncounted += run.len() as u64,
                    (false, true) => {
                        for (at, key) in run.clone().zip(width.keys.of_run(run)) {
                            let place = Key(*key).node(32);
                            if asked.iter().any(|w| w.holds(place)) {
                                uncounted += 1;
                            } else if asked.iter().any(|w| w.touches(place)) {
                                width.spots.get(at).into_iter().for_each(&mut look);
                            }
                        }
                    }
                    _ => {
                        let run = width.near(run, (inside, &asked));
                        run.filter(|s| self.stands(s)).for_each(&mut look);
                    }
                }
                ControlFlow::Continue(())
            });
        }
        self.fresh.iter().for_each(&mut look);
        (uncounted + sure, unsure)
    }

    /// The first `limit` that touch one of the boxes and pass, in order of the curve, after a place on it.
    pub fn page(
        &self,
        boxes: &[Bounds],
        after: Option<(Key, AnyId)>,
        limit: usize,
        passes: &dyn Fn(&Spot) -> bool,
    ) -> Vec<(Key, Spot)> {
        let is_after = |s: &Spot| after.is_none_or(|after| s.order() > after);
        let mut found: Vec<&Spot> = Vec::new();
        // The last of the first `limit` of what was found: whatever comes after it is of a later page.
        let mut until = None;
        for width in &self.widths {
            let asked = widened(boxes, width.degrees);
            let from = match after {
                Some(after) => width.spots.partition_point(|s| s.order() <= after),
                None => 0,
            };
            let mut wanted = limit;
            let all = from..width.spots.len();
            runs(&width.keys, &asked, all, &mut |run, inside| {
                for spot in width.near(run, (inside, &asked)) {
                    if until.is_some_and(|until| spot.order() > until) {
                        return ControlFlow::Break(());
                    }
                    if spot.touches(boxes) && self.stands(spot) && passes(spot) {
                        found.push(spot);
                        wanted -= 1;
                        if wanted == 0 {
                            return ControlFlow::Break(());
                        }
                    }
                }
                ControlFlow::Continue(())
            });
            if let Some(last) = limit.checked_sub(1).filter(|last| *last < found.len()) {
                let (_, last, _) = found.select_nth_unstable_by_key(last, |spot| spot.order());
                until = Some(last.order());
            }
        }
        let fresh = self.fresh.iter();
        let fresh = fresh.filter(|s| s.touches(boxes) && is_after(s) && passes(s));
        found.extend(fresh);
        found.sort_unstable_by_key(|spot| spot.order());
        let first = found.into_iter().take(limit);
        first.map(|spot| (spot.key, *spot)).collect()
    }

    fn stands(&self, spot: &Spot) -> bool {
        self.gone.is_empty() || !self.gone.contains(&spot.id)
    }
}

/// Wider by more than positions are rounded by on their way to a middle.
const ROUNDED_DEGREES: f64 = 1e-9;

/// Where the middle of what is no wider than this lies, where it touches a box.
fn widened(boxes: &[Bounds], degrees: f64) -> Vec<Window> {
    let half = degrees / 2.0;
    let wide = boxes.iter().map(|b| Bounds {
        west: b.west - half,
        south: b.south - half,
        east: b.east + half,
        north: b.north + half,
    });
    let off = if degrees > 0.0 { ROUNDED_DEGREES } else { 0.0 };
    wide.map(|b| Window::of(&b, off)).collect()
}

/// Hands over the runs of a range that touch a window, in order, and whether they lie wholly inside of one.
fn runs(
    keys: &Keys,
    windows: &[Window],
    range: Range<usize>,
    each: &mut dyn FnMut(Range<usize>, bool) -> ControlFlow<()>,
) {
    // From the least node that holds the windows: what is above it tells nothing apart.
    let node = Window::node_of(windows);
    let from = keys.begin(range.clone(), node.first);
    let to = match node.last() {
        u64::MAX => range.end,
        last => keys.begin(from..range.end, last + 1),
    };
    let _ = runs_of(keys, windows, node, from..to, each);
}

fn runs_of(
    keys: &Keys,
    windows: &[Window],
    node: Node,
    range: Range<usize>,
    each: &mut dyn FnMut(Range<usize>, bool) -> ControlFlow<()>,
) -> ControlFlow<()> {
    if range.is_empty() || !windows.iter().any(|w| w.touches(node)) {
        return ControlFlow::Continue(());
    }
    if windows.iter().any(|w| w.holds(node)) {
        return each(range, true);
    }
    if range.len() <= SHORT || node.level >= 32 {
        return each(range, false);
    }
    let mut from = range.start;
    for quarter in node.quarters() {
        let to = match quarter.last() {
            last if last == node.last() => range.end,
            last => keys.begin(from..range.end, last + 1),
        };
        runs_of(keys, windows, quarter, from..to, each)?;
        from = to;
    }
    ControlFlow::Continue(())
}

fn merged(a: Vec<Spot>, b: Vec<Spot>) -> Vec<Spot> {
    if a.last().map(Spot::order) <= b.first().map(Spot::order) {
        let mut a = a;
        a.extend(b);
        return a;
    }
    let mut all = Vec::with_capacity(a.len() + b.len());
    let (mut a, mut b) = (a.into_iter().peekable(), b.into_iter().peekable());
    while let (Some(x), Some(y)) = (a.peek(), b.peek()) {
        let next = match x.order() <= y.order() {
            true => a.next(),
            false => b.next(),
        };
        all.extend(next);
    }
    all.extend(a);
    all.extend(b);
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn spot(n: u128, west: f64, south: f64, wide: f64, high: f64) -> Spot {
        let bounds = Bounds {
            west,
            south,
            east: (west + wide).min(180.0),
            north: (south + high).min(90.0),
        };
        // With its key on the curve, what docs/decisions.md says a place costs.
        assert_eq!(size_of::<Spot>(), 80);
        Spot {
            id: AnyId::from_bytes(n.to_be_bytes()),
            key: Key::at(bounds.centre().lon(), bounds.centre().lat()),
            bounds,
            since: [super::super::NEVER; 3],
            grid_m: None,
            row: None,
            category: 0,
            status: 0,
        }
    }

    /// Positions that often share an edge with the boxes asked.
    fn degrees(least: i32, most: i32) -> impl Strategy<Value = f64> {
        prop_oneof![
            (least..=most).prop_map(f64::from),
            f64::from(least)..f64::from(most)
        ]
    }

    prop_compose! {
        fn spots()(all in proptest::collection::vec(
            (0u128..60, degrees(-180, 180), degrees(-90, 90), prop_oneof![Just(0.0), 0.0..40.0f64], prop_oneof![Just(0.0), 0.0..40.0f64]), 1..120)) -> Vec<Spot> {
            all.into_iter().map(|(n, w, s, wide, high)| spot(n, w, s, wide, high)).collect()
        }
    }

    proptest! {
        /// Whatever was put and removed in whatever order, a box is answered as by looking at each.
        #[test]
        fn a_box_is_answered_as_by_looking_at_each(
            first in spots(), then in spots(), removed in proptest::collection::vec(0u128..60, 0..20),
            settle in any::<bool>(), (w, s) in (degrees(-180, 180), degrees(-90, 90)), (wide, high) in (0.0..200.0f64, 0.0..100.0f64), limit in 1usize..20,
        ) {
            let mut kept: BTreeMap<AnyId, Spot> = BTreeMap::new();
            let mut chart = Chart::default();
            kept.extend(first.into_iter().map(|s| (s.id, s)));
            chart.fill(kept.values().copied().collect());
            for spot in then {
                kept.insert(spot.id, spot);
                chart.put(spot);
            }
            for n in removed {
                let id = AnyId::from_bytes(n.to_be_bytes());
                kept.remove(&id);
                chart.remove(id);
            }
            if settle {
                chart.settle();
            }
            chart.tidy();
            let boxes = kept.values().map(|s| s.bounds);
            prop_assert_eq!(chart.extent(), boxes.reduce(|a, b| around(&a, &b)));
            let b = Bounds { west: w, south: s, east: (w + wide).min(180.0), north: (s + high).min(90.0) };
            let mut expected: Vec<(Key, AnyId)> = kept.values().filter(|s| s.touches(&[b])).map(Spot::order).collect();
            expected.sort_unstable();
            prop_assert_eq!(chart.count(&[b]), expected.len() as u64);
            let mut each = Vec::new();
            chart.each(&[b], &mut |s| each.push(s.order()));
            each.sort_unstable();
            prop_assert_eq!(&each, &expected);
            // Page by page, nothing twice and nothing left out.
            let (mut paged, mut after) = (Vec::new(), None);
            loop {
                let page = chart.page(&[b], after, limit, &|_| true);
                paged.extend(page.iter().map(|(_, s)| s.order()));
                if page.len() < limit { break; }
                after = page.last().map(|(key, s)| (*key, s.id));
            }
            prop_assert_eq!(&paged, &expected);
            // By node: each once, and all of a node that has any in the box.
            let mut by_node = Vec::new();
            chart.each_node(&[b], 6, &mut |node, run| by_node.extend(run.iter().map(|s| (node, s.order()))));
            let mut seen: Vec<_> = by_node.iter().map(|(_, order)| *order).collect();
            let all = seen.len();
            seen.sort_unstable();
            seen.dedup();
            prop_assert_eq!(seen.len(), all);
            for order in expected {
                let node = order.0.node(6);
                for of_node in kept.values().map(Spot::order).filter(|o| o.0.node(6) == node) {
                    prop_assert!(by_node.contains(&(node, of_node)));
                }
            }
        }
    }
}
