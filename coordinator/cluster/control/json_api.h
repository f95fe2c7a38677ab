/* SPDX-License-Identifier: Apache-2.0
 *
 * AWS's JSON 1.1 protocol, which Redshift Serverless speaks: the action in X-Amz-Target, a JSON object each way. */
#pragma once

#include <stdbool.h>

#include "control/api.h"

/* body is wiped by the caller; the answer's text in out_answer, which is born here. Where the service refuses, false,
 * and why in out_refusal and error. */
bool json_api_call(Api *api, const ApiService *service, const char *action, Slice body, Buffer *out_answer,
                   ApiRefusal *out_refusal, Error *error) MUST_USE;

/* From the body of a refusal: __type, whose namespace is left out, and message. Pure. */
void json_api_read_refusal(Slice body, ApiRefusal *refusal);
