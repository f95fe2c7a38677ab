# SPDX-License-Identifier: Apache-2.0
"""What is published first, of more tasks than a round publishes (1000)."""

import json
import signal

import pytest
from support.by_hand import put_day
from support.fleet import wait_until

OLD_TASKS = 3000


def refused_tasks(fleet, dataset, runs=1):
    """Old runs of tasks that no worker can begin, all of them due."""
    fleet.warehouse.execute(
        "INSERT INTO copyfleet.runs (run) SELECT i FROM generate_series(1, %(runs)s) i;"
        "INSERT INTO copyfleet.tasks (run, task, dataset, partition, objects, bytes, is_refused, reason, dispatches) "
        "SELECT 1 + i %% %(runs)s, i, %(dataset)s, '-', 1, 1, true, 'no worker can begin it', 9 FROM generate_series(1, %(tasks)s) i",
        {"runs": runs, "dataset": dataset, "tasks": OLD_TASKS},
    )


@pytest.mark.parametrize("dataset, runs", [("elsewhere", 1), ("events", 1), ("events", 1500)])
def test_a_new_run_is_published_before_what_was_refused(idle, dataset, runs):
    """Of another dataset or of the same, in one old run or in many; and a run that begins gives them another try."""
    idle.configure("KAFKA", TASK_PARTITIONS=1)
    idle.configure("dataset events", PARTITION="'(-..)-events'")  # a task each
    refused_tasks(idle, dataset, runs)
    for day in range(1, 9):
        put_day(idle, day, str(day))
    process = idle.start_copyfleet("run")
    process.expect(130).wait_for_text("objects? (is|are) new")
    wait_until(lambda: idle.warehouse.value("SELECT bool_or(dispatches > 0) FROM copyfleet.tasks WHERE run > %s", [runs]), what="a task is published")
    process.signal(signal.SIGINT)
    process.wait()
    first = [json.loads(message)["run"] for message in idle.tasks.messages()[:8]]
    assert first == [runs + 1] * 8
