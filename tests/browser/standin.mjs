// Stands in for the items of collections while they are not built: made from what /map/hits answers.
export async function standIn(page, url) {
  const answer = await fetch(`${url}/map/hits?kind=site`);
  const { features } = await answer.json();
  await page.route(/\/ogc\/collections\/(\w+)\/items/, async (route) => {
    const at = new URL(route.request().url());
    if (at.pathname.includes('missions')) return route.fulfill({ json: { type: 'FeatureCollection', features: [] } });
    const one = /items\/([^/?]+)/.exec(at.pathname);
    if (one) return route.fulfill({ json: features.find((f) => f.id === one[1]) });
    let kept = features;
    const bbox = at.searchParams.get('bbox')?.split(',').map(Number);
    if (bbox) kept = kept.filter(({ geometry: { coordinates: [x, y] } }) => x >= bbox[0] && y >= bbox[1] && x <= bbox[2] && y <= bbox[3]);
    const status = at.searchParams.get('status')?.split(',');
    if (status) kept = kept.filter((f) => status.includes(f.properties.status ?? 'none'));
    const limit = Number(at.searchParams.get('limit') ?? 10);
    return route.fulfill({ json: { type: 'FeatureCollection', features: kept.slice(0, limit), numberMatched: kept.length, links: [] } });
  });
}
