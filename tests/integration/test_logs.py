# SPDX-License-Identifier: Apache-2.0
"""Logs: both formats, levels, what docs/events.md says of the events, and the story of a task under its id."""

import json
import re

import pytest
from support import event_calls
from support.by_hand import plan_only
from support.expect import PLAY, day_key, lines, put_paths, run, song_key, start_run
from support.failures import empty_tables, worker_behind
from support.fleet import REPOSITORY, wait_until

FORMATS = ["logfmt", "json"]
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
# A key, '=', and a text that is bare or a JSON string.
PAIR = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*"|[^\s"=\\]+)(?: |$)')


def read_logfmt(line):
    pairs, at = {}, 0
    while at < len(line):
        found = PAIR.match(line, at)
        assert found, f"no logfmt from {line[at:]!r} on"
        key, value = found.groups()
        assert key not in pairs, f"{key} twice in {line!r}"
        pairs[key] = json.loads(value) if value.startswith('"') else int(value) if re.fullmatch(r"-?\d+", value) else value
        at = found.end()
    return pairs


def read_json(line):
    def unique(pairs):
        assert len(dict(pairs)) == len(pairs), f"a key twice in {line!r}"
        return dict(pairs)

    return json.loads(line, object_pairs_hook=unique)


def read_log(text, form):
    """Its events; every line is one."""
    if isinstance(text, bytes):
        text = text.decode()  # valid UTF-8
    events = [(read_json if form == "json" else read_logfmt)(line) for line in text.splitlines()]
    for event in events:
        assert list(event)[:3] == ["time", "level", "event"] and re.fullmatch(TIME, event["time"]), event
    return events


def log_of(process, form):
    return read_log(process.log.read_bytes(), form)


def story(task, *logs):
    """What they say under the task's id, in order of time."""
    return sorted((event for log in logs for event in log if event.get("task") == task), key=lambda event: event["time"])


def names(events):
    return [event["event"] for event in events]


# --- the page ------------------------------------------------------------------------------------------------------------


def test_the_page_and_the_source_agree():
    """Every event of the source stands on the page with its levels, programs and fields, and no other does."""
    called, documented = event_calls.calls(), event_calls.documented()
    assert len(called) > 40
    assert sorted(called) == sorted(documented)
    for name, event in called.items():
        assert documented[name] == event, name


# --- the formats ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["option", "key"])
@pytest.mark.parametrize("form", FORMATS)
def test_every_line_is_an_event(hasty, form, by):
    """Of a worker and a watch that find, load, transform, and read their configuration again."""
    option = ["--log-format", form] if by == "option" else []
    hasty.configure("FLEET", LOG_FORMAT=form if by == "key" else "json" if form == "logfmt" else "logfmt", LOG_LEVEL="debug")
    hasty.bucket.put(day_key(1), lines(PLAY))
    worker = hasty.worker(*option)
    watch = hasty.start_copyfleet(*option, "watch")
    watch.wait_for_text("transform.done")
    watch.signal(1)
    watch.wait_for_text("config.read")
    assert watch.terminate() == 0 and worker.terminate() == 0
    worker_log, watch_log = log_of(worker, form), log_of(watch, form)
    assert {"worker.started", "task.begun", "task.loaded", "worker.stopped"} <= set(names(worker_log))
    assert {"watch.started", "pass.done", "task.dispatched", "report.heard", "config.read"} <= set(names(watch_log))
    (done,) = [event for event in watch_log if event["event"] == "transform.done"]
    assert (done["runs"], done["first_run"], done["last_run"]) == (1, 1, 1)
    (loaded,) = [event for event in worker_log if event["event"] == "task.loaded"]
    assert (loaded["task"], loaded["dataset"], loaded["rows"], loaded["attempt"]) == ("1/1", "events", 1, 1)
    assert re.fullmatch(r".+:\d+-[0-9a-f]{8}/\d+", loaded["worker"])
    known = event_calls.documented()
    for event in worker_log + watch_log:
        assert event["level"] in known[event["event"]][0]


def test_workers_of_a_run_inherit_the_format(hasty):
    """After the command, as before it."""
    hasty.configure("FLEET", ATTEMPTS_MAX=1)
    hasty.bucket.put(day_key(1), lines(PLAY) + b"\nno JSON")
    done = hasty.copyfleet("run", "--workers", "1", "--log-format", "json", "--log-level", "info", expect=1)
    said = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
    assert {"worker.started", "object.failed", "worker.stopped"} <= set(names(said))
    assert "event=" not in done.stderr


@pytest.mark.parametrize("program", ["copyfleet", "copyfleet-worker"])
@pytest.mark.parametrize("option", ["--log-format", "--log-level"])
def test_a_wrong_option(fleet, program, option):
    process = fleet.start(program, option, "loud", *(["watch"] if program == "copyfleet" else [])).expect(2)
    assert process.wait() == 2
    assert f"{option} is" in process.text and "'loud'" in process.text


