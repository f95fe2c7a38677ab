/* SPDX-License-Identifier: Apache-2.0
 *
 * The AWS Query API, which EC2, IAM, Redshift and STS speak: a form of Action, Version and flat parameters, posted; an
 * answer in XML. https://docs.aws.amazon.com/redshift/latest/mgmt/using-amazon-redshift-mgmt-interfaces.html */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/buffer.h"
#include "control/api.h"
#include "web/xml_tree.h"

typedef struct QueryForm {
    const ApiService *service;
    const char *action;
    Buffer body;
    bool is_too_long;
} QueryForm;

#define AUTO_QUERY_FORM AUTO(QueryForm, query_form_done)

void query_form_init(QueryForm *form, const ApiService *service, const char *action);

/* Wipes it: a password may stand in it. */
void query_form_done(QueryForm *form);

/* Parameters are added in any order; what does not fit fails the call. Members of lists are named with their number
 * from 1: "Tags.Tag.1.Key". */
void query_form_add(QueryForm *form, const char *name, const char *value);
void query_form_add_number(QueryForm *form, const char *name, int64_t number);

/* False if the service refuses; out_refusal and error say why. */
bool query_form_call(Api *api, QueryForm *form, XmlTree *out_answer, Refusal *out_refusal, Error *error) MUST_USE;
