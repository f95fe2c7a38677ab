# SPDX-License-Identifier: Apache-2.0
"""copyfleet watch: new objects by interval and by event, horizons, signals, and what dead or stopped processes leave."""

import datetime
import json
import signal
import urllib.parse

import pytest
from support.by_hand import status
from support.expect import PLAY, SONG, assert_star, assert_verified, day_key, lines, song_key
from support.fleet import Topic, wait_until
from support.proxy import StallingProxy
from support.status_reads import assert_refused, wait_for_calm, wait_until_told
from support.watching import GOOD, RARELY, loaded_users, passes, start, wait_for_passes, wait_for_users, watched


def test_new_and_corrected_objects_by_interval(watched):
    (watch,) = start(watched)
    watched.bucket.put(song_key("A"), lines(SONG))
    watched.bucket.put(day_key(1), GOOD)
    wait_for_users(watched, "1")
    watched.bucket.put(day_key(1), lines(PLAY | {"userId": "corrected"}))
    watched.bucket.put(day_key(2), lines(PLAY | {"userId": "2"}))
    wait_for_users(watched, "corrected", "2")
    wait_for_passes(watch, 2)
    assert_star(watched)
    assert_verified(watched)
    assert watch.terminate() == 0
    assert "watch.stopped" in watch.text


def test_what_is_planned_goes_on_while_a_pass_lists(watched):
    watched.bucket.put(day_key(1), GOOD)
    (planner,) = start(watched, workers=0)
    assert planner.terminate() == 0
    with StallingProxy(watched.environment["AWS_ENDPOINT_URL_S3"], b"prefix=log_data") as proxy:
        watch = watched.start_copyfleet("watch", environment={"AWS_ENDPOINT_URL_S3": proxy.url})
        proxy.wait_for_stall()
        watched.worker()
        wait_until(lambda: watched.rows("SELECT FROM copyfleet.tasks WHERE state = 'loaded'"), what="the load")
        watch.wait_for_text("transform.done")
        assert "pass.done" not in watch.text
        proxy.go_on()
        watch.wait_for_text("pass.done")


LISTING = {"key": "list-type=2.*prefix=log_data"}


@pytest.mark.parametrize("kind", ["stall", "drip", "refuse"])
def test_a_listing_that_does_not_come(watched, faults, kind):
    """Its page is asked for again; meanwhile the rounds go on."""
    watched.configure("FLEET", BACKOFF_WAIT_MS_MAX=60000)
    watched.bucket.put(day_key(1), GOOD)
    start(watched, workers=0)[0].terminate()
    watched.worker()
    fault = faults.answer(503, "SlowDown", **LISTING) if kind == "refuse" else getattr(faults, kind)(100, times=1, **LISTING)
    watch = watched.start_copyfleet("watch", environment={"AWS_ENDPOINT_URL_S3": faults.url})
    wait_until(lambda: fault.count > 0, what="it is asked for")
    watch.wait_for_text("transform.done")
    assert "pass.done" not in watch.text
    faults.clear()
    watch.wait_for_text("pass.done")


FAIL = "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(1); RAISE 'mend me'; END $$"
FAILING_TRANSFORMS = {  # how, the other way round, what is said
    "data": (f"{FAIL}; CREATE TRIGGER fail BEFORE INSERT ON users EXECUTE FUNCTION fail()", "DROP TRIGGER fail ON users", "mend me"),
    "SQL": ("ALTER TABLE users RENAME TO elsewhere", "ALTER TABLE elsewhere RENAME TO users", '"public.users" does not exist'),
}


@pytest.mark.operating("run … is complete, and cannot come into the star schema", "the transform fails")
@pytest.mark.parametrize("kind", FAILING_TRANSFORMS)
def test_a_transform_that_fails_each_time(watched, kind):
    """It is said once, and by status; what is new is planned and loaded all the same."""
    breaks, mends, said = FAILING_TRANSFORMS[kind]
    (watch,) = start(watched)
    wait_for_calm(watched)
    watched.warehouse.execute(breaks)
    for day in (1, 2, 3):
        watched.bucket.put(day_key(day), GOOD)
        until = "SELECT count(*) FROM copyfleet.tasks WHERE state = 'loaded'"
        wait_until(lambda: watched.warehouse.value(until) == day, what=f"day {day} is loaded")  # noqa: B023
    wait_for_passes(watch, 2)
    assert watch.text.replace("\\", "").count(said) == 1
    wait_until(lambda: len(status(watched, expect=1)["transforms"]) == 3, what="status tells of three runs")
    told = wait_until_told(watched, "transforms", said, says=["run 1 is complete, and cannot come into the star schema"])
    assert all(said in row["reason"] for row in told.json["transforms"])
    watched.warehouse.execute(mends)
    wait_for_users(watched, "1")
    wait_for_calm(watched)
    assert watch.terminate() == 0


