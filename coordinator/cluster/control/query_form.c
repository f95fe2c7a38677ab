/* SPDX-License-Identifier: Apache-2.0 */
#include "control/query_form.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "web/sigv4.h"

/* A policy has 10 KiB at most, three times that encoded. */
#define FORM_BYTES_MAX (64 * KIB)

void query_form_init(QueryForm *form, const ApiService *service, const char *action)
{
    *form = (QueryForm){.service = service, .action = action};
    buffer_init(&form->body, FORM_BYTES_MAX);
    /* Room enough that the buffer is not moved, since the old copy would not be wiped. */
    form->is_too_long = !buffer_reserve(&form->body, FORM_BYTES_MAX / 4);
    query_form_add(form, "Action", action);
    query_form_add(form, "Version", service->version);
}

void query_form_done(QueryForm *form)
{
    if (form->body.data)
        explicit_bzero(form->body.data, form->body.capacity);
    buffer_done(&form->body);
}

/* A blank becomes "+", as in every form and as the AWS tools send it: some servers check the signature of that text. */
static bool append_value(Buffer *out, const char *value)
{
    for (;;) {
        size_t length = strcspn(value, " ");
        if (!sigv4_append_text(out, (Slice){value, length}))
            return false;
        if (!value[length])
            return true;
        if (!buffer_append(out, SLICE("+")))
            return false;
        value += length + 1;
    }
}

void query_form_add(QueryForm *form, const char *name, const char *value)
{
    Buffer *body = &form->body;
    bool fits = buffer_append_text(body, body->length > 0 ? "&" : "") &&
                sigv4_append_text(body, slice_from_text(name)) && buffer_append_text(body, "=") &&
                append_value(body, value);
    form->is_too_long |= !fits;
}

void query_form_add_number(QueryForm *form, const char *name, int64_t number)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRId64, number);
    query_form_add(form, name, text);
}

bool query_form_call(Api *api, QueryForm *form, XmlTree *out_answer, Refusal *out_refusal, Error *error)
{
    *out_refusal = (Refusal){0};
    if (form->is_too_long)
        return error_set(error, ERROR_FATAL, "%s %s would be too long a request", form->service->name, form->action);
    const ApiCall call = {
        .service = form->service,
        .action = form->action,
        .content_type = "application/x-www-form-urlencoded; charset=utf-8",
        .body = buffer_slice(&form->body),
        .read_refusal = refusal_read_xml,
    };
    AUTO_BUFFER answer = {0};
    if (!api_call(api, &call, &answer, out_refusal, error))
        return false;
    return xml_tree_parse(buffer_slice(&answer), out_answer) ||
           error_set(error, ERROR_FATAL, "%s answered %s with what is no XML: check its endpoint", form->service->name,
                     form->action);
}
