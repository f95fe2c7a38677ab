/* SPDX-License-Identifier: Apache-2.0
 *
 * The pages that a key server answers with. */
#pragma once

#include "base/buffer.h"
#include "key_server.h"

/* Sorts the keys as the server does; once, before the first answer. */
void key_pages_sort(const KeyServer *server);

/* Appends the answer to a request, whose head it takes apart, to body. Returns its status. */
int key_pages_answer(const KeyServer *server, char *head, Buffer *body);
