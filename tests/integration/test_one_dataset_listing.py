# SPDX-License-Identifier: Apache-2.0
"""One dataset's bucket cannot be listed: a run and a watch go on with the others."""

import json

import pytest
from support.apart import AWAY, DAYS, SONGS, UNLISTED, apart, assert_all_loads, count_loaded, wait_for_songs
from support.expect import SONG, assert_star, assert_verified, day_key, lines, run, song_key, start_run
from support.failures import outcomes, worker_behind
from support.fleet import wait_until


@pytest.mark.parametrize("kind", UNLISTED)
def test_run_loads_what_it_can_list(apart, faults, kind):
    """It ends with 3, since nobody knows what is new there; the next one finds out."""
    apart.worker()
    UNLISTED[kind](faults, rf"^/{apart.bucket.name}\b(?!-)")
    done = apart.copyfleet("run", environment={"AWS_ENDPOINT_URL_S3": faults.url}, expect=3)
    assert "dataset events" in done.stderr and f"s3://{apart.bucket.name}" in done.stderr
    assert "Datasets that could not be listed and were left out: 1" in done.stderr
    assert apart.rows("SELECT DISTINCT dataset, state FROM copyfleet.tasks") == [("songs", "loaded")]
    assert apart.warehouse.value("SELECT count(*) FROM songs") == SONGS
    run(apart)
    assert_star(apart, apart.contents)
    assert_verified(apart)


def test_watch_goes_on_beside_a_silent_bucket(apart, faults):
    """The listing of the first dataset gets no answer: the others' waits for it no longer than a connection may take."""
    apart.configure("FLEET", PASS_INTERVAL_S=1, STALL_S=30)
    AWAY["silent"](faults, rf"^/{apart.bucket.name}\b(?!-)")
    apart.worker()
    watch = apart.start_copyfleet("watch", environment={"AWS_ENDPOINT_URL_S3": faults.url})
    wait_until(lambda: apart.warehouse.value("SELECT count(*) FROM songs") == SONGS, what="the songs are in the star schema")
    watch.wait_for_text(f"dataset.unlisted.*dataset events: .*{apart.bucket.name}")
    faults.clear()
    wait_until(lambda: apart.warehouse.value("SELECT count(*) FROM users") == DAYS, what="the days are in the star schema")
    assert watch.terminate() == 0
    assert_star(apart, apart.contents)


def put_late_song(fleet):
    fleet.songs.put(song_key("late"), lines(SONG | {"song_id": "SOlate"}))
    wait_until(lambda: count_loaded(fleet, "songs") == SONGS + 1, what="the song that came meanwhile is loaded")


def test_watch_never_waits_for_a_bucket_that_is_known_to_be_away(apart, faults):
    """However long an answer may take: it is asked for in between, and left alone by the passes until it answers."""
    apart.configure("FLEET", PASS_INTERVAL_S=1, CONNECT_TIMEOUT_S=300, STALL_S=300)
    refusal = AWAY["503"](faults, rf"^/{apart.bucket.name}\b(?!-)")
    apart.worker()
    watch = apart.start_copyfleet("watch", environment={"AWS_ENDPOINT_URL_S3": faults.url})
    watch.wait_for_text("dataset.unlisted.*dataset events: ")
    wait_for_songs(apart)
    silence = AWAY["silent"](faults, rf"^/{apart.bucket.name}\b(?!-)")
    faults.faults.remove(refusal)
    silence.wait_for(2)
    put_late_song(apart)
    assert watch.text.count("dataset.unlisted") == 1, "nothing new is known of it"
    faults.clear()
    wait_until(lambda: apart.warehouse.value("SELECT count(*) FROM users") == DAYS, what="the days are in the star schema")
    watch.wait_for_text("dataset.back.* dataset=events")
    assert watch.terminate() == 0


PAGES = {"its pages": {"method": "GET"}, "all behind its first answer": {"method": ".*", "skip": 1}}


@pytest.mark.parametrize("which", PAGES)
def test_watch_gives_a_silent_listing_up(apart, faults, which):
    """A page is not asked for as often as a task is tried: it would be silent each time."""
    apart.configure("FLEET", PASS_INTERVAL_S=1, STALL_S=4, ATTEMPTS_MAX=100)
    faults.silence(key=rf"^/{apart.bucket.name}\b(?!-)", **PAGES[which])
    apart.worker()
    watch = apart.start_copyfleet("watch", environment={"AWS_ENDPOINT_URL_S3": faults.url})
    wait_for_songs(apart)
    watch.wait_for_text(f"dataset.unlisted.*dataset events: s3://{apart.bucket.name}")
    put_late_song(apart)
    faults.clear()
    wait_until(lambda: apart.warehouse.value("SELECT count(*) FROM users") == DAYS, what="the days are in the star schema")
    assert watch.terminate() == 0