def test_the_level(hasty):
    hasty.bucket.put(day_key(1), lines(PLAY))
    worker = hasty.worker("--log-level", "warning")
    run(hasty)
    assert worker.terminate() == 0
    assert worker.text == ""


# --- a task's story ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMATS)
def test_the_story_of_a_task(fleet, faults, form):
    """A service that fails, then a bad row among two good objects, a dead letter, a held run, and a person who skips it."""
    empty_tables(fleet, LOG_LEVEL="debug", LOG_FORMAT=form, DISPATCH_REPEAT_MS=300, PASS_INTERVAL_S=600)
    faults.answer(500, "InternalError", key="events.json.bad", times=6)
    fleet.bucket.put(day_key(1), lines(PLAY))
    fleet.bucket.put(day_key(1) + ".bad", lines(PLAY, PLAY | {"ts": "never"}))
    worker = worker_behind(fleet, faults)
    watch = fleet.start_copyfleet("watch")
    watch.wait_for_text("hold.placed")
    fleet.copyfleet("skip", "1/2")
    watch.wait_for_text("hold.lifted")
    assert watch.terminate() == 0 and worker.terminate() == 0
    logs = log_of(worker, form), log_of(watch, form)

    whole = story("1/1", *logs)
    assert [name for name in names(whole) if name not in ("task.dispatched", "task.passed_over", "report.heard")] == [
        "task.begun", "attempt.failed", "task.begun", "dead_letter.sent", "object.failed", "task.begun", "task.loaded",
    ]
    assert {"task.dispatched", "report.heard"} <= set(names(whole))
    by_name = {event["event"]: event for event in whole}
    failed, bad = by_name["attempt.failed"], by_name["object.failed"]
    begun = [event for event in whole if event["event"] == "task.begun"]
    assert [(event["attempt"], event["objects"]) for event in begun] == [(1, 2), (2, 2), (3, 1)]
    assert begun[-1]["bytes"] == len(lines(PLAY))
    assert (failed["attempt"], failed["kind"], failed["service"]) == (1, "retry", "s3") and "InternalError" in failed["reason"]
    assert 0 <= failed["wait_ms"] <= 50
    url = f"s3://{fleet.bucket.name}/{day_key(1)}.bad"
    assert (bad["object"], bad["became"], bad["line"], bad["column"]) == (url, "1/2", 2, "ts") and url in bad["reason"]
    for event in whole:
        if event["event"] not in ("task.dispatched", "task.passed_over", "report.heard"):
            assert (event["dataset"], event["partition"]) == ("events", "2018-11-01") and event["worker"]

    split_off = story("1/2", *logs)
    assert names(split_off) == ["task.made", "hold.placed", "hold.lifted"]
    made, placed, lifted = split_off
    assert (made["from"], made["object"]) == ("1/1", url)
    assert placed["run"] == 1 and url in placed["reason"]
    assert (lifted["state"], lifted["run"]) == ("skipped", 1) and "skipped by hand" in lifted["reason"]


@pytest.mark.parametrize("form", FORMATS)
def test_the_story_of_a_task_that_is_split(brittle, faults, form):
    """Its attempts are used up, and nobody knows by which object: each new task names the old one."""
    fleet = brittle
    fleet.configure("FLEET", LOG_FORMAT=form)
    faults.answer(500, "InternalError", key="2018-11-01-events")
    for name in ("", ".b"):
        fleet.bucket.put(day_key(1) + name, lines(PLAY))
    worker = worker_behind(fleet, faults)
    run(fleet, expect=1)
    assert worker.terminate() == 0
    log = log_of(worker, form)
    whole = story("1/1", log)
    assert names(whole) == ["task.begun", "attempt.failed", "attempt.failed", "task.split"] or names(whole) == [
        "task.begun", "attempt.failed", "task.begun", "attempt.failed", "task.split",
    ]
    assert whole[-1]["objects"] == 2 and "InternalError" in whole[-1]["reason"]
    made = {event["task"]: event for event in log if event["event"] == "task.made"}
    assert {task: event["from"] for task, event in made.items()} == {"1/2": "1/1", "1/3": "1/1"}
    states = dict(fleet.rows("SELECT format('%s/%s', run, task), object FROM copyfleet.versions"))
    keys = dict(fleet.rows("SELECT object, format('s3://%s/%s', bucket, key) FROM copyfleet.objects"))
    assert {task: event["object"] for task, event in made.items()} == {task: keys[object_] for task, object_ in states.items()}
    for task in made:
        last = story(task, log)[-1]
        assert (last["event"], last["became"]) == ("object.failed", task), "the last object of a task stays in it"


def test_an_outage_in_the_story(hasty, faults):
    hasty.bucket.put(day_key(1), lines(PLAY))
    worker = worker_behind(hasty, faults)
    worker.wait_for_text("worker.started")
    faults.answer(503, "SlowDown", method=".*")
    process = start_run(hasty)
    worker.wait_for_text("task.waiting")
    faults.clear()
    assert process.wait() == 0
    assert worker.terminate() == 0
    log = log_of(worker, "logfmt")
    assert names(story("1/1", log)).count("task.waiting") == 1
    (waiting,) = [event for event in log if event["event"] == "task.waiting"]
    assert (waiting["task"], waiting["service"]) == ("1/1", "s3")
    assert names(log).count("task.loaded") == 1


