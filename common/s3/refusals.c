/* SPDX-License-Identifier: Apache-2.0 */
#include "s3/refusals.h"

#include <assert.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "web/xml.h"

/* S3's longest key would leave no room in an Error for what is wrong. */
#define NAME_BYTES_MAX 320

static void copy_cut(char *out_text, size_t size, Slice text)
{
    size_t length = text.length < size ? text.length : size - 1;
    while (length < text.length && length > 0 && ((unsigned char)text.data[length] & 0xC0) == 0x80)
        length--;
    memcpy(out_text, text.data, length);
    out_text[length] = '\0';
}

static void copy_sentence(char *out_text, size_t size, Slice text)
{
    copy_cut(out_text, size, text);
    if (strlen(out_text) == text.length)
        return;
    copy_cut(out_text, size - strlen("…"), text);
    char *blank = strrchr(out_text, ' ');
    char *end = blank ? blank : out_text + strlen(out_text);
    memcpy(end, "…", sizeof "…");
}

/* S3's sentence without its full stop: our message goes on after it. */
static Slice cut_full_stop(Slice text)
{
    bool has_one = text.length > 0 && text.data[text.length - 1] == '.';
    return (Slice){text.data, text.length - has_one};
}

void s3_refusal_keep(S3Refusal *refusal, const char *name, Slice text)
{
    if (strcmp(name, "Code") == 0)
        copy_cut(refusal->code, sizeof refusal->code, text);
    else if (strcmp(name, "Message") == 0)
        copy_sentence(refusal->message, sizeof refusal->message, cut_full_stop(text));
    else if (strcmp(name, "Region") == 0)
        copy_cut(refusal->region, sizeof refusal->region, text);
}

static void start_element(void *context, int depth, const char *name)
{
    (void)context, (void)depth, (void)name;
}

static void end_element(void *context, int depth, const char *name, Slice text)
{
    if (depth == 1)
        s3_refusal_keep(context, name, text);
}

void s3_refusal_parse(S3Refusal *refusal, Slice body)
{
    static const XmlEvents events = {start_element, end_element, XML_DEPTH_MAX};
    AUTO_XML xml = xml_open(&events, refusal);
    if (!xml_feed(xml, body, true))
        return;
}

/* A refusal that is recognised by its code or, if code is NULL, by its status alone. The first rule that fits counts.
 */
typedef struct Rule {
    const char *code;
    int status;
    ErrorKind bucket_kind;
    ErrorKind object_kind;
    const char *advice;
} Rule;

#define REGION_ADVICE "set [AWS] REGION (and ENDPOINT_URL if it is set) to the bucket's region"
#define KMS_ADVICE "it is encrypted with a KMS key that cannot be used: enable the key, or write the object again"
#define READ_ADVICE                                                                                                    \
    "allow these credentials s3:ListBucket on the bucket and s3:GetObject in it; a bucket whose requester pays is "    \
    "not read"
#define NOT_IMPLEMENTED_ADVICE "the server does not implement this request: check [AWS] ENDPOINT_URL"

/* Refusals that are recognised by a word of S3's sentence too: their code alone means something else. */
static const struct {
    const char *word;
    Rule rule;
} worded_rules[] = {
    {"kms:",
     {"AccessDenied", 0, ERROR_DENIED, ERROR_REJECT,
      "allow these credentials kms:Decrypt on the key that it is encrypted with, and kms:GenerateDataKey to write"}},
    {"Server Side Encryption",
     {"InvalidRequest", 0, ERROR_FATAL, ERROR_REJECT,
      "it is encrypted with a key that its writer keeps (SSE-C): write it again without"}},
};