def test_a_server_whose_clock_was_set_back(watched):
    watched.bucket.put(day_key(1), GOOD)
    start(watched, workers=0)
    watched.rows("UPDATE copyfleet.tasks SET dispatch_at = now() + interval '1 day', dispatches = 0 RETURNING run")
    wait_until(lambda: watched.rows("SELECT FROM copyfleet.tasks WHERE dispatches > 0"), what="the task is published again")


def test_two_side_by_side(watched):
    first, second = start(watched, workers=2, watchers=2)
    for day in range(1, 9):
        watched.bucket.put(day_key(day), lines(*[PLAY | {"userId": f"{day}.{row}"} for row in range(20)]))
    wait_until(lambda: len(loaded_users(watched)) == 160, what="all users")
    first.kill9()
    watched.bucket.put(day_key(1), GOOD)
    wait_until(lambda: len(loaded_users(watched)) == 141, what="the correction")
    wait_for_passes(second, 1)
    assert_star(watched)
    assert_verified(watched)


def record(name, bucket, key, etag="abc"):
    return {
        "eventVersion": "2.1", "eventSource": "aws:s3", "eventName": name,
        "s3": {"bucket": {"name": bucket}, "object": {"key": key, "size": 1, "eTag": etag, "sequencer": "00"}},
    }


def aws(bucket, key):
    return json.dumps({"Records": [record("ObjectCreated:Put", bucket, urllib.parse.quote_plus(key, safe="/"))]}).encode()


def versitygw(bucket, key):
    return json.dumps({"Records": [record("s3:ObjectCreated:Put", bucket, key, '"abc"')]}).encode()


def minio(bucket, key):
    encoded = urllib.parse.quote_plus(key, safe="")
    return json.dumps(
        {"EventName": "s3:ObjectCreated:Put", "Key": f"{bucket}/{key}", "Records": [record("s3:ObjectCreated:Put", bucket, encoded)]}
    ).encode()


@pytest.fixture
def told(watched):
    """One that would look again only in an hour, and the topic of events."""
    topic = Topic(watched.servers, f"{watched.bucket.name}.events")
    watched.configure("FLEET", **RARELY)
    watched.configure("KAFKA", S3_EVENTS_TOPIC=topic.name)
    (watch,) = start(watched)
    return watched, watch, topic


def test_events_shorten_the_wait(told):
    fleet, watch, topic = told
    keys = {"aws": "log_data/a b+c/2018-11-01.json", "versitygw": "log_data/v%20/2018-11-02.json", "minio": "log_data/m&/ü 2018-11-03.json"}
    for user, key in keys.items():
        fleet.bucket.put(key, lines(PLAY | {"userId": user}))
    topic.publish([message(fleet.bucket.name, keys[message.__name__]) for message in (aws, versitygw, minio)] * 3)
    wait_for_users(fleet, *keys)
    assert passes(watch, "full") == 1
    assert_star(fleet)
    assert_verified(fleet)


NO_EVENTS = [
    b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"Records": 7}', b'{"Records": [{"s3": null}]}', b"[" * 5000,
    json.dumps({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "b"}).encode(),
    json.dumps({"Records": [record("ObjectCreated:Put", "b", "k" * 5000)]}).encode(),
]


def test_what_is_no_event_is_skipped(told):
    fleet, watch, topic = told
    fleet.bucket.put(day_key(1), GOOD)
    topic.publish([*NO_EVENTS, aws(fleet.bucket.name, day_key(1))])
    wait_for_users(fleet, "1")
    assert "event.skipped" in watch.text
    assert_star(fleet)


def test_forged_events_change_nothing(told):
    """Objects that are not there, elsewhere, or long loaded: looked at, and found as they are."""
    fleet, watch, topic = told
    fleet.bucket.put(day_key(1), GOOD)
    topic.publish([aws(fleet.bucket.name, day_key(1))])
    wait_for_users(fleet, "1")
    before = fleet.rows("SELECT * FROM copyfleet.versions")
    removed = json.dumps({"Records": [record("ObjectRemoved:Delete", fleet.bucket.name, day_key(1))]}).encode()
    elsewhere = [aws("another-bucket", day_key(1)), aws(fleet.bucket.name, "elsewhere/2018-11-01.json")]
    many = [aws(fleet.bucket.name, f"log_data/none/{number}.json") for number in range(300)]
    topic.publish([removed, aws(fleet.bucket.name, day_key(2)), *elsewhere, *many])
    wait_for_passes(watch, 1, "full")  # more than are looked at one by one
    assert fleet.rows("SELECT * FROM copyfleet.versions") == before
    assert_star(fleet)
    assert_verified(fleet)


