/* SPDX-License-Identifier: Apache-2.0
 *
 * AWS's control plane, beside S3: one signed POST at a time to a service, tried again if it is throttled or gets no
 * answer. query_form.h and json_api.h are the two languages that the services speak; modules named after the services
 * use those. Not for what moves data: requests here are few and answers short. */
#pragma once

#include <stdbool.h>

#include "base/auto.h"
#include "base/buffer.h"
#include "base/error.h"
#include "config/aws.h"
#include "web/refusal.h"

typedef struct ApiService {
    const char *name;     /* as it is signed, and as hosts and permissions are named: redshift */
    const char *variable; /* the end of AWS_ENDPOINT_URL_…, which the AWS tools read too: REDSHIFT */
    const char *version;  /* of the Query API; of JSON what stands before the dot in X-Amz-Target */
    bool is_global;       /* one for all regions: IAM */
} ApiService;

extern const ApiService api_ec2, api_iam, api_redshift, api_redshift_serverless, api_sts;

typedef void ApiRefusalFunction(Slice body, Refusal *refusal);

typedef struct ApiCall {
    const ApiService *service;
    const char *action; /* for people: CreateCluster */
    const char *content_type;
    const char *target; /* X-Amz-Target; NULL: none */
    Slice body;
    ApiRefusalFunction *read_refusal;
} ApiCall;

typedef struct Api Api;

/* Finds credentials; reaches out to no service yet. The configuration has to outlive it. */
bool api_open(const AwsConfig *config, Api **out_api, Error *error) MUST_USE;
void api_close(Api *api);
static inline void api_auto_close(Api **api)
{
    api_close(*api);
}
#define AUTO_API AUTO(Api *, api_auto_close)

const char *api_region(const Api *api);

/* "aws", "aws-cn" or "aws-us-gov": what ARNs of the region begin with. Pure. */
const char *api_partition(const char *region);

/* Where the service is by default, and the region to sign for; the URL is to be freed. Pure. */
char *api_service_url(const ApiService *service, const char *region);
const char *api_signing_region(const ApiService *service, const char *region);

/* answer, which is initialized here, gets the whole answer. False if the service refuses; out_refusal and error say
 * why.
 */
bool api_call(Api *api, const ApiCall *call, Buffer *answer, Refusal *out_refusal, Error *error) MUST_USE;

/* A GET of an address of Amazon's that asks for no signature; the whole text. */
bool api_fetch(Api *api, const char *url, Buffer *answer, Error *error) MUST_USE;

bool api_refusal_is(const Refusal *refusal, const char *code);

/* Whether a permission is missing. */
bool api_refusal_is_denial(const Refusal *refusal);

/* Sets the error to what the refusal calls for; returns false. Pure. */
bool api_refusal_report(const Refusal *refusal, const ApiService *service, const char *action, Error *error);