def test_events_of_a_dataset_that_is_left_out_are_looked_for(apart, faults):
    """By the first pass after it is back, which is full, though none is due."""
    apart.configure("FLEET", PASS_INTERVAL_S=1, FULL_PASS_INTERVAL_S=86400)
    apart.configure("dataset events", START_AFTER="log_data/9999")
    apart.worker()
    AWAY["503"](faults, rf"^/{apart.bucket.name}\b(?!-)")
    watch = apart.start_copyfleet("watch", environment={"AWS_ENDPOINT_URL_S3": faults.url})
    watch.wait_for_text("dataset.unlisted.*dataset events: ")
    wait_for_songs(apart)
    faults.clear()
    wait_until(lambda: apart.warehouse.value("SELECT count(*) FROM users") == DAYS, what="the days are in the star schema")
    assert watch.terminate() == 0


def test_a_silent_bucket_is_found_out_by_its_first_try(apart, faults):
    """It is asked whether it answers, and if it does not, no further try is silent for as long again."""
    worker = worker_behind(apart, faults)
    worker.wait_for_text("worker.started")
    AWAY["silent"](faults, rf"^/{apart.bucket.name}\b(?!-)")
    process = start_run(apart)
    worker.wait_for_text(f"service.lost.* service=s3 .*name={apart.bucket.name} ")
    assert len(faults.gets(r"/log_data/.*\.json$")) == 1
    wait_for_songs(apart)
    faults.clear()
    assert_all_loads(apart, process)


def test_a_silent_try_costs_nothing_if_the_bucket_answers(apart, faults):
    worker = worker_behind(apart, faults)
    worker.wait_for_text("worker.started")
    silence = faults.silence(key=r"/log_data/.*\.json$", times=2)
    process = start_run(apart)
    assert_all_loads(apart, process)
    assert silence.count == 2 and set(outcomes(apart)) == {"loaded"} and "service.lost" not in worker.text


@pytest.mark.parametrize("kind", UNLISTED)
def test_plan_and_audit_show_what_they_can_list(apart, faults, kind):
    """They say which dataset is left out, tell nothing of it, and end with 3."""
    apart.worker()
    run(apart)
    behind = {"AWS_ENDPOINT_URL_S3": faults.url}
    apart.songs.put(song_key("late"), lines(SONG | {"song_id": "SOlate"}))
    apart.bucket.s3.delete_object(Bucket=apart.bucket.name, Key=day_key(1))
    UNLISTED[kind](faults, rf"^/{apart.bucket.name}\b(?!-)")
    for command in ("plan", "audit"):
        done = apart.copyfleet(command, "--format", "json", environment=behind, expect=3)
        assert f"Left out: dataset events: s3://{apart.bucket.name}" in done.stderr
        assert {row["dataset"] for row in json.loads(done.stdout)["partitions"]} == {"songs"}
    assert "1 missing" in apart.copyfleet("audit", environment=behind, expect=3).stdout
    assert "1 of 21 objects" in apart.copyfleet("plan", environment=behind, expect=3).stdout
    run(apart)
    assert "should be" not in apart.copyfleet("audit", environment=behind, expect=3).stdout, "nobody knows that of all"
    UNLISTED[kind](faults, f"^/{apart.songs.name}")
    for command in ("plan", "audit"):
        assert apart.copyfleet(command, "--format", "json", environment=behind, expect=3).stdout == ""


def test_what_ends_a_round_while_a_dataset_is_listed_is_not_its_failure(apart, faults):
    """The ledger was made again: watch ends, and leaves no dataset out for it."""
    hold = faults.hold(10, key=f"^/{apart.songs.name}.*list-type")
    watch = apart.start_copyfleet("watch", environment={"AWS_ENDPOINT_URL_S3": faults.url}).expect(3)
    hold.wait_for_strike()
    apart.warehouse.execute("UPDATE copyfleet.ledger SET id = gen_random_uuid()")
    assert watch.wait() == 3
    assert "made again since this program began" in watch.text
    assert "dataset.unlisted" not in watch.text and "dataset songs" not in watch.text
