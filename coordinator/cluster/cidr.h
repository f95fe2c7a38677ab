/* SPDX-License-Identifier: Apache-2.0
 *
 * The addresses that are let in, as CIDR. Pure. */
#pragma once

#include <stdbool.h>

#include "base/auto.h"
#include "base/error.h"

#define CLUSTER_CIDR_SIZE 64

/* From what a person wrote: address/length, or one address alone. Host bits are cleared, as EC2 clears them. The whole
 * world has to be spelled out as 0.0.0.0/0 or ::/0; *out_is_everyone is true then. */
bool cluster_cidr_read(const char *text, char out_cidr[CLUSTER_CIDR_SIZE], bool *out_is_everyone,
                       Error *error) MUST_USE;

/* From what a service told of this machine's address: one address and nothing else. */
bool cluster_cidr_of_address(const char *text, char out_cidr[CLUSTER_CIDR_SIZE], Error *error) MUST_USE;
