/* SPDX-License-Identifier: Apache-2.0
 *
 * What a refusal calls for. The sentences of services come from outside, and the one for a wrong signature quotes what
 * was signed, with a session token in it: of such a sentence only its kind is told. */
#include <string.h>

#include "control/api.h"

typedef enum Quoting { QUOTED, UNQUOTED } Quoting;

typedef struct Rule {
    const char *code;
    ErrorKind kind;
    Quoting quoting;
    const char *advice;
} Rule;

#define KEYS_ADVICE "check the access key and its secret"
#define EXPIRED_ADVICE "get new credentials: these have expired"
#define AGAIN_ADVICE "it is worth trying again"

/* https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html, and the like of the others. */
static const Rule rules[] = {
    {"SignatureDoesNotMatch", ERROR_FATAL, UNQUOTED,
     "the secret does not belong to the access key, or this machine's clock is wrong: check both"},
    {"InvalidSignatureException", ERROR_FATAL, UNQUOTED,
     "the secret does not belong to the access key, or this machine's clock is wrong: check both"},
    {"IncompleteSignature", ERROR_FATAL, UNQUOTED, KEYS_ADVICE},
    {"AuthFailure", ERROR_FATAL, UNQUOTED, KEYS_ADVICE},
    {"InvalidClientTokenId", ERROR_FATAL, UNQUOTED, KEYS_ADVICE},
    {"UnrecognizedClientException", ERROR_FATAL, UNQUOTED, KEYS_ADVICE},
    {"ExpiredToken", ERROR_FATAL, UNQUOTED, EXPIRED_ADVICE},
    {"ExpiredTokenException", ERROR_FATAL, UNQUOTED, EXPIRED_ADVICE},
    {"RequestExpired", ERROR_FATAL, UNQUOTED, "set this machine's clock"},
    {"OptInRequired", ERROR_FATAL, QUOTED, "the account has not subscribed to it: do that in the AWS console"},
    {"AccessDenied", ERROR_FATAL, QUOTED, ""}, /* these name the permission */
    {"AccessDeniedException", ERROR_FATAL, QUOTED, ""},
    {"UnauthorizedOperation", ERROR_FATAL, QUOTED, ""},
    {"Throttling", ERROR_RETRY, QUOTED, AGAIN_ADVICE},
    {"ThrottlingException", ERROR_RETRY, QUOTED, AGAIN_ADVICE},
    {"RequestThrottled", ERROR_RETRY, QUOTED, AGAIN_ADVICE},
    {"RequestLimitExceeded", ERROR_RETRY, QUOTED, AGAIN_ADVICE},
    {"TooManyRequestsException", ERROR_RETRY, QUOTED, AGAIN_ADVICE},
    {"RequestTimeout", ERROR_RETRY, QUOTED, AGAIN_ADVICE},
    {"ServiceUnavailable", ERROR_RETRY, QUOTED, AGAIN_ADVICE},
    {"Unavailable", ERROR_RETRY, QUOTED, AGAIN_ADVICE},
    {"InternalError", ERROR_RETRY, QUOTED, AGAIN_ADVICE},
    {"InternalFailure", ERROR_RETRY, QUOTED, AGAIN_ADVICE},
    {"InternalServerException", ERROR_RETRY, QUOTED, AGAIN_ADVICE},
};

static Rule find_rule(const Refusal *refusal)
{
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (strcmp(rules[i].code, refusal->code) == 0)
            return rules[i];
    bool may_pass = refusal->status >= 500 || refusal->status == 429 || refusal->status == 408;
    return (Rule){.kind = may_pass ? ERROR_RETRY : ERROR_FATAL, .advice = may_pass ? AGAIN_ADVICE : ""};
}

bool api_refusal_is_denial(const Refusal *refusal)
{
    return strncmp(refusal->code, "AccessDenied", strlen("AccessDenied")) == 0 ||
           strcmp(refusal->code, "UnauthorizedOperation") == 0;
}

bool api_refusal_is(const Refusal *refusal, const char *code)
{
    return strcmp(refusal->code, code) == 0;
}

bool api_refusal_report(const Refusal *refusal, const ApiService *service, const char *action, Error *error)
{
    Rule rule = find_rule(refusal);
    bool has_message = rule.quoting == QUOTED && refusal->message[0];
    error_set(error, rule.kind, "%s %s was refused with status %d%s%s%s%s%s%s", service->name, action, refusal->status,
              refusal->code[0] ? " " : "", refusal->code, has_message ? ": " : "", has_message ? refusal->message : "",
              rule.advice[0] ? "; " : "", rule.advice);
    if (api_refusal_is_denial(refusal))
        error_add_context(error, "these credentials may not do %s:%s, see docs/cluster.md", service->name, action);
    return false;
}
