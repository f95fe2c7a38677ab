/* SPDX-License-Identifier: Apache-2.0
 *
 * copyfleet retry, skip, undo, reload: what an operator changes by hand, each one transaction in the ledger. */
#include "ledger/change.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/stop.h"
#include "cli/say.h"
#include "commands/commands.h"
#include "commands/selector.h"
#include "ledger/dispatch.h"
#include "ledger/ledger.h"
#include "ledger/transform.h"
#include "show/figure.h"
#include "show/summary.h"

typedef struct Operation {
    const char *name;
    const char *left_empty; /* what is said of objects without rows */
    const char *left_skipped;
    const char *nothing; /* what is said if nothing is changed, and nothing else is said of what is selected */
    bool transforms;     /* at once: what is complete by it is seen, or seen no more */
} Operation;

static const Operation operations[] = {
    [CHANGE_RETRY] = {"retry", "undo took it out, and copyfleet reload loads it again", "",
                      "Nothing of it has failed, was skipped, or waits to be loaded", false},
    [CHANGE_SKIP] = {"skip", "", "", "Nothing of it has failed, or waits to be loaded, in a run that is not done",
                     true},
    [CHANGE_UNDO] = {"undo", "no rows to take out any more", "skipped, so that there are no rows", "", true},
    [CHANGE_RELOAD] = {"reload", "vanished from the bucket, and loaded when it comes back",
                       "skipped: copyfleet retry takes that back, or reload of the object itself", "", false},
};

typedef struct Change {
    const Config *config;
    const Options *options;
    const Operation *operation;
    ChangeAction action;
    Connection *connection;
    Transaction transaction;
    Selector *selectors; /* one for each of options->names */
    bool has_waited;     /* and said so */
    ChangeSummary summary;
} Change;

/* Parses all of the command line before anything is done, so that one wrong word changes nothing. */
static bool parse_selectors(Change *change)
{
    const Options *options = change->options;
    if (options->name_count == 0 && change->action != CHANGE_RETRY) {
        fprintf(stderr, "copyfleet: %s what? Name objects, runs, tasks or partitions; --help shows how\n",
                change->operation->name);
        return false;
    }
    for (size_t i = 0; i < options->name_count; i++) {
        Error error;
        if (!selector_parse(options->names[i], &change->selectors[i], &error)) {
            fprintf(stderr, "copyfleet: %s\n", error.message);
            return false;
        }
    }
    return true;
}

/* Says it with nothing locked, since a reader may be slow. */
static void say_unmatched(Change *change, const bool *is_matched)
{
    transaction_roll_back(&change->transaction);
    for (size_t i = 0; i < change->options->name_count; i++)
        if (!is_matched[i])
            fprintf(stderr, "copyfleet: the ledger has nothing that '%s' selects; nothing was changed\n",
                    change->options->names[i]);
}

/* Each selector must select something: a slip of the pen is not taken for "nothing to do". */
static bool select_all(Change *change, bool *out_is_matched, Error *error)
{
    size_t count = change->options->name_count, found = 0;
    AUTO_FREE bool *is_matched = memory_alloc_zeroed(count, sizeof *is_matched);
    int64_t matched;
    *out_is_matched = true;
    if (count == 0)
        return change_select(change->connection, SELECT_FAILED, NULL, &matched, error);
    for (size_t i = 0; i < count; i++) {
        const Selector *selector = &change->selectors[i];
        if (!change_select(change->connection, selector->selection, (const char *const *)selector->values, &matched,
                           error))
            return false;
        is_matched[i] = matched > 0;
        found += is_matched[i];
    }
    *out_is_matched = found == count;
    if (found < count)
        say_unmatched(change, is_matched);
    return true;
}

/* Makes the change, not committed yet. Changes nothing if a selector matches nothing. */
static bool try_change(Change *change, bool *out_is_matched, Error *error)
{
    return change_begin(&change->transaction, change->connection, error) && select_all(change, out_is_matched, error) &&
           (!*out_is_matched || change_apply(change->connection, change->action, &change->summary, error));
}

