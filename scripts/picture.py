#!/usr/bin/env python3
"""Draws how a film was made, from files that --trace wrote: picture.py [--labels A,B,C] server.json client.json… > picture.svg

The upper part shows the film: each piece in the colour of the client that made it. The lower part shows the clients over time: what
each encoded, and when. A client whose file ends before the job was killed; its unfinished leases, which went to others, are hatched."""

import argparse
import html
import json

COLOURS = ["#4c78a8", "#f58518", "#54a24b", "#b279a2", "#e45756", "#72b7b2"]
WIDTH, LEFT, RIGHT, LANE = 900, 110, 20, 26


class Traced:
    """One file: its spans, on the clock of all programs."""

    def __init__(self, path):
        self.events = []
        for line in open(path, encoding="utf-8"):
            line = line.strip().rstrip(",")
            if line not in ("[", "]", ""):
                try:
                    self.events.append(json.loads(line))
                except ValueError:
                    pass  # a kill cut this line short
        meta = {event["name"]: event["args"] for event in self.events if event["ph"] == "M"}
        self.zero = meta["wall_time_of_zero"]["unix_us"]
        self.name = meta["process_name"]["name"]
        self.ended = "end" in meta

    def spans(self, category, *names):
        for event in self.events:
            if event["ph"] == "X" and event["cat"] == category and event["name"] in names:
                begin = self.zero + event["ts"]
                yield begin, begin + event["dur"], event["args"]


def frames(segment):
    start, end = segment.split("..")
    return int(start), int(end)


def rect(x, y, width, height, colour, text):
    shape = f'<rect x="{x:.1f}" y="{y}" width="{max(width, 0.8):.1f}" height="{height}" fill="{colour}" stroke="#fff" stroke-width="0.6">'
    return f"{shape}<title>{html.escape(text)}</title></rect>"


def label(x, y, text, anchor="start"):
    return f'<text x="{x:.1f}" y="{y}" text-anchor="{anchor}">{html.escape(text)}</text>'


class Picture:
    def __init__(self, server, clients, labels):
        [(self.begin, self.end, self.job)] = server.spans("work", "job")
        self.clients, self.parts = clients, []
        self.labels = labels or [client.name.removeprefix("client ") for client in clients]
        checked = {args["lease"] for _, _, args in server.spans("work", "check")}
        pictures = [span for span in server.spans("work", "lease", "benchmark") if span[2].get("track", 0) == 0]
        self.leases = {args["lease"]: (begin, end, args) for begin, end, args in pictures}
        self.kept = [args for _, _, args in self.leases.values() if args["lease"] in checked]
        self.total = max(frames(args["segment"])[1] for args in self.kept)
        # A lease has its client's identity, a client's file has its name: the leases connect the two.
        self.lane_of = {}
        for lane, client in enumerate(clients):
            # Any span serves: a client that was killed early has completed no encode.
            for lease in {event.get("args", {}).get("lease") for event in client.events} & self.leases.keys():
                self.lane_of[self.leases[lease][2]["client"]] = lane
        # The last events of one that was killed may be missing; if it is the only one without a lane, the lane is known.
        strangers = {args["client"] for _, _, args in self.leases.values()} - self.lane_of.keys()
        empty = set(range(len(clients))) - set(self.lane_of.values())
        if len(strangers) == len(empty) == 1:
            self.lane_of[strangers.pop()] = empty.pop()

    def lane(self, args):
        return self.lane_of.get(args["client"], len(COLOURS) - 1)

    def x(self, at):
        return LEFT + (WIDTH - LEFT - RIGHT) * (at - self.begin) / (self.end - self.begin)

    def film(self):
        across = (WIDTH - LEFT - RIGHT) / self.total
        self.parts.append(label(LEFT - 8, 27, "the film", "end"))
        for args in sorted(self.kept, key=lambda args: frames(args["segment"])):
            start, end = frames(args["segment"])
            text = f"frames {start} to {end - 1}: {self.labels[self.lane(args)]}"
            self.parts.append(rect(LEFT + start * across, 10, (end - start) * across, LANE, COLOURS[self.lane(args)], text))

    def lanes(self):
        for lane, client in enumerate(self.clients):
            y = 62 + lane * (LANE + 8)
            self.parts.append(label(LEFT - 8, y + 17, self.labels[lane], "end"))
            done, last = set(), self.begin
            for begin, end, args in client.spans("program", "encode"):
                if args["lease"] in self.leases:
                    text = f"frames {args['segment']}: {(end - begin) / 1e6:.1f} s"
                    self.parts.append(rect(self.x(begin), y, self.x(end) - self.x(begin), LANE, COLOURS[lane], text))
                    done, last = done | {args["lease"]}, max(last, end)
            if not client.ended:
                self.killed(lane, y, done, last)

    def killed(self, lane, y, done, last):
        lost = [span for span in self.leases.values() if self.lane(span[2]) == lane and span[2]["lease"] not in done]
        for begin, end, args in sorted(lost, key=lambda span: span[0])[:1]:
            left = self.x(max(begin, last))
            self.parts.append(rect(left, y, self.x(end) - left, LANE, "url(#lost)", f"frames {args['segment']}: lost, and made by others"))
            self.parts.append(label(self.x(end) + 4, y + 17, "kill -9"))

    def axis(self):
        y, seconds = 62 + len(self.clients) * (LANE + 8) + 12, (self.end - self.begin) / 1e6
        step = next(step for step in (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600) if seconds / step <= 10)
        for second in range(0, int(seconds) + 1, step):
            self.parts.append(label(self.x(self.begin + second * 1e6), y, f"{second} s", "middle"))
        return y + 10

    def svg(self):
        self.film()
        self.lanes()
        height = self.axis()
        style = "text{font:13px sans-serif;fill:#777}"
        hatch = '<pattern id="lost" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        hatch += '<rect width="6" height="6" fill="#bbb"/><rect width="2" height="6" fill="#e45756"/></pattern>'
        head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}">'
        return "\n".join([head, f"<style>{style}</style><defs>{hatch}</defs>", *self.parts, "</svg>"])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--labels", type=lambda text: text.split(","), help="what to call the clients, in the order of their files")
    parser.add_argument("server")
    parser.add_argument("clients", nargs="+")
    asked = parser.parse_args()
    print(Picture(Traced(asked.server), [Traced(path) for path in asked.clients], asked.labels).svg())


main()
