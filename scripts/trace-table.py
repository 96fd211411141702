#!/usr/bin/env python3
"""Shows what jobs cost, from files that --trace wrote: trace-table.py [--decode S] [--sum] [--list] [--merge OUT] FILE...

For each job: processor and wall seconds of each part, and the number of programs started for it; then how idle each worker was
while there were jobs. Give the files of the server and of all clients. --decode gives the processor seconds for decoding one
second of the source, which separates the lead-in from encoding. --sum prints all jobs as one table, --list each span of the jobs
in order. --merge writes one file for Perfetto, with all programs on one clock."""

import argparse
import bisect
import json
import sys

# The spans of each part. A `work` part has no programs of its own: its processor time is ours.
PARTS = [
    ("encoding", "program", ["encode"]),
    ("sound", "program", ["sound"]),
    ("index", "program", ["index", "list"]),
    ("dry runs", "program", ["dry run", "first frame"]),
    ("checks", "program", ["check", "likeness", "second decode", "audit"]),
    ("join", "program", ["join"]),
    ("proof", "program", ["proof"]),
    ("seam proofs", "program", ["seam proof"]),
    ("device tests", "program", ["device test"]),
    ("other programs", "program", ["other"]),
    ("transfer", "work", ["fetch", "send"]),
    ("hash", "work", ["hash"]),
    ("commit", "work", ["commit"]),
]
BUSY = ("lease", "benchmark")


class Program:
    """One file: its spans in microseconds of wall time, and its own processor time."""

    def __init__(self, path):
        self.events, torn = [], 0
        for line in open(path, encoding="utf-8"):
            line = line.strip().rstrip(",")
            if line in ("[", "]", ""):
                continue
            try:
                self.events.append(json.loads(line))
            except ValueError:
                torn += 1
        meta = {event["name"]: event["args"] for event in self.events if event["ph"] == "M"}
        self.name = meta.get("process_name", {}).get("name", path)
        self.is_client = self.name.startswith("client ")
        self.zero = meta.get("wall_time_of_zero", {}).get("unix_us", 0)
        if torn or "end" not in meta:
            print(f"{path}: {self.name} was killed; what ran then is missing", file=sys.stderr)
        if meta.get("end", {}).get("dropped"):
            print(f"{path}: {meta['end']['dropped']} events were dropped", file=sys.stderr)
        self.spans = [Span(event, self) for event in self.events if event["ph"] == "X"]
        own = [event for event in self.events if event["ph"] == "C" and event["args"]["cpu_s"] is not None]
        self.own = sorted((self.zero + event["ts"], event["args"]["cpu_s"]) for event in own)

    def cpu_at(self, at):
        """The program's own processor seconds until then, interpolated between two notes."""
        after = bisect.bisect(self.own, (at, float("inf")))
        if after == 0 or after == len(self.own):
            return self.own[max(after - 1, 0)][1] if self.own else 0
        (t0, c0), (t1, c1) = self.own[after - 1], self.own[after]
        return c0 + (c1 - c0) * (at - t0) / max(t1 - t0, 1)


class Span:
    def __init__(self, event, program):
        self.name, self.kind, self.about, self.program = event["name"], event["cat"], event["args"], program
        self.begins = program.zero + event["ts"]
        self.ends = self.begins + event["dur"]
        self.job = self.about.get("job")


class Job:
    """The facts about one job, or about no job."""

    def __init__(self, name, spans):
        self.name, self.spans = name, spans
        whole = [span for span in spans if span.name == "job"]
        self.about = whole[0].about if whole else {}
        self.begins = min((span.begins for span in spans), default=0)
        self.ends = max((span.ends for span in whole or spans), default=0)
        self.ours = 0.0


def union(spans, window=(0, float("inf"))):
    """Microseconds of the window that at least one span covers."""
    total, until = 0, 0
    for begins, ends in sorted((max(span.begins, window[0]), min(span.ends, window[1])) for span in spans):
        total += max(0, ends - max(begins, until))
        until = max(until, ends)
    return total


def share_ours(programs, jobs):
    """Divides the programs' own processor time equally among the jobs of the time; returns the rest."""
    rest = 0.0
    marks = sorted({at for job in jobs for at in (job.begins, job.ends)})
    for program in programs:
        rest += program.own[-1][1] if program.own else 0
        for begins, ends in zip(marks, marks[1:]):
            there = [job for job in jobs if job.begins < ends and job.ends > begins]
            used = program.cpu_at(ends) - program.cpu_at(begins)
            for job in there:
                job.ours += used / len(there)
            rest -= used if there else 0
    return rest