/* After a wait in vain. The process that holds the lock may be stopped: then its session is ended. */
static bool try_again(Change *change, const char *what, Error *error)
{
    int64_t ended;
    if (stop_is_requested())
        return error_set(error, ERROR_INTERRUPTED, "interrupted");
    transaction_roll_back(&change->transaction); /* before anything is said, since a reader may be slow */
    if (!change->has_waited)
        fprintf(stderr, "Waiting for %s.\n", what);
    change->has_waited = true;
    return dispatch_sweep(change->connection, change->config->fleet.stall, NULL, &ended, error);
}

static bool apply(Change *change, bool *out_is_matched, Error *error)
{
    while (!try_change(change, out_is_matched, error))
        if (!connection_was_locked_out(change->connection) ||
            !try_again(change, "another coordinator that plans, or a worker that ends a task", error))
            return false;
    return true;
}

static bool ask(int64_t objects, int64_t rows)
{
    char of_objects[FIGURE_SIZE], of_rows[FIGURE_SIZE];
    fprintf(stderr, "This takes %s with %s out of the warehouse. Type 'undo' to go on: ",
            figure_things(of_objects, objects, "object"), figure_things(of_rows, rows, "row"));
    char answer[16] = "";
    return fgets(answer, sizeof answer, stdin) && strcmp(answer, "undo\n") == 0;
}

/* Tries the change and gives it up, so that nobody waits for the plan lock while a person thinks. */
static bool confirm(Change *change, bool *out_is_matched, bool *out_is_confirmed, Error *error)
{
    int64_t rows;
    *out_is_matched = *out_is_confirmed = true;
    if (change->action != CHANGE_UNDO || change->options->yes)
        return true;
    if (!apply(change, out_is_matched, error))
        return false;
    if (*out_is_matched && change->summary.objects > 0) {
        if (!change_preview(&change->transaction, change->config, &rows, error))
            return false;
        *out_is_confirmed = ask(change->summary.objects, rows);
    }
    transaction_roll_back(&change->transaction);
    return true;
}

static void print_left(int64_t count, const char *noun, const char *why)
{
    char things[FIGURE_SIZE];
    if (count > 0)
        printf("%s left alone: %s.\n", figure_things(things, count, noun), why);
}

static bool is_nothing(const ChangeSummary *summary)
{
    return summary->objects + summary->tasks + summary->left_partial + summary->left_unfinished +
               summary->left_waiting + summary->left_empty + summary->left_skipped + summary->left_superseded ==
           0;
}

static void print_done(const Change *change)
{
    const ChangeSummary *summary = &change->summary;
    char objects[FIGURE_SIZE], tasks[FIGURE_SIZE];
    figure_things(objects, summary->objects, "object");
    figure_things(tasks, summary->tasks, "task");
    switch (change->action) {
    case CHANGE_RETRY:
        printf("%s to be planned again by the next pass; %s published again.\n", objects, tasks);
        break;
    case CHANGE_SKIP:
        printf("%s with %s skipped.\n", tasks, objects);
        break;
    case CHANGE_UNDO:
        printf("%s taken out", objects);
        if (summary->run > 0)
            printf(" as run %" PRId64 "; copyfleet reload %" PRId64 " brings back what it took", summary->run,
                   summary->run);
        puts(".");
        if (summary->rowless > 0)
            printf("Of these %s had no rows.\n", figure_things(objects, summary->rowless, "object"));
        break;
    case CHANGE_RELOAD:
        printf("%s to be loaded again by the next pass.\n", objects);
        break;
    }
    print_left(summary->left_partial, "task", "other objects of it are not selected, so select the whole task");
    print_left(summary->left_unfinished, "object", "planned, and not loaded yet");
    print_left(summary->left_waiting, "object", "waiting for the next pass already");
    print_left(summary->left_empty, "object", change->operation->left_empty);
    print_left(summary->left_skipped, "object", change->operation->left_skipped);
    print_left(summary->left_superseded, "object", "a newer version is there, which is not selected");
    if (is_nothing(summary) && *change->operation->nothing)
        printf("%s.\n", change->operation->nothing);
}

