/* SPDX-License-Identifier: Apache-2.0 */
#include "control/json_api.h"

#include <jansson.h>
#include <string.h>

#include "base/memory.h"

static void release_json(json_t **value)
{
    json_decref(*value);
}

void json_api_read_refusal(Slice body, Refusal *refusal)
{
    AUTO(json_t *, release_json) root = json_loadb(body.data, body.length, 0, NULL);
    const char *type = json_string_value(json_object_get(root, "__type"));
    const char *message = json_string_value(json_object_get(root, "message"));
    if (!message)
        message = json_string_value(json_object_get(root, "Message"));
    const char *name = type ? strrchr(type, '#') : NULL;
    refusal_copy_text(refusal->code, sizeof refusal->code, name ? name + 1 : type ? type : "");
    refusal_copy_text(refusal->message, sizeof refusal->message, message ? message : "");
}

bool json_api_call(Api *api, const ApiService *service, const char *action, Slice body, Buffer *out_answer,
                   Refusal *out_refusal, Error *error)
{
    AUTO_FREE char *target = memory_format("%s.%s", service->version, action);
    const ApiCall call = {
        .service = service,
        .action = action,
        .content_type = "application/x-amz-json-1.1",
        .target = target,
        .body = body,
        .read_refusal = json_api_read_refusal,
    };
    return api_call(api, &call, out_answer, out_refusal, error);
}