def test_a_horizon_bounds_the_listing(watched):
    """What is older is left alone, as new and as vanished, until everything is listed."""
    today = datetime.datetime.now(datetime.timezone.utc)
    old, new = ((today - datetime.timedelta(days=days)).strftime("log_data/%Y/%m/%Y-%m-%d.json") for days in (40, 0))
    watched.configure("dataset events", START_AFTER="log_data/%Y/%m/%Y-%m-%d", HORIZON_DAYS=2, ON_VANISH="remove")
    watched.configure("FLEET", FULL_PASS_INTERVAL_S=3600)
    watched.bucket.put(old, lines(PLAY | {"userId": "old"}))
    watched.bucket.put(new, lines(PLAY | {"userId": "new"}))
    (watch,) = start(watched)
    wait_for_users(watched, "old", "new")
    watched.bucket.delete(old)
    watched.bucket.put(old.replace(".json", "-late.json"), lines(PLAY | {"userId": "late"}))
    watched.bucket.put(new, lines(PLAY | {"userId": "newer"}))
    wait_for_users(watched, "old", "newer")
    wait_for_passes(watch, 2, "horizon")
    assert loaded_users(watched) == {"old", "newer"}
    watched.configure("FLEET", FULL_PASS_INTERVAL_S=1)
    watch.signal(signal.SIGHUP)
    wait_for_users(watched, "late", "newer")
    assert_star(watched)
    assert_verified(watched)


@pytest.mark.operating("the configuration has mistakes")
def test_hangup_reads_the_configuration_again(watched):
    (watch,) = start(watched)
    wait_for_calm(watched)
    watched.configure("dataset events", MAX_ERRORS="many")
    watch.signal(signal.SIGHUP)
    watch.wait_for_text("config.refused.*MAX_ERRORS")
    assert_refused(watched, str(watched.config), "MAX_ERRORS", code=2)
    watched.bucket.put(day_key(1), GOOD)
    wait_for_users(watched, "1")
    watched.configure("dataset events", MAX_ERRORS="0", LOCATION=f"s3://{watched.bucket.name}/other/")
    watch.signal(signal.SIGHUP)
    watch.wait_for_text("config.read")
    wait_for_calm(watched)
    watched.bucket.put(day_key(2).replace("log_data", "other"), lines(PLAY | {"userId": "other"}))
    wait_for_users(watched, "1", "other")


def test_needs_a_broker_and_a_ledger(watched):
    watched.copyfleet("watch", environment={"COPYFLEET_KAFKA_BOOTSTRAP_SERVERS": ""}, expect=2)
    watched.warehouse.execute("DROP SCHEMA copyfleet CASCADE")
    done = watched.copyfleet("watch", expect=3)
    assert "create-tables" in done.stderr


def test_one_datasets_missing_bucket_holds_it_alone(watched):
    """A night on which somebody removed it: the other dataset goes on, and nothing has vanished."""
    watched.configure("dataset songs", LOCATION=f"s3://{watched.bucket.name}-not/song_data", ON_VANISH="remove")
    watched.configure("dataset events", ON_VANISH="remove")
    (watch,) = start(watched)
    watch.wait_for_text("dataset.unlisted.*NoSuchBucket")
    watched.bucket.put(day_key(1), GOOD)
    wait_for_users(watched, "1")
    watched.bucket.s3.create_bucket(Bucket=f"{watched.bucket.name}-not")
    watched.bucket.s3.put_object(Bucket=f"{watched.bucket.name}-not", Key=song_key("A"), Body=lines(SONG))
    wait_until(lambda: watched.rows("SELECT song_id FROM songs") == [(SONG["song_id"],)], what="the song")
    assert watch.is_running


@pytest.mark.operating("Kafka is lost with all its data")
def test_deleted_topics_cost_time_only(watched):
    (watch,) = start(watched)
    wait_for_calm(watched)
    watched.bucket.put(day_key(1), GOOD)
    wait_for_users(watched, "1")
    watched.tasks.delete()
    watched.reports.delete()
    for day in range(2, 6):
        watched.bucket.put(day_key(day), lines(PLAY | {"userId": str(day)}))
    wait_for_users(watched, *"12345")
    wait_for_calm(watched)  # whoever missed the topics has found new ones
    assert watch.terminate() == 0
    assert_star(watched)


def test_an_event_for_an_old_day_is_not_lost_in_a_horizon_pass(watched):
    """Both are due at once, time and again: whichever pass it is, it looks at what was named."""
    topic = Topic(watched.servers, f"{watched.bucket.name}.events")
    watched.configure("dataset events", START_AFTER="log_data/%Y/%m/", HORIZON_DAYS=2)
    watched.configure("KAFKA", S3_EVENTS_TOPIC=topic.name)
    watched.configure("FLEET", FULL_PASS_INTERVAL_S=3600, EVENT_PASS_GAP_MS=1000)
    start(watched)
    for day in range(1, 9):
        watched.bucket.put(day_key(day), lines(PLAY | {"userId": str(day)}))
        topic.publish([aws(watched.bucket.name, day_key(day))])
    wait_for_users(watched, *"12345678")