def test_one_hold_for_another(hasty):
    """As many tasks hold their run as before, and they are others; beyond those that are looked at none is said to be lifted."""
    plan_many(hasty, 103)
    hasty.warehouse.execute("UPDATE copyfleet.tasks SET state = 'failed', reason = 'r', settled_at = now() WHERE task = 101")
    watch = hasty.start_copyfleet("watch")
    watch.wait_for_text("hold.placed task=1/101 ")
    hasty.warehouse.execute("UPDATE copyfleet.tasks SET state = CASE task WHEN 101 THEN 'skipped' ELSE 'failed' END WHERE task IN (101, 102)")
    watch.wait_for_text("hold.lifted task=1/101 ")
    watch.wait_for_text("hold.placed task=1/102 ")
    hasty.warehouse.execute("UPDATE copyfleet.tasks SET state = 'failed', reason = 'r', settled_at = now() WHERE task < 101")
    watch.wait_for_text("tasks.failed tasks=101 ")
    assert "hold.lifted task=1/102 " not in watch.text and "hold.placed task=1/100 " in watch.text


def plan_many(fleet, count):
    """A run of so many tasks, that nobody loads."""
    for number in range(count):
        fleet.bucket.put(song_key(f"{number:03}"), b"")
    fleet.configure("FLEET", TASK_OBJECTS_MAX=1)
    plan_only(fleet)


def test_a_crash_in_the_story(hasty, faults):
    """The worker says nothing any more: a coordinator does."""
    hasty.configure("FLEET", STALL_S=1)
    hasty.bucket.put(day_key(1), lines(*[PLAY] * 100))
    hold = faults.hold(10, key=day_key(1), times=1)
    worker = worker_behind(hasty, faults)
    watch = hasty.start_copyfleet("watch", "--log-format", "json")
    hold.wait_for_strike()
    worker.kill9()
    watch.wait_for_text("attempt.crashed")
    faults.clear()
    hasty.worker().wait_for_text("task.loaded")
    assert watch.terminate() == 0
    (crashed,) = [event for event in log_of(watch, "json") if event["event"] == "attempt.crashed"]
    (begun,) = [event for event in log_of(worker, "logfmt") if event["event"] == "task.begun"]
    assert (crashed["task"], crashed["attempt"], crashed["worker"]) == (begun["task"], begun["attempt"], begun["worker"])


# --- what is hostile -----------------------------------------------------------------------------------------------------

HOSTILE = {
    "a forged field": 'x" level=error event=forged task=1/9',
    "an escape": "\\\\x\\",
    "not ASCII": "Bj\u00f6rk \U0001f3b5 \u2028\u202e\u0085",
    "long": "/".join(["\u00f6" * 100] * 4),
    "JSON": '"},{"event":"forged',
}


@pytest.mark.parametrize("form", FORMATS)
def test_hostile_keys(hasty, form):
    """What stands in a key is one text in one field, and comes out as it was."""
    hasty.configure("FLEET", LOG_FORMAT=form)
    hasty.configure("dataset events", PARTITION="2018-11-01-(.*)")
    keys = [f"log_data/2018-11-01-{name}" for name in HOSTILE.values()]
    for key in keys:
        hasty.bucket.put(key, b"no JSON")
    worker = hasty.worker()
    run(hasty, expect=1)
    assert worker.terminate() == 0
    log = log_of(worker, form)
    failed = [event for event in log if event["event"] == "object.failed"]
    assert sorted(event["object"] for event in failed) == sorted(f"s3://{hasty.bucket.name}/{key}" for key in keys)
    assert "forged" not in names(log)
    short = {event["partition"] for event in failed} & set(HOSTILE.values())
    assert short == {name for kind, name in HOSTILE.items() if kind != "long"}, "a context's text has 255 bytes"


def test_a_long_configuration_mistake(fleet):
    """More than a line holds: it is cut, and still an event."""
    put_paths(fleet)
    fleet.copyfleet("create-tables")
    watch = fleet.start_copyfleet("watch", "--log-format", "json")
    watch.wait_for_text("pass.done")
    fleet.config.write_text("[FLEET]\n" + "".join(f'UNKNOWN_{number} = "\u00f6"\n' for number in range(200)))
    watch.signal(1)
    watch.wait_for_text("config.refused")
    wait_until(lambda: watch.text.endswith("\n"))
    assert watch.terminate() == 0
    (refused,) = [event for event in log_of(watch, "json") if event["event"] == "config.refused"]
    assert refused["cut"] is True and "UNKNOWN_0" in refused["mistakes"] and refused["reason"]
    assert max(map(len, watch.log.read_bytes().splitlines())) < 4096


def test_the_options_are_documented(fleet):
    for done in (fleet.copyfleet("--help").stdout, (REPOSITORY / "docs" / "events.md").read_text()):
        assert "--log-format" in done and "--log-level" in done
