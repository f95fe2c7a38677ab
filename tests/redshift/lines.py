# SPDX-License-Identifier: Apache-2.0
"""What the tests of Redshift's line begin with."""

import contextlib

from redshift_fleet import RedshiftFleet
from support.fleet import generate


@contextlib.contextmanager
def standing_in(servers, folder, *options):
    """A fleet whose stand-in has these options."""
    fleet = RedshiftFleet(servers, folder, *options)
    try:
        yield fleet
    finally:
        problems = fleet.close()
    assert not problems, problems


def copies(fleet):
    """COPY statements that loaded tasks, as the ledger has them: an attempt each."""
    return fleet.warehouse.value("SELECT COUNT(*) FROM copyfleet.attempts")


def prepare(fleet, workers=1, **options):
    folder = generate(fleet.folder / "data", **({"days": 3, "events": 120, "songs": 20} | options))
    fleet.bucket.put_folder(folder)
    fleet.copyfleet("create-tables")
    for _ in range(workers):
        fleet.worker()
