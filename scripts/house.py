#!/usr/bin/env python3
"""Measures the shape of the house and its limits: house.py prints a table and fails beyond a limit, house.py --print only prints.

A file counts without its comments and tests. A room is a folder or file at the root of a crate; rooms that use each other form a
circle. An arrow goes up if a room of a layered crate uses a room further down in the list of `lib.rs`, or if a member of a
layered folder uses a member further down in the list of its `mod.rs`."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CRATES = ["common", "server", "client"]
# The limits of each crate. Lower a limit after a repair. Raise one only for code that moves: the reading of settings went
# from the client to common, because the server reads settings too, and so did what both bodies did alike (signals,
# databases, locks, ranges); server and client have nine public items less. Or raise one for a feature's own nouns: places in the
# queue, webhooks, presets and kept requests have added nine and five, and three reads to the catalog's reader; the reasons of
# `explain`, which are on the wire, seven; chosen streams and copied pictures fifteen; films as streams fifty-six, ladders thirty-four, and the jobs that make them fifteen, less six
# that nobody outside names; links to streams one row, and two reads to the reader; subtitles of streams eighteen.
MOST = {
    "rooms at the root": [13, 9, 7],
    "public items": [1029, 139, 16],
    "rooms in circles": [0, 0, 0],
    "files in circles": [0, 0, 0],
    "arrows up": [0, 0, 0],
    "tuples as arguments": [0, 0, 0],
    "functions over 40 lines": [0, 1, 0],
    "files over 250 lines": [0, 0, 0],
    "parameters of a function, p95": [3, 4, 4],
    "methods of one owner": [54, 31, 14],
    "expect for 1,000 lines": [1, 1, 1],
}
# Crates whose `lib.rs` lists its rooms from the ground up, with the folders whose `mod.rs` lists its members likewise.
LAYERED = {
    "common": ["cluster", "cluster/jobs", "cluster/outcomes", "cluster/roster", "cluster/schedule"]
    + ["media", "media/source", "media/plan", "media/command", "media/proof", "media/stream"],
    "server": ["store", "core", "work", "http"],
    "client": ["machine", "terminal", "server", "submit", "encode", "encode/work", "encode/gateway", "cli", "cli/verbs"],
}
TABLE = list(MOST) + ["longest function", "clones for 1,000 lines", "comments for 100 lines", "lines"]


def text_of(path):
    """The file without its tests."""
    return path.read_text().split("#[cfg(test)]\nmod tests {")[0]


def code_of(text):
    """Removes comments and the insides of strings and characters; every line stays where it was."""
    parts = r'//[^\n]*|/\*.*?\*/|r(#*)".*?"\1|b?"(?:\\.|[^"\\])*"|b?\'(?:\\.[^\']*|[^\'\\\n])\''
    blank = lambda found: '""' + "\n" * found.group().count("\n")
    return re.sub(parts, lambda f: "\n" * f.group().count("\n") if f.group().startswith("/") else blank(f), text, flags=re.S)


def end_of(code, at, opens, closes):
    """The place after the bracket that closes the one at `at`."""
    depth = 0
    for n in range(at, len(code)):
        depth += (code[n] == opens) - (code[n] == closes)
        if depth == 0:
            return n + 1
    return len(code)


def arguments(inside):
    """The parts between commas outside all brackets."""
    depth, parts, last = 0, [], 0
    for n, sign in enumerate(inside):
        depth += (sign in "(<[{") - (sign in ")>]}" and inside[n - 1 : n + 1] not in ("->", "=>"))
        if sign == "," and depth == 0:
            parts.append(inside[last:n])
            last = n + 1
    return [part.strip() for part in parts + [inside[last:]] if part.strip()]


def functions(code):
    """Each function with its name, its arguments except `self`, and its lines."""
    for found in re.finditer(r"\bfn (\w+)", code):
        at = found.end()
        if code[at : at + 1] == "<":
            while code[at] != "(":
                at += 1
        close = end_of(code, at, "(", ")")
        body, semicolon = code.find("{", close), code.find(";", close)
        if body < 0 or 0 <= semicolon < body:
            continue
        asked = [part for part in arguments(code[at + 1 : close - 1]) if not re.fullmatch(r"(?:&(?:'\w+ )?)?(?:mut )?self(?:: .*)?", part)]
        yield found.group(1), asked, code[found.start() : end_of(code, body, "{", "}")].count("\n") + 1


def methods(code):
    """The number of functions of each type."""
    for found in re.finditer(r"^impl(?:<[^{]*?>)? (\w+)(?:<[^{]*>)? \{", code, re.M):
        body = code[found.end() : end_of(code, found.end() - 1, "{", "}")]
        yield found.group(1), len(re.findall(r"^    (?:pub(?:\([^)]*\))? )?(?:const |async )*fn ", body, re.M))


def used(code):
    """Rooms that a file uses."""
    rooms = set(re.findall(r"\bcrate::(\w+)", code))
    for group in re.findall(r"\buse crate::\{([^;]*)\};", code):
        rooms |= {part.split(":")[0].strip() for part in arguments(group)}
    return rooms


def in_circles(uses):
    """Rooms that use themselves by way of other rooms."""
    def reach(room):
        seen, todo = set(), list(uses[room])
        while todo:
            other = todo.pop()
            if other not in seen:
                seen.add(other)
                todo += uses[other]
        return seen
    return sorted(room for room in uses if room in reach(room))


def module_of(path):
    """A file's place among the modules of its crate."""
    return tuple(part for part in path.with_suffix("").parts if part not in ("mod", "lib", "main"))


