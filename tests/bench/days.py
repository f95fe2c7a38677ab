# SPDX-License-Identifier: Apache-2.0
"""P5 and P8: what a day costs in a warehouse that has a million events, against the same day in one that has none."""

import json
import time

from bench import Group, timed
from record import Bar
from support.fleet import Topic, wait_until

STEPS = {
    "day": "a day of 1,000 events",
    "corrected": "a corrected day",
    "undone": "an undone day",
    "late": "100 songs that come late, for 10,000 plays",
}
PUTS = 4  # in a round of P8


def event(bucket, key):
    place = {"bucket": {"name": bucket}, "object": {"key": key}}
    return json.dumps({"Records": [{"eventVersion": "2.1", "eventName": "ObjectCreated:Put", "s3": place}]}).encode()


class Days(Group):
    bars = tuple(
        Bar(f"P5.{step}", f"{work}, in a warehouse of 1,000 days; in an empty one", "<= 2", f"full.{step}_s", f"empty.{step}_s")
        for step, work in STEPS.items()
    ) + (Bar("P8", "seconds from PUT to the row in the star schema, events on, in the warehouse of 1,000 days", "<= 0.5", "put.row_s"),)

    def prepare(self):
        self.full = self.open.enter_context(self.bench.fleet())
        for day in range(self.corpus.scale.days):
            self.full.bucket.put(self.corpus.day_key(day), "\n".join(self.corpus.day(day)).encode())
        self.fill(self.full)
        self.full.warehouse.execute("VACUUM (ANALYZE)")

    def fill(self, fleet):
        """The songs, which no day brings, and what else is in the bucket."""
        fleet.bucket.put("log_json_path.json", self.corpus.paths)
        fleet.bucket.put("song_data/all.json", self.corpus.songs)
        fleet.tables().run()

    def measure(self, number):
        steps = [step for step in STEPS if f"P5.{step}" in self.wanted]
        if not steps:
            return
        with self.bench.fleet() as empty:
            self.fill(empty)
            sides = {"empty": empty, "full": self.full}
            day = self.corpus.scale.days + number
            texts, key = self.corpus.day(day), self.corpus.day_key(day)
            # An undone day has to be there first, and so has a corrected one, whether or not their bars are wanted.
            self.step("day", sides, {key: "\n".join(texts)})
            if "corrected" in steps:
                self.step("corrected", sides, {key: "\n".join(texts[1:]).replace('"level":"free"', '"level":"paid"')})
            if "undone" in steps:
                for side, fleet in sides.items():
                    self.bench.measure(side, lambda fleet=fleet: self.undo(fleet, key))
            if "late" in steps:
                empty.bucket.put("log_data/late.json", self.corpus.late_plays(number))
                empty.run()
                self.step("late", sides, dict(self.corpus.late_songs(number)))
                self.check_late(number, sides)

    def step(self, step, sides, objects):
        for side, fleet in sides.items():
            for key, text in objects.items():
                fleet.bucket.put(key, text.encode())
            self.bench.measure(side, lambda fleet=fleet: self.run_step(step, fleet))

    @staticmethod
    def run_step(step, fleet):
        figures = fleet.run()
        return {f"{step}_{name}_s": figures[f"{name}_s"] for name in ("listed", "wait", "load", "transform")} | {f"{step}_s": figures["run_s"]}

    @staticmethod
    def undo(fleet, key):
        return {"undone_s": timed(lambda: fleet.copyfleet("undo", "--yes", f"s3://{fleet.bucket.name}/{key}"))[1]}

    def check_late(self, number, sides):
        plays = self.corpus.late_plays(number).count(b"\n") + 1
        for side, fleet in sides.items():
            matched = fleet.warehouse.value("SELECT count(*) FROM songplays WHERE song_id LIKE %s", (f"SOLATE{number:03}%",))
            assert matched == plays, f"{matched} plays of {plays} have their late song in the warehouse {side}"

    def finish(self):
        if "P8" not in self.wanted:
            return
        fleet = self.full
        self.bench.servers.start_kafka()
        broker = "COPYFLEET_KAFKA_BOOTSTRAP_SERVERS"
        fleet.environment[broker] = self.bench.servers.environment[broker]
        topic = Topic(self.bench.servers, f"{fleet.bucket.name}.events")
        topic.make()
        fleet.configure("FLEET", PASS_INTERVAL_S=86400)
        fleet.configure("KAFKA", S3_EVENTS_TOPIC=topic.name)
        fleet.worker().wait_for_text("worker.started")
        fleet.start_copyfleet("watch").wait_for_text("pass.done")
        self.put(fleet, topic, 0)  # which waits for connections
        for number in range(1, PUTS * self.bench.runs + 1):
            self.bench.measure("put", lambda number=number: {"row_s": self.put(fleet, topic, number)})

    def put(self, fleet, topic, number):
        """Seconds until a new object's first user is there."""
        user, key = f"user {number}", f"log_data/put-{number:05}.json"
        text = json.dumps(json.loads(self.corpus.events[0]) | {"userId": user, "page": "NextSong"}).encode()
        began = time.monotonic()
        fleet.bucket.put(key, text)
        topic.publish([event(fleet.bucket.name, key)])
        wait_until(lambda: fleet.rows("SELECT FROM users WHERE user_id = %s", (user,)), what=key)
        return time.monotonic() - began
