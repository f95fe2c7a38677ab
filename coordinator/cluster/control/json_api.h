/* SPDX-License-Identifier: Apache-2.0
 *
 * AWS's JSON 1.1 protocol, which Redshift Serverless speaks: the action in X-Amz-Target, a JSON object each way. */
#pragma once

#include <stdbool.h>

#include "control/api.h"

/* The caller wipes body. out_answer, which is initialized here, gets the answer's text. False if the service refuses;
 * out_refusal and error say why. */
bool json_api_call(Api *api, const ApiService *service, const char *action, Slice body, Buffer *out_answer,
                   Refusal *out_refusal, Error *error) MUST_USE;

/* From the body of a refusal: __type, whose namespace is left out, and message. Pure. */
void json_api_read_refusal(Slice body, Refusal *refusal);