def expanded(tree):
    """Every path of a `use`, whose braces may nest."""
    head, brace, rest = tree.partition("{")
    if not brace:
        return [tree.split(" as ")[0].strip()]
    return [head.strip() + path for part in arguments(rest[: rest.rindex("}")]) for path in expanded(part)]


def paths_used(code, module):
    """The names with `crate::` or `super::` in a file, as places of modules and items."""
    trees = [path for tree in re.findall(r"\buse ([^;]+);", code) for path in expanded(tree)]
    for path in trees + re.findall(r"\b(?:crate|super)(?:::\w+)+", re.sub(r"\buse [^;]+;", "", code)):
        parts = path.split("::")
        ups = sum(part == "super" for part in parts)
        if parts[0] == "crate":
            yield tuple(parts[1:])
        elif ups:
            yield module[: len(module) - ups] + tuple(parts[ups:])


def files_used(codes, source):
    """Each file with the files that it uses. A folder's map does not count, and parents and children belong together."""
    files = {module_of(path.relative_to(source)): path for path in codes if path.stem not in ("mod", "lib", "main")}
    uses = {}
    for module, path in files.items():
        found = set()
        for named in paths_used(codes[path], module):
            ends = [named[:n] for n in range(len(named), 0, -1) if named[:n] in files]
            found |= {end for end in ends[:1] if end[: len(module)] != module and module[: len(end)] != end}
        uses["/".join(module)] = {"/".join(other) for other in found}
    return uses


def listed(path):
    """The names of the list of a `mod.rs`, in order."""
    lines = re.findall(r"^//! - (.*)$", path.read_text(), re.M)
    return [name for line in lines for name in re.findall(r"\[`(\w+)`\]", line)]


def arrows_up(source, folder):
    """Files of a folder that use a member further down than their own in the list of its `mod.rs`."""
    here = source / folder
    if not here.is_dir():
        return []
    place = {name: n for n, name in enumerate(listed(here / "mod.rs"))}
    up = []
    for path in sorted(here.rglob("*.rs")):
        parts = [part for part in path.relative_to(here).with_suffix("").parts if part != "mod"]
        if not parts or parts[0] not in place or is_test(path.relative_to(source)):
            continue
        code = code_of(text_of(path))
        to_here = r"\b(?:crate::" + folder.replace("/", "::") + "::|(?<!::)" + "super::" * len(parts) + r"(?!super))"
        others = set(re.findall(to_here + r"(\w+)", code))
        for group in re.findall(to_here + r"\{([^;]*)\};", code):
            others |= {part.split(":")[0].strip() for part in arguments(group)}
        up += [f"{folder}/{'/'.join(parts)} -> {other}" for other in sorted(others) if place.get(other, -1) > place[parts[0]]]
    return up


