/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/document.h"

#include <string.h>

#include "decode/scalar.h"
#include "decode/scan.h"
#include "decode/text.h"

static const char reason_too_deep[] = "is nested deeper than 512 levels";
_Static_assert(DOCUMENT_DEPTH_MAX == 512, "reason_too_deep says the number");

#define DEPTH_OF_TOP 1 /* of the values in the document's own brackets */

/* Every function below takes the place where something must begin and returns the place after it, or NULL, as those
 * of scalar.h do. They call each other as deep as the document is: DOCUMENT_DEPTH_MAX. */
/* NOLINTBEGIN(misc-no-recursion) */

static const char *parse_other(Document *d, const char *p, MappingNode *node, unsigned depth, Value *value);

__attribute__((noinline)) static const char *skip_blanks(Document *d, const char *p)
{
    for (; text_is_space(*p); p++)
        d->has_break |= *p == '\n';
    return p;
}

static inline const char *skip_space(Document *d, const char *p)
{
    return text_is_space(*p) ? skip_blanks(d, p) : p;
}

static void forget_values(Document *d, const MappingNode *node)
{
    memset(d->values + node->leaf_first, 0, node->leaf_count * sizeof(*d->values));
}

static inline const char *parse_into(Document *d, const char *p, MappingNode *node, unsigned depth, Value *value)
{
    if (*p == '"')
        return scalar_parse_string(d, p, value);
    if (number_is_digit(*p) || *p == '-')
        return scalar_parse_number(d, p, value);
    return parse_other(d, p, node, depth, value);
}

static inline const char *parse_value(Document *d, const char *p, MappingNode *node, unsigned depth)
{
    Value ignored;
    Value *value = &ignored;
    if (node) {
        /* Of a key that comes twice, the last one counts, with all that is below it. */
        if (node->has_below)
            forget_values(d, node);
        if (node->leaf >= 0)
            value = &d->values[node->leaf];
    }
    return parse_into(d, p, node, depth, value);
}

/* Elements that no column asks for have no node; the others are sorted by index. */
static const char *parse_array(Document *d, const char *p, MappingNode *node, unsigned depth)
{
    MappingNode *element = node ? node->elements : NULL;
    p = skip_space(d, p + 1);
    if (*p == ']')
        return p + 1;
    for (uint32_t i = 0;; i++) {
        MappingNode *child = element && element->index == i ? element : NULL;
        if (child)
            element = element->sibling;
        p = parse_value(d, p, child, depth);
        if (!p)
            return NULL;
        p = skip_space(d, p);
        if (*p == ']')
            return p + 1;
        if (*p != ',')
            return scalar_fail(d, p, "is not JSON: neither a comma nor the end of the array");
        p = skip_space(d, p + 1);
    }
}

/* Parses a key that is not the expected one, up to the start of its value. *guess is set so that the next row expects
 * this key here. *out_key is NULL if the key is not remembered. */
static const char *parse_key(Document *d, const char *p, MappingNode *node, MappingKey **guess, MappingKey **out_key,
                             MappingNode **out_child)
{
    const char *lead = p;
    p = skip_space(d, p);
    if (*p != '"')
        return scalar_fail(d, p, "is not JSON: an object's key is missing");
    char *scratch = d->scratch_next;
    Value name;
    p = scalar_parse_string(d, p, &name);
    d->scratch_next = scratch;
    if (!p)
        return NULL;
    p = skip_space(d, p);
    if (*p != ':')
        return scalar_fail(d, p, "is not JSON: no colon after a key");
    p = skip_space(d, p + 1);

    *out_key = NULL;
    *out_child = NULL;
    if (!node)
        return p;
    MappingKey *key = mapping_find_key(d->mapping, node, value_text(&name), out_child);
    /* What an escape stands for must be noticed in every row: such keys are read each time. */
    bool is_plain = name.text == name.raw + 1;
    if (key && is_plain && mapping_learn_lead(key, (Slice){lead, (size_t)(p - lead)}))
        *guess = *out_key = key;
    return p;
}

/* The value of an unknown field that is noted. */
__attribute__((noinline)) static const char *parse_unknown(Document *d, const char *p, Value *value)
{
    return parse_into(d, p, NULL, DEPTH_OF_TOP, value);
}

