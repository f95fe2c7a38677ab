# SPDX-License-Identifier: Apache-2.0
"""P3 and P4: how fast S3's objects come in, against curl on the same URLs, and from an S3 server that answers late."""

import subprocess

import put as uploader
from bench import Group
from record import Bar
from support.fleet import BUILD

LATE_MS = 50
LATE_SERVER = BUILD / "tests" / "bench" / "late_server"


class Objects(Group):
    bars = (
        Bar("P3", "15,000 songs S3 to staging; curl --parallel-max 16 of the same URLs takes so many times as long", ">= 0.8", "curl.run_s", "songs.load_s"),
        Bar("P4.workers", f"the songs from an S3 that answers {LATE_MS} ms late: 1 worker takes so many times as long as 8", ">= 7",
            "late_one.load_s", "late_eight.load_s"),
        Bar("P4.late", f"a million events, one worker: from an S3 at 0 ms; at {LATE_MS} ms", ">= 0.9", "near.load_s", "far.load_s"),
    )

    def prepare(self):
        if "P3" in self.wanted:
            self.urls = self.write_urls()
        if any(name.startswith("P4") for name in self.wanted):
            self.near, self.far = self.start_late_server(0), self.start_late_server(LATE_MS)

    def write_urls(self):
        """A file for curl: the songs' URLs, signed for an hour or more, as S3Proxy asks for."""
        path, s3 = self.bench.folder / "songs.curl", self.corpus.s3
        bucket, prefix = self.corpus.month["SONG_DATA"].removeprefix("s3://").split("/")
        urls = (
            s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": key}, ExpiresIn=86400)
            for key in uploader.list_etags(s3, bucket, prefix)
        )
        path.write_text("".join(f'url = "{url}"\noutput = "/dev/null"\n' for url in urls))
        return path

    def start_late_server(self, ms):
        """The environment of a program that is to use it."""
        port = self.bench.servers.environment["AWS_ENDPOINT_URL_S3"].rsplit(":", 1)[1]
        child = self.open.enter_context(subprocess.Popen([LATE_SERVER, str(ms), port], stdout=subprocess.PIPE, text=True))
        self.open.callback(child.kill)
        return {"AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{child.stdout.readline().strip()}"}

    def load(self, side, locations, workers=2, environment=None):
        with self.bench.fleet() as fleet:
            fleet.tables(**locations)
            self.bench.measure(side, lambda: fleet.run(workers, environment))

    def measure(self, number):
        songs = self.corpus.month | {"LOG_DATA": None}
        if "P3" in self.wanted:
            self.load("songs", songs)
            with self.bench.fleet() as fleet:
                command = ("curl", "--fail", "--silent", "--parallel", "--parallel-max", "16", "--config", self.urls)
                self.bench.measure("curl", lambda: fleet.program(*command))
        if "P4.workers" in self.wanted:
            self.load("late_one", songs, 1, self.far)
            self.load("late_eight", songs, 8, self.far)
        if "P4.late" in self.wanted:
            self.load("near", self.corpus.million, 1, self.near)
            self.load("far", self.corpus.million, 1, self.far)