static void print_summary(const Change *change)
{
    const ChangeSummary *summary = &change->summary;
    const SummaryField fields[] = {
        {"run", summary->run, false},
        {"objects", summary->objects, false},
        {"tasks", summary->tasks, false},
        {"rowless", summary->rowless, false},
        {"left_partial", summary->left_partial, false},
        {"left_unfinished", summary->left_unfinished, false},
        {"left_waiting", summary->left_waiting, false},
        {"left_empty", summary->left_empty, false},
        {"left_superseded", summary->left_superseded, false},
        {"left_skipped", summary->left_skipped, false},
    };
    if (change->options->format == TABLE_TEXT)
        print_done(change);
    else
        summary_print(fields, sizeof fields / sizeof *fields, change->options->format);
}

/* Waits until what is complete by the change is in the star schema, by us or by another coordinator. */
static bool run_transforms(Change *change, Error *error)
{
    TransformSummary summary;
    do {
        if (!transform_run(change->connection, &change->config->warehouse, &summary, error) ||
            (summary.is_busy && !try_again(change, "a transform that is under way", error)))
            return false;
    } while (summary.is_busy);
    return true;
}

static bool transform(Change *change, Error *error)
{
    return !change->operation->transforms || change->summary.objects == 0 || run_transforms(change, error) ||
           error_add_context(error, "the change is made, and the next transform brings it into the star schema");
}

static bool make_change(Change *change, bool *out_is_matched, bool *out_is_confirmed, Error *error)
{
    char ledger[LEDGER_ID_SIZE];
    if (!connection_open(&change->config->warehouse, "copyfleet", &change->connection, error) ||
        !ledger_read_id(change->connection, ledger, error) || !confirm(change, out_is_matched, out_is_confirmed, error))
        return false;
    if (!*out_is_matched || !*out_is_confirmed)
        return true;
    return apply(change, out_is_matched, error) &&
           (!*out_is_matched ||
            (change_commit(&change->transaction, change->action, &change->summary, error) && transform(change, error)));
}

static int run_change(Change *change)
{
    Error error;
    bool is_matched, is_confirmed;
    if (!make_change(change, &is_matched, &is_confirmed, &error))
        return say_failure(&error);
    if (!is_matched)
        return EXIT_FINDINGS;
    if (!is_confirmed) {
        fputs("copyfleet: nothing was changed\n", stderr);
        return EXIT_USAGE;
    }
    print_summary(change);
    return EXIT_DONE;
}

static int command_change(const Config *config, const Options *options, ChangeAction action)
{
    Change change = {.config = config, .options = options, .operation = &operations[action], .action = action};
    change.selectors = memory_alloc_zeroed(options->name_count, sizeof *change.selectors);
    int code = EXIT_USAGE;
    if (parse_selectors(&change))
        code = run_change(&change);
    transaction_roll_back(&change.transaction);
    connection_close(change.connection);
    for (size_t i = 0; i < options->name_count; i++)
        selector_done(&change.selectors[i]);
    free(change.selectors);
    return code;
}

int command_retry(Config *config, const Options *options)
{
    return command_change(config, options, CHANGE_RETRY);
}

int command_skip(Config *config, const Options *options)
{
    return command_change(config, options, CHANGE_SKIP);
}

int command_undo(Config *config, const Options *options)
{
    if (!options->yes && !isatty(STDIN_FILENO)) {
        fputs("copyfleet: undo asks before it takes rows out; without a terminal it wants --yes\n", stderr);
        return EXIT_USAGE;
    }
    return command_change(config, options, CHANGE_UNDO);
}

int command_reload(Config *config, const Options *options)
{
    return command_change(config, options, CHANGE_RELOAD);
}
