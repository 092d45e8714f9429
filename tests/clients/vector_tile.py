"""A strict reader of Mapbox Vector Tiles 2.1: says everything about a tile that the specification forbids.

It is ours and small so that it can be strict: decoders of others mend or overlook faults. It is itself held
to the fixtures of the specification's makers (test_tiles.py).
"""

import struct

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
LAYER = {15: VARINT, 1: BYTES, 2: BYTES, 3: BYTES, 4: BYTES, 5: VARINT}
FEATURE = {1: VARINT, 2: BYTES, 3: VARINT, 4: BYTES}
VALUE = {1: BYTES, 2: FIXED32, 3: FIXED64, 4: VARINT, 5: VARINT, 6: VARINT, 7: VARINT}
MOVE_TO, LINE_TO, CLOSE_PATH = 1, 2, 7


class Fault(Exception):
    """What is forbidden, and was found."""


def varint(data, at):
    n = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise Fault("a number is cut off")
        n |= (data[at] & 0x7F) << shift
        shift, at = shift + 7, at + 1
        if not data[at - 1] & 0x80:
            return n, at


def fields(data, known):
    """(number, value) of a message whose fields and their wire types are known."""
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        number, wire = key >> 3, key & 7
        if known.get(number) != wire:
            raise Fault(f"field {number} of wire type {wire}")
        if wire == VARINT:
            value, at = varint(data, at)
        else:
            size, at = {FIXED64: (8, at), FIXED32: (4, at)}.get(wire) or varint(data, at)
            value, at = data[at : at + size], at + size
            if at > len(data):
                raise Fault("a field is cut off")
        yield number, value


def numbers(data):
    at, all_ = 0, []
    while at < len(data):
        n, at = varint(data, at)
        all_.append(n)
    return all_


def tile(data):
    """The layers of a tile; raises Fault at the first thing that is forbidden."""
    layers = [layer(value) for _, value in fields(data, {3: BYTES})]
    names = [l["name"] for l in layers]
    if len(set(names)) != len(names):
        raise Fault("two layers of one name (4.1)")
    return layers


def layer(data):
    found = {"keys": [], "values": [], "features": [], "extent": 4096, "name": None, "version": None}
    raw = []
    for number, value in fields(data, LAYER):
        if number == 15:
            found["version"] = value
        elif number == 1:
            found["name"] = value.decode()
        elif number == 2:
            raw.append(value)
        elif number == 3:
            found["keys"].append(value.decode())
        elif number == 4:
            found["values"].append(value_of(value))
        elif number == 5:
            found["extent"] = value
    if found["version"] not in (1, 2):
        raise Fault("a layer without a version that there is (4.1)")
    if not found["name"]:
        raise Fault("a layer without a name (4.1)")
    found["features"] = [feature(value, found) for value in raw]
    return found


def value_of(data):
    all_ = list(fields(data, VALUE))
    if len(all_) != 1:
        raise Fault("a value that is not one value (4.4)")
    number, value = all_[0]
    if number == 1:
        return value.decode()
    if number in (2, 3):
        return struct.unpack("<f" if number == 2 else "<d", value)[0]
    if number == 4:
        return value - (1 << 64) if value >> 63 else value
    if number == 6:
        return unzigzag(value)
    return bool(value) if number == 7 else value


def feature(data, in_layer):
    tags, kind, geometry = [], None, None
    for number, value in fields(data, FEATURE):
        if number == 2:
            tags = numbers(value)
        elif number == 3:
            kind = value
        elif number == 4:
            if geometry is not None:
                raise Fault("two geometries (4.2)")
            geometry = numbers(value)
    if kind is None or kind not in (0, 1, 2, 3):
        raise Fault("a feature without a type of geometry (4.3.4)")
    if not geometry:
        raise Fault("a feature without a geometry (4.2)")
    if len(tags) % 2:
        raise Fault("tags that are no pairs (4.4)")
    pairs = list(zip(tags[::2], tags[1::2]))
    if any(k >= len(in_layer["keys"]) or v >= len(in_layer["values"]) for k, v in pairs):
        raise Fault("a tag of a key or value that is not there (4.4)")
    if len({k for k, _ in pairs}) != len(pairs):
        raise Fault("a key twice (4.4)")
    properties = {in_layer["keys"][k]: in_layer["values"][v] for k, v in pairs}
    shape = geometry if kind == 0 else {1: points, 2: lines, 3: polygons}[kind](geometry)
    return {"kind": kind, "geometry": shape, "properties": properties}


def unzigzag(n):
    return (n >> 1) ^ -(n & 1)


def commands(geometry):
    """(command, its positions), positions absolute."""
    at, x, y = 0, 0, 0
    while at < len(geometry):
        command, count = geometry[at] & 7, geometry[at] >> 3
        at += 1
        if command == CLOSE_PATH:
            if count != 1:
                raise Fault("ClosePath more or less than once (4.3.3.3)")
            yield command, []
            continue
        if command not in (MOVE_TO, LINE_TO) or count == 0:
            raise Fault("a command that there is not (4.3.1)")
        if at + 2 * count > len(geometry):
            raise Fault("fewer positions than a command says (4.3.2)")
        positions = []
        for _ in range(count):
            x, y = x + unzigzag(geometry[at]), y + unzigzag(geometry[at + 1])
            positions.append((x, y))
            at += 2
        yield command, positions


def points(geometry):
    all_ = list(commands(geometry))
    if len(all_) != 1 or all_[0][0] != MOVE_TO:
        raise Fault("points that are not one MoveTo (4.3.4.2)")
    return all_[0][1]


def parts(geometry, closed):
    """Runs of MoveTo, LineTo and, of rings, ClosePath."""
    all_, i = list(commands(geometry)), 0
    step = 3 if closed else 2
    while i < len(all_):
        run = all_[i : i + step]
        wanted = [MOVE_TO, LINE_TO] + ([CLOSE_PATH] if closed else [])
        if [command for command, _ in run] != wanted or len(run[0][1]) != 1:
            raise Fault("a line or ring that is not drawn as one (4.3.4)")
        path = run[0][1] + run[1][1]
        if any(a == b for a, b in zip(path, path[1:])):
            raise Fault("a position twice in a row (4.3.3.2)")
        if closed and len(path) < 3:
            raise Fault("a ring of less than three positions (4.3.4.4)")
        yield path
        i += step


def lines(geometry):
    return list(parts(geometry, False))


def area(ring):
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, ring[1:] + ring[:1])) / 2


def polygons(geometry):
    all_ = []
    for ring in parts(geometry, True):
        signed = area(ring)
        if signed == 0:
            raise Fault("a ring without area (4.3.4.4)")
        if signed > 0:
            all_.append([ring])
        elif not all_:
            raise Fault("a hole before its polygon (4.3.4.4)")
        else:
            all_[-1].append(ring)
    return all_