static const Rule rules[] = {
    {"NoSuchBucket", 0, ERROR_FATAL, ERROR_REFUSED, "check the bucket's name in the configuration"},
    {"SignatureDoesNotMatch", 0, ERROR_DENIED, ERROR_DENIED,
     "the secret does not belong to the access key: check both"},
    {"InvalidAccessKeyId", 0, ERROR_DENIED, ERROR_DENIED, "check the access key"},
    {"InvalidToken", 0, ERROR_DENIED, ERROR_DENIED, "get new credentials: the session token is not valid"},
    {"ExpiredToken", 0, ERROR_DENIED, ERROR_DENIED, "get new credentials: these have expired"},
    {"RequestTimeTooSkewed", 0, ERROR_DENIED, ERROR_DENIED, "set this machine's clock"},
    {"AuthorizationHeaderMalformed", 0, ERROR_FATAL, ERROR_REFUSED, REGION_ADVICE},
    {"InvalidObjectState", 0, ERROR_REJECT, ERROR_REJECT, "the object is archived: restore it first"},
    {"KMS.DisabledException", 0, ERROR_REJECT, ERROR_REJECT, KMS_ADVICE},
    {"KMS.InvalidStateException", 0, ERROR_REJECT, ERROR_REJECT, KMS_ADVICE},
    {"KMS.KMSInvalidStateException", 0, ERROR_REJECT, ERROR_REJECT, KMS_ADVICE},
    {"KMS.NotFoundException", 0, ERROR_REJECT, ERROR_REJECT, KMS_ADVICE},
    {"RequestTimeout", 0, ERROR_RETRY, ERROR_RETRY, "it is worth trying again"},
    {"SlowDown", 0, ERROR_RETRY, ERROR_RETRY, "it is worth trying again, more slowly"},
    {NULL, 301, ERROR_FATAL, ERROR_REFUSED, REGION_ADVICE},
    {NULL, 302, ERROR_FATAL, ERROR_REFUSED, REGION_ADVICE},
    {NULL, 307, ERROR_FATAL, ERROR_REFUSED, REGION_ADVICE},
    {NULL, 401, ERROR_DENIED, ERROR_REJECT, "allow these credentials to read it"},
    {"AccessDenied", 0, ERROR_DENIED, ERROR_REJECT, READ_ADVICE},
    {NULL, 403, ERROR_DENIED, ERROR_REJECT, READ_ADVICE},
    {NULL, 404, ERROR_FATAL, ERROR_STALE, "it is not there any more, or never was"},
    {NULL, 408, ERROR_RETRY, ERROR_RETRY, "it is worth trying again"},
    {NULL, 412, ERROR_RETRY, ERROR_STALE, "it has changed since it was listed"},
    {NULL, 429, ERROR_RETRY, ERROR_RETRY, "it is worth trying again, more slowly"},
    {NULL, 501, ERROR_FATAL, ERROR_REFUSED, NOT_IMPLEMENTED_ADVICE},
    {NULL, 505, ERROR_FATAL, ERROR_REFUSED, NOT_IMPLEMENTED_ADVICE},
};

static const Rule *find_rule(const S3Refusal *refusal, int status)
{
    const char *code = refusal->code;
    static const Rule server = {NULL, 500, ERROR_RETRY, ERROR_RETRY, "it is worth trying again"};
    static const Rule other = {NULL, 0, ERROR_FATAL, ERROR_REJECT, "check the endpoint and the request's parameters"};
    for (size_t i = 0; i < sizeof worded_rules / sizeof worded_rules[0]; i++)
        if (strcmp(worded_rules[i].rule.code, code) == 0 && strstr(refusal->message, worded_rules[i].word))
            return &worded_rules[i].rule;
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        if (rules[i].code ? strcmp(rules[i].code, code) == 0 : rules[i].status == status)
            return &rules[i];
    return status >= 500 || strcmp(code, "InternalError") == 0 || strcmp(code, "ServiceUnavailable") == 0 ? &server
                                                                                                          : &other;
}

bool s3_refusal_is_denial(const S3Refusal *refusal, int status)
{
    bool is_of_key = strstr(refusal->message, "kms:") != NULL; /* the KMS key's policy denies it, not the bucket's */
    return (strcmp(refusal->code, "AccessDenied") == 0 && !is_of_key) ||
           (!refusal->code[0] && (status == 401 || status == 403));
}

bool s3_refusal_report(const S3Refusal *refusal, int status, S3Subject subject, Error *error)
{
    assert(status > 0);
    const Rule *rule = find_rule(refusal, status);
    ErrorKind kind = subject == S3_SUBJECT_BUCKET ? rule->bucket_kind : rule->object_kind;
    char region[64] = "";
    if (refusal->region[0])
        snprintf(region, sizeof region, " (the bucket is in %s)", refusal->region);
    return error_set_service(error, kind, SERVICE_S3, "S3 refused with status %d%s%s%s%s: %s%s", status,
                             refusal->code[0] ? " " : "", refusal->code, refusal->message[0] ? ", " : "",
                             refusal->message, rule->advice, region);
}

bool s3_refusal_name_object(Error *error, const char *bucket, const char *key)
{
    char name[NAME_BYTES_MAX];
    copy_cut(name, sizeof name, slice_from_text(key));
    if (error->service == SERVICE_S3)
        error_set_name(error, bucket);
    error_add_context(error, "s3://%s/%s%s", bucket, name, strlen(name) < strlen(key) ? "…" : "");
    for (char *at = error->message; *at; at++)
        if ((unsigned char)*at < ' ' || *at == 0x7F)
            *at = '?';
    return false;
}
