/* SPDX-License-Identifier: Apache-2.0
 *
 * The life of the thread that polls, which is the worker's main thread: poll → hand the message to the queue → poll
 * again, until the worker is to stop. In each round it also touches the health file if all is well, hears what became
 * of reports, and looks for Kafka if that may be lost. While no executor gets on the worker is outside of the group:
 * then each round only asks whether one does.
 *
 * A round takes POLL_MS at most. That is how soon the thread sees the stop flag, which a signal's handler sets: a
 * handler may signal no condition. */
#include "worker/group.h"

#include <assert.h>
#include <string.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/health.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/stop.h"
#include "config/secrets.h"
#include "worker/fleet.h"

#define POLL_MS 100

/* While Kafka is lost, or may be, a broker is asked so often, for so long at most: the thread that polls waits
 * meanwhile. */
#define PROBE_INTERVAL_MS 2000
#define PROBE_MS 500

void group_init(Group *group)
{
    *group = (Group){0};
    pthread_mutex_init(&group->lock, NULL);
}

void group_done(Group *group)
{
    pthread_mutex_destroy(&group->lock);
}

bool group_join(Fleet *fleet, Error *error)
{
    Consumer *consumer;
    if (!consumer_open(&fleet->config->kafka, GROUP_WORK_MAX, &consumer, error))
        return false;
    pthread_mutex_lock(&fleet->group.lock);
    assert(!fleet->group.consumer);
    fleet->group.consumer = consumer;
    fleet->group.membership++;
    fleet->group.assignment = 0;
    pthread_mutex_unlock(&fleet->group.lock);
    return true;
}

/* Executors finish what they hold. Messages that wait for an executor come again, here or elsewhere. */
void group_leave(Fleet *fleet)
{
    pthread_mutex_lock(&fleet->group.lock);
    Consumer *consumer = take(fleet->group.consumer);
    pthread_mutex_unlock(&fleet->group.lock);
    work_queue_clear(&fleet->queue);
    consumer_close(consumer);
}

void group_acknowledge(Fleet *fleet, const Work *work)
{
    Group *group = &fleet->group;
    pthread_mutex_lock(&group->lock);
    if (group->consumer && group->membership == work->membership)
        consumer_acknowledge(group->consumer, &work->delivery);
    pthread_mutex_unlock(&group->lock);
}

/* Said once for each ledger: two warehouses may share a Kafka, and after create-tables --drop there is a new ledger. */
static void say_foreign_ledger(const char *ledger)
{
    static char said[LEDGER_ID_SIZE];
    if (strcmp(said, ledger) == 0)
        return;
    memcpy(said, ledger, sizeof said);
    log_event(
        LOG_WARNING, "ledger.foreign", LOG_TEXT("ledger", ledger),
        LOG_TEXT("reason",
                 "messages of another ledger are skipped; if the tables were made again, start the worker again"));
}

static void take_message(Fleet *fleet, const Buffer *payload, const Delivery *delivery)
{
    Work work = {.delivery = *delivery, .membership = fleet->group.membership};
    Error error;
    if (delivery->assignment != fleet->group.assignment)
        work_queue_clear(&fleet->queue);
    fleet->group.assignment = delivery->assignment;
    bool is_message = message_read_task(buffer_slice(payload), &work.message, &error);
    bool is_ours = is_message && strcmp(work.message.ledger, fleet->ledger) == 0;
    if (is_ours && work_queue_push(&fleet->queue, &work))
        return;
    if (is_message && !is_ours)
        say_foreign_ledger(work.message.ledger);
    else if (!is_message)
        log_event(LOG_WARNING, "message.skipped", LOG_TEXT("reason", error.message),
                  LOG_NUMBER("message_partition", delivery->partition), LOG_NUMBER("offset", delivery->offset));
    group_acknowledge(fleet, &work);
}

static void log_in_again(Fleet *fleet)
{
    secrets_note_refused(fleet->config->kafka.secrets);
    consumer_log_in_again(fleet->group.consumer, &fleet->config->kafka);
    producer_log_in_again(fleet->producer);
}

/* An idle worker gets no message that would show that Kafka is back, so it asks. It asks after a stumble too, since
 * librdkafka does not always tell that Kafka is lost. */
static void look_for_kafka(Fleet *fleet)
{
    Group *group = &fleet->group;
    int64_t now_ms = clock_now_ms();
    Error error;
    bool is_doubtful =
        outage_state(&fleet->outages, SERVICE_KAFKA, "") == OUTAGE_LOST || consumer_has_stumbled(group->consumer);
    if (!is_doubtful || now_ms < group->probe_at_ms)
        return;
    group->probe_at_ms = now_ms + PROBE_INTERVAL_MS;
    if (consumer_probe(group->consumer, PROBE_MS, &error)) {
        outage_note_back(&fleet->outages, SERVICE_KAFKA, "");
        return;
    }
    if (error.kind == ERROR_OUTAGE || error.kind == ERROR_DENIED)
        outage_note_lost(&fleet->outages, &error);
    if (error.kind == ERROR_DENIED)
        log_in_again(fleet);
}

static void poll_once(Fleet *fleet, Buffer *payload)
{
    Delivery delivery;
    bool has_message;
    Error error;
    if (!consumer_poll(fleet->group.consumer, POLL_MS, payload, &delivery, &has_message, &error)) {
        if (error.kind == ERROR_FATAL)
            fleet_fail(fleet, &error);
        else
            outage_note_lost(&fleet->outages, &error);
    } else if (has_message) {
        outage_note_back(&fleet->outages, SERVICE_KAFKA, "");
        take_message(fleet, payload, &delivery);
    } else {
        look_for_kafka(fleet);
    }
}

static bool is_stuck(Fleet *fleet)
{
    return vigil_is_helpless(&fleet->vigil) || outage_stuck_ms(&fleet->outages) >= fleet->config->fleet.outage_leave.ms;
}

static void leave(Fleet *fleet)
{
    log_event(LOG_WARNING, "group.left",
              LOG_TEXT("reason", vigil_is_helpless(&fleet->vigil)
                                     ? "no executor makes progress; others may have the partitions"
                                     : "nothing could be loaded for OUTAGE_LEAVE_S; others may have the partitions"));
    group_leave(fleet);
}

/* Stays outside of the group until an executor makes progress with the task that it is stuck in. */
static void join_when_possible(Fleet *fleet)
{
    Error error;
    if (vigil_is_helpless(&fleet->vigil) || outage_stuck_ms(&fleet->outages) > 0) {
        (void)!stop_wait_ms(POLL_MS);
        return;
    }
    if (group_join(fleet, &error))
        log_event(LOG_INFO, "group.joined");
    else
        fleet_fail(fleet, &error);
}

/* A worker that may not report is not heard: it says so and ends. */
static void serve_producer(Fleet *fleet)
{
    Error error;
    if (!producer_serve(fleet->producer, &error))
        fleet_fail(fleet, &error);
}

/* A member that does not poll stalls its group: what takes longer is done outside of the group. */
void group_poll(Fleet *fleet)
{
    AUTO_BUFFER payload;
    buffer_init(&payload, LIMIT_MESSAGE_BYTES + 1);
    while (!stop_is_requested()) {
        if (vigil_is_well(&fleet->vigil) && heartbeat_is_well(fleet->heartbeat))
            health_touch();
        serve_producer(fleet);
        if (!fleet->group.consumer)
            join_when_possible(fleet);
        else if (is_stuck(fleet))
            leave(fleet);
        else
            poll_once(fleet, &payload);
    }
}
