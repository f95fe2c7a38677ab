/* SPDX-License-Identifier: Apache-2.0
 *
 * Where two stretches of one walk through the keys meet. The right one begins after the border's text. The left one
 * goes on past the border until it sees the key that the right one saw first: so none is missed between them, in
 * whatever order the server sorts and wherever it begins after a text. If the right one sees no key, the left one goes
 * on in its place. Pure. */
#pragma once

#include <stdbool.h>

typedef struct Border {
    char *text;
    char *first;         /* the key that the right stretch saw first; NULL: none yet */
    struct Border *next; /* if it saw none: its own end, or NULL if that is the end of the walk */
    bool is_empty;       /* it saw none */
} Border;

Border *border_open(const char *text);

/* With all that are after it. */
void border_close(Border *border);

/* What the right stretch saw: its first key, or none. The border takes the end of a stretch that saw none. */
void border_see(Border *border, const char *key);
void border_see_none(Border *border, Border *end);

typedef enum BorderSide {
    BORDER_LEFT,    /* the key is the left stretch's */
    BORDER_RIGHT,   /* the left stretch is complete */
    BORDER_UNKNOWN, /* the right stretch has yet to see a key */
    BORDER_MISSED,  /* the two have not met: nobody knows which keys are between them */
} BorderSide;

/* Where the next key that the left stretch saw is; NULL: it has come to the end of the walk. *end is the border that
 * the left stretch ends at, or NULL if that is the end of the walk; it moves on if the right stretch saw no key. */
BorderSide border_pass(Border **end, const char *key);

/* Whether border_pass has more to say than BORDER_UNKNOWN. */
bool border_is_known(const Border *end);
