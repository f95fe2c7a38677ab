# SPDX-License-Identifier: Apache-2.0
import golden
from fleet import generate


def test_main_job(fleet, tmp_path):
    fleet.bucket.put_folder(generate(tmp_path / "data", days=3, events=300, songs=60))
    fleet.copyfleet("create-tables")
    fleet.worker()
    done = fleet.copyfleet("run", "--format", "json")
    print(done.stdout, done.stderr)
    assert not golden.differences(golden.compute(fleet.bucket.objects()), golden.read_warehouse(fleet.rows))
    print(fleet.copyfleet("run", "--format", "json"))
