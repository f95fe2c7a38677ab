/* SPDX-License-Identifier: Apache-2.0
 *
 * What went wrong, as the action that it calls for and one sentence for a person. Every fallible function of copyfleet
 * returns bool and takes an Error last; errno, HTTP statuses, SQLSTATEs and Kafka codes become a kind once, in the
 * module that owns the library. The kinds are the rows of the failure policy, see ARCHITECTURE.md. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/auto.h"

typedef enum ErrorKind {
    ERROR_RETRY,   /* the same again, later; if a probe of the service fails too, it is an outage instead */
    ERROR_OUTAGE,  /* the service is not there: wait, burn no attempt */
    ERROR_STALE,   /* the object is gone, or has changed since it was planned */
    ERROR_REJECT,  /* this input will never load as it is */
    ERROR_REFUSED, /* nothing of this dataset will load until a person mends it; other datasets load. A command ends
                      with REFUSED if it asks for something that it may not have; then it has done nothing */
    ERROR_DENIED,  /* the service refuses who we are, or all that we ask for. To a program that begins it is FATAL; a
                      daemon that has worked waits for a person to mend it, as it waits for the end of an outage */
    ERROR_FATAL,   /* nothing will work until a person mends it */
    ERROR_INTERRUPTED, /* we were told to stop */
} ErrorKind;

/* The service that a probe has to ask before a RETRY is counted. */
typedef enum ErrorService {
    SERVICE_NONE,
    SERVICE_S3,
    SERVICE_WAREHOUSE,
    SERVICE_KAFKA,
    SERVICE_TABLE, /* a staging table: the warehouse is there, and somebody else has the table */
} ErrorService;

#define ERROR_SERVICES (SERVICE_TABLE + 1)

/* A bucket has 63 characters at most, old ones 255; a table's name is one of a schema and one of its own. */
#define ERROR_NAME_SIZE 256

typedef struct Error {
    ErrorKind kind;
    ErrorService service;
    char name[ERROR_NAME_SIZE]; /* the bucket or table that failed, others may be well; "": the whole service */
    char message[1024];         /* cut at a character boundary if it would be longer */
} Error;

/* Sets kind and message and returns false, so that a failure is one line: return error_set(error, ERROR_…, "…", …); */
bool error_set(Error *error, ErrorKind kind, const char *format, ...) PRINTF_LIKE(3, 4);

/* The same, naming the service that failed. */
bool error_set_service(Error *error, ErrorKind kind, ErrorService service, const char *format, ...) PRINTF_LIKE(4, 5);

/* Names the bucket or table of the service that failed. */
void error_set_name(Error *error, const char *name);

/* Puts context in front of the message, "context: message", keeps the rest, and returns false. */
bool error_add_context(Error *error, const char *format, ...) PRINTF_LIKE(2, 3);

/* Whether a person has to mend something first: DENIED or FATAL. */
bool error_is_lasting(const Error *error);

/* The kind's name in lower case, as it stands in logs and in the ledger. */
const char *error_kind_name(ErrorKind kind);

/* The service's name, as it stands in logs. */
const char *error_service_name(ErrorService service);

/* Ends the process with a sentence on stderr: for allocation failures, which the ledger makes an ordinary crash. */
_Noreturn void error_abort(const char *what);
