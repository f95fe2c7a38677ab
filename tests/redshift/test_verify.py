# SPDX-License-Identifier: Apache-2.0
"""copyfleet verify holds each dataset's staging table against the ledger, whatever SQL_DIR says."""

import json

from support.expect import DATASET_CHECKS, lines, run
from test_line import odd_tables

DAMAGES = {
    "DELETE FROM things WHERE _ordinal = 1": {"rows_of_tasks"},
    "INSERT INTO things SELECT * FROM things WHERE _ordinal = 1": {"rows_of_tasks", "no_double_row"},
    "INSERT INTO things SELECT id, _object, _run - 1, _ordinal FROM things WHERE _ordinal = 1": {"no_superseded_row"},
    "INSERT INTO things SELECT id, _object + 1000, _run, _ordinal FROM things WHERE _ordinal = 1": {"rows_of_loaded_versions", "no_superseded_row"},
    "INSERT INTO things SELECT * FROM others WHERE _ordinal = 1": {"rows_of_loaded_versions"},
}


def findings(fleet, expect):
    found = json.loads(fleet.copyfleet("verify", "--format", "json", expect=expect).stdout)
    assert list(found) == [f"{name}.{check}" for name in ("d0", "d1") for check in DATASET_CHECKS]
    return {name: rows for name, rows in found.items() if rows}


def test_each_damage_is_named_with_dataset_and_object(redshift):
    folder = odd_tables(redshift, ("things", "others"))
    (folder / "transform" / "20_things.sql").write_text(
        "DELETE FROM things USING touched_objects o WHERE o.dataset = 'd0' AND o.replaces AND things._object = o.object AND things._run < o.visible_run;\n"
    )
    redshift.copyfleet("create-tables")
    redshift.worker()
    run(redshift)
    redshift.bucket.put("d0/1.json", lines({"id": 1}, {"id": 2}, {"id": 3}))
    run(redshift)
    assert redshift.copyfleet("verify").stdout.endswith("10 of 10 checks passed.\n")
    for damage, checks in DAMAGES.items():
        redshift.warehouse.execute("CREATE TABLE kept AS SELECT * FROM things")
        redshift.warehouse.execute(damage)
        found = findings(redshift, 1)
        assert set(found) == {f"d0.{check}" for check in checks}, damage
        key = None if "+ 1000" in damage else "d1/1.json" if "others" in damage else "d0/1.json"
        url = f"s3://{redshift.bucket.name}/{key}" if key else None
        assert {(row["dataset"], row["url"]) for rows in found.values() for row in rows} == {("d0", url)}, damage
        redshift.warehouse.execute("DELETE FROM things")
        redshift.warehouse.execute("INSERT INTO things SELECT * FROM kept")
        redshift.warehouse.execute("DROP TABLE kept")
    assert findings(redshift, 0) == {}
