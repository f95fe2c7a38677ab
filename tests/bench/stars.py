# SPDX-License-Identifier: Apache-2.0
"""P10, P11, P12: from S3 to the star schema, against DuckDB and plain SQL; the transform alone; and a run with nothing new."""

from pathlib import Path

import packages
from bench import Group
from record import Bar, Skipped

FOLDER = Path(__file__).parent
DUCKDB = ("duckdb==1.5.5", "duckdb-extension-httpfs==1.5.5", "duckdb-extension-postgres-scanner==1.5.5")


def fill_star(fleet, source, star):
    """Plain SQL from the staging tables of one schema to the star schema in another."""
    return fleet.psql("-v", f"source={source}", "-v", f"star={star}", "-f", FOLDER / "star.sql")


class Stars(Group):
    bars = (
        Bar("P10", "the first transform of a million events; plain INSERT … SELECT of the same rows", "<= 0.8", "million.transform_s", "plain.run_s"),
        Bar("P11.bucket", "S3 to star schema, many small objects; DuckDB and plain SQL take so many times as long", ">= 4",
            "bucket_duckdb.run_s", "bucket.run_s"),
        Bar("P11.million", "the same, a million events in 313 objects, and the same songs", ">= 3", "million_duckdb.run_s", "million.run_s"),
        Bar("P12", "seconds of a run with nothing new, beyond its listing, in the bucket of many small objects", "<= 0.2", "nothing.beyond_s"),
    )

    def prepare(self):
        if {"P11.bucket", "P11.million"} & self.wanted:
            try:
                self.duckdb = packages.install(*DUCKDB)
            except Skipped as reason:
                self.skip("P11.bucket", str(reason))
                self.skip("P11.million", str(reason))
        songs = {"SONG_DATA": self.corpus.month["SONG_DATA"]}
        self.million = self.corpus.million | songs if {"P10", "P11.million"} & self.wanted else None

    def measure(self, number):
        if {"P11.bucket", "P12"} & self.wanted:
            with self.bench.fleet() as fleet:
                self.measure_bucket(fleet)
        if {"P10", "P11.million"} & self.wanted:
            with self.bench.fleet() as fleet:
                fleet.tables(**self.million)
                self.bench.measure("million", fleet.run)
                if "P10" in self.wanted:
                    self.bench.measure("plain", lambda: fill_star(fleet, "public", "plain"))
                    self.compare_stars(fleet, "plain")
                if "P11.million" in self.wanted:
                    self.measure_duckdb("million_duckdb", fleet, self.million)

    def measure_bucket(self, fleet):
        fleet.tables(**self.corpus.month)
        self.bench.measure("bucket", fleet.run)
        if "P12" in self.wanted:
            self.bench.measure("nothing", lambda: self.run_for_nothing(fleet))
        if "P11.bucket" in self.wanted:
            self.measure_duckdb("bucket_duckdb", fleet, self.corpus.month)

    @staticmethod
    def run_for_nothing(fleet):
        figures = fleet.run()
        return {"run_s": figures["run_s"], "listed_s": figures["listed_s"], "beyond_s": figures["run_s"] - figures["listed_s"]}

    def measure_duckdb(self, side, fleet, locations):
        """DuckDB fills staging tables of its own, and the same plain SQL makes the star schema of them."""

        def work():
            where = (locations["LOG_DATA"], locations["SONG_DATA"])
            staged = fleet.program("/usr/bin/python3", FOLDER / "duck.py", *where, environment={"PYTHONPATH": self.duckdb})
            star = fill_star(fleet, "duck", "duck_star")
            return {"staging_s": staged["run_s"], "star_s": star["run_s"], "run_s": staged["run_s"] + star["run_s"]}

        self.bench.measure(side, work)
        self.compare_stars(fleet, "duck_star")

    @staticmethod
    def compare_stars(fleet, star):
        """Both sides did the same work: as many rows in each table, and matches in as many plays."""
        for table in ("songplays", "songplays WHERE song_id IS NOT NULL", "users", "songs", "artists", "time"):
            ours, theirs = (fleet.warehouse.value(f"SELECT count(*) FROM {schema}.{table}") for schema in ("public", star))
            assert ours == theirs, f"{star}.{table} has {theirs} rows, not {ours}"