static const char *parse_object(Document *d, const char *p, MappingNode *node, unsigned depth)
{
    MappingKey *nothing = NULL;
    MappingKey **guess = node ? &node->first : &nothing;
    bool has_break = false;
    p++;
    if (*p != '"') {
        const char *close = skip_space(d, p);
        if (*close == '}')
            return close + 1;
    }
    for (;;) {
        const char *lead = p;
        MappingKey *key = *guess;
        MappingNode *child;
        if (key && scan_is_same(p, key->lead, key->lead_length)) {
            p += key->lead_length;
            child = key->child;
            has_break |= key->has_break;
        } else {
            p = parse_key(d, p, node, guess, &key, &child);
            if (!p)
                return NULL;
        }
        guess = key ? &key->next : &nothing;
        Value *unknown = child || depth > DEPTH_OF_TOP ? NULL : unknowns_add(&d->unknowns, lead, key);
        p = unknown ? parse_unknown(d, p, unknown) : parse_value(d, p, child, depth);
        if (!p)
            return NULL;
        if (*p != ',') {
            p = skip_space(d, p);
            if (*p == '}') {
                d->has_break |= has_break;
                return p + 1;
            }
            if (*p != ',')
                return scalar_fail(d, p, "is not JSON: neither a comma nor the end of the object");
        }
        p++;
    }
}

__attribute__((noinline)) static const char *parse_compound(Document *d, const char *p, MappingNode *node,
                                                            unsigned depth, Value *value)
{
    if (depth == DOCUMENT_DEPTH_MAX)
        return scalar_fail(d, p, reason_too_deep);
    bool is_object = *p == '{';
    const char *start = p;
    char *scratch = d->scratch_next;
    p = is_object ? parse_object(d, p, node, depth + 1) : parse_array(d, p, node, depth + 1);
    if (!p)
        return NULL;
    if (!node)
        d->scratch_next = scratch;
    value->raw = start;
    value->raw_length = (uint32_t)(p - start);
    value->kind = is_object ? VALUE_OBJECT : VALUE_ARRAY;
    value->flags = 0;
    if (d->last_nul >= start)
        value->flags |= VALUE_HAS_NUL;
    if (d->last_wide >= start)
        value->flags |= VALUE_HAS_WIDE;
    return p;
}

/* What is neither string nor number. */
__attribute__((noinline)) static const char *parse_other(Document *d, const char *p, MappingNode *node, unsigned depth,
                                                         Value *value)
{
    /* After a key that was written with less white space the last time it was seen. */
    if (text_is_space(*p))
        return parse_into(d, skip_space(d, p), node, depth, value);
    switch (*p) {
    case '{':
    case '[':
        return parse_compound(d, p, node, depth, value);
    case 't':
    case 'f':
    case 'n':
        return scalar_parse_word(d, p, value);
    default:
        return scalar_fail(d, p, "is not JSON: a value is missing");
    }
}

/* NOLINTEND(misc-no-recursion) */

DocumentOutcome document_parse(Document *document, const char *text, const char *end, bool is_last,
                               const char **out_end)
{
    Document *d = document;
    MappingNode *root = d->mapping->root;
    d->fault = d->defect = (Fault){0};
    d->last_nul = d->last_wide = NULL;
    d->scratch_next = d->scratch;
    d->unknowns.count = 0;
    d->has_break = false;
    memset(d->values, 0, d->mapping->leaf_count * sizeof(*d->values));

    const char *p = parse_into(d, text, root, DEPTH_OF_TOP - 1, &d->top);
    bool is_cut = p ? p == end && d->top.kind == VALUE_NUMBER : d->fault.place >= end;
    if (is_cut && !is_last)
        return DOCUMENT_CUT;
    if (!p) {
        if (is_cut)
            d->fault = (Fault){end, "is not JSON: it ends in the middle of a value"};
        return d->fault.reason == reason_too_deep ? DOCUMENT_TOO_DEEP : DOCUMENT_BROKEN;
    }
    if (root->leaf >= 0) {
        /* A column of the whole document asks for each of its fields. */
        d->values[root->leaf] = d->top;
        d->unknowns.count = 0;
    }
    /* Outside strings nothing but ASCII has been let through. */
    const char *bad = text_find_bad_utf8((Slice){text, (size_t)(p - text)});
    if (bad && (!d->defect.place || bad < d->defect.place))
        d->defect = (Fault){bad, "is not valid UTF-8"};
    *out_end = p;
    return DOCUMENT_WHOLE;
}