def root_arrows_up(source, uses):
    """Rooms that use a room further down."""
    place = {name: n for n, name in enumerate(listed(source / "lib.rs"))}
    return [f"{room} -> {other}" for room in place for other in sorted(uses.get(room, ())) if place.get(other, -1) > place[room]]


def public(code):
    """Items, and functions of types, that other crates may see."""
    return len(re.findall(r"^\s*pub (?:const |async |unsafe )*(?:fn|struct|enum|trait|mod|use|const|static|type) ", code, re.M))


def is_test(path):
    return "tests" in path.parts or path.stem == "tests" or path.stem.endswith("_tests") or path.stem in ("sample", "samples")


def all_arrows_up(source, crate, uses):
    """All arrows up of a layered crate."""
    if crate not in LAYERED:
        return []
    return root_arrows_up(source, uses) + [arrow for folder in LAYERED[crate] for arrow in arrows_up(source, folder)]


def look_at(crate):
    """All numbers of one crate, with their details."""
    source = ROOT / f"ffmpeg-cluster-{crate}" / "src"
    files = [path for path in sorted(source.rglob("*.rs")) if not is_test(path.relative_to(source))]
    texts = {path: text_of(path) for path in files}
    codes = {path: code_of(text) for path, text in texts.items()}
    uses, owners, asked, long, tuples, longest = {}, {}, [], [], [], 0
    for path, code in codes.items():
        room = path.relative_to(source).parts[0].removesuffix(".rs")
        if room not in ("lib", "main"):
            uses.setdefault(room, set()).update(used(code))
        for owner, many in methods(code):
            owners[owner] = owners.get(owner, 0) + many
        for name, parts, lines in functions(code):
            asked.append(len(parts))
            longest = max(longest, lines)
            where = f"{path.relative_to(ROOT)}: {name}"
            long += [f"{where} has {lines} lines"] if lines > 40 else []
            tuples += [where] if any(re.match(r"(?:mut )?\(|\w+: &?\((?!dyn |impl )", part) for part in parts) else []
    uses = {room: {other for other in others if other in uses and other != room} for room, others in uses.items()}
    lines = sum(1 for code in codes.values() for line in code.splitlines() if line.strip())
    comments = sum(line.lstrip().startswith("//") for text in texts.values() for line in text.splitlines())
    each = lambda word: sum(code.count(word) for code in codes.values()) * 1000 / lines
    whole = [str(path.relative_to(ROOT)) for path in files if texts[path].count("\n") > 250]
    return {
        "rooms at the root": sorted(uses),
        "public items": sum(map(public, codes.values())),
        "rooms in circles": in_circles(uses),
        "files in circles": in_circles(files_used(codes, source)),
        "arrows up": all_arrows_up(source, crate, uses),
        "tuples as arguments": tuples,
        "functions over 40 lines": long,
        "parameters of a function, p95": sorted(asked)[len(asked) * 95 // 100],
        "methods of one owner": max(owners.values()),
        "longest function": longest,
        "expect for 1,000 lines": each(".expect("),
        "files over 250 lines": whole,
        "clones for 1,000 lines": each(".clone()"),
        "comments for 100 lines": comments * 100 / (lines + comments),
        "lines": lines,
    }


def number(found):
    return len(found) if isinstance(found, list) else found


def main():
    found = [look_at(crate) for crate in CRATES]
    print(f"{'':32}" + "".join(f"{crate:>9}" for crate in CRATES))
    worse = []
    for what in TABLE:
        print(f"{what:32}" + "".join(f"{round(number(crate[what]), 1):>9g}" for crate in found))
        for crate, of, most in zip(CRATES, found, MOST.get(what, [])):
            if number(of[what]) > most:
                worse.append(f"{crate}: {what}: {number(of[what]):.4g}, at most {most}: {of[what]}")
    print("\n".join(worse))
    sys.exit(bool(worse) and "--print" not in sys.argv)


main()