def table(title, spans, ours, decode):
    print(title)
    print(f"  {'':18}{'cpu s':>9}{'wall s':>9}{'programs':>10}")
    total, started, unknown = ours or 0, 0, 0
    for part, kind, names in PARTS:
        of_it = [span for span in spans if span.kind == kind and span.name in names]
        if not of_it:
            continue
        cpus = [span.about.get("cpu_s") for span in of_it if kind == "program"]
        cpu = sum(one for one in cpus if one is not None)
        unknown += cpus.count(None)
        lead = sum(min(span.about.get("cpu_s") or 0, decode * span.about.get("lead_in_s", 0)) for span in of_it)
        row(part, cpu - lead if cpus else None, union(of_it), len(cpus))
        if part == "encoding":
            film = sum(span.about.get("lead_in_s", 0) for span in of_it)
            row("lead-in decoding", lead if decode else None, None, 0, f"{film:.1f} s of film" + ("" if decode else ", in encoding"))
        total, started = total + cpu, started + len(cpus)
    row("ours", ours, None, 0)
    row("all", total, union([span for span in spans if span.name == "job"]) or None, started)
    if unknown:
        print(f"  the processor time of {unknown} programs is unknown, and not in these numbers")
    print()


def row(part, cpu, wall, programs, note=""):
    cell = lambda value: "" if value is None else f"{value:.2f}"
    print(f"  {part:18}{cell(cpu):>9}{cell(None if wall is None else wall / 1e6):>9}{programs or '':>10}  {note}".rstrip())


def idle(programs, jobs):
    """The time without work of each worker while there was a job."""
    marks = sorted({at for job in jobs for at in (job.begins, job.ends)})
    windows = [(a, b) for a, b in zip(marks, marks[1:]) if any(job.begins < b and job.ends > a for job in jobs)]
    whole = sum(b - a for a, b in windows)
    for program in programs:
        of_workers = [span for span in program.spans if span.name in ("idle", *BUSY) and program.is_client]
        workers = sorted({span.about["worker"] for span in of_workers})
        for worker in workers:
            of_it = [span for span in program.spans if span.name in BUSY and span.about.get("worker") == worker]
            busy = sum(union(of_it, window) for window in windows)
            if whole:
                print(f"{program.name}, {worker}: idle {1 - busy / whole:.0%} of the {whole / 1e6:.2f} s in which there was a job")


def listed(spans):
    """One line for each span of the jobs, with seconds since the first."""
    spans = sorted((span for span in spans if span.job), key=lambda span: span.begins)
    for span in spans:
        about, cpu = span.about, span.about.get("cpu_s")
        took = f"{(span.begins - spans[0].begins) / 1e6:9.3f}{(span.ends - span.begins) / 1e6:9.3f}"
        words = [span.name, about.get("program", ""), about.get("lease", ""), about.get("segment", ""), "" if cpu is None else f"cpu {cpu:.3f}"]
        print(took, span.job[:8], span.program.name + ":", *filter(None, words))
    print()


def merge(programs, path):
    """All programs on one clock, each with a number of its own."""
    first = min(program.zero for program in programs)
    merged = []
    for number, program in enumerate(programs, 1):
        for event in program.events:
            shift = program.zero - first if event["ph"] != "M" else 0
            merged.append({**event, "ts": event.get("ts", 0) + shift, "pid": number})
    with open(path, "w", encoding="utf-8") as out:
        out.write("[\n" + ",\n".join(map(json.dumps, merged)) + "\n]\n")


def main():
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--decode", type=float, metavar="S", default=0)
    words.add_argument("--sum", action="store_true")
    words.add_argument("--list", action="store_true")
    words.add_argument("--merge", metavar="OUT")
    words.add_argument("files", metavar="FILE", nargs="+")
    told = words.parse_args()
    programs = [Program(path) for path in told.files]
    spans = [span for program in programs for span in program.spans]
    names = sorted({span.job for span in spans if span.job})
    jobs = sorted((Job(name, [span for span in spans if span.job == name]) for name in names), key=lambda job: job.begins)
    rest = share_ours(programs, jobs)
    if not told.sum:
        for job in jobs:
            film, state = job.about.get("film", "of no server's trace"), job.about.get("state", "not ended")
            table(f"job {job.name}: {film}, {state}", job.spans, job.ours, told.decode)
    if len(jobs) > 1:
        of_jobs = [span for job in jobs for span in job.spans]
        table(f"all {len(jobs)} jobs", of_jobs, sum(job.ours for job in jobs), told.decode)
    elif told.sum and jobs:
        table(f"job {jobs[0].name}", jobs[0].spans, jobs[0].ours, told.decode)
    table("of no job", [span for span in spans if not span.job and span.name != "idle"], rest, told.decode)
    idle(programs, jobs)
    if told.list:
        listed(spans)
    if told.merge:
        merge(programs, told.merge)


main()
