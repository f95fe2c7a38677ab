/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/rescue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "decode/binary.h"
#include "decode/scalar.h"
#include "decode/scan.h"

#define ESCAPED_BYTES_MAX 6 /* of a byte: \u001f */
#define JSONB_VERSION 1

void rescue_init(Rescue *rescue, size_t target_count)
{
    *rescue = (Rescue){.misfits = memory_alloc_zeroed(target_count, sizeof(ConvertTarget *))};
}

void rescue_done(Rescue *rescue)
{
    free(rescue->misfits);
    *rescue = (Rescue){0};
}

/* Bytes that the field takes at most, with what scan_copy writes too much. A JSON text has only \n, \r and \t of what
 * has longer escapes: as a string it is twice as long at most. */
static size_t measure(const Rescue *rescue, const Document *document)
{
    size_t bytes = CONVERT_FIELD_BYTES;
    for (size_t i = 0; i < rescue->misfit_count; i++) {
        const ConvertTarget *target = rescue->misfits[i];
        bytes += CONVERT_FIELD_BYTES + ESCAPED_BYTES_MAX * strlen(target->name) +
                 2 * (size_t)document->values[target->leaf].raw_length;
    }
    for (size_t i = 0; i < document->unknowns.count; i++) {
        const UnknownField *field = &document->unknowns.fields[i];
        bytes += CONVERT_FIELD_BYTES + (size_t)(field->value.raw - field->lead) + 2 * (size_t)field->value.raw_length;
    }
    return bytes;
}

static char *put_escaped(char *out, char byte)
{
    static const char letters[256] = {['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't', ['"'] = '"', ['\\'] = '\\'};
    char letter = letters[(unsigned char)byte];
    *out++ = '\\';
    if (!letter)
        return out + snprintf(out, ESCAPED_BYTES_MAX, "u%04x", (unsigned)byte);
    *out++ = letter;
    return out;
}

/* The text as a JSON string. */
static char *put_string(char *out, Slice text)
{
    *out++ = '"';
    for (size_t i = 0; i < text.length; i++) {
        char byte = text.data[i];
        if (byte == '"' || byte == '\\' || (unsigned char)byte < 0x20)
            out = put_escaped(out, byte);
        else
            *out++ = byte;
    }
    *out++ = '"';
    return out;
}

static char *put_raw(char *out, Slice text)
{
    scan_copy(out, text.data, text.length);
    return out + text.length;
}

static char *put_value(char *out, const Value *value)
{
    *out++ = ':';
    bool fits = !(value->flags & (VALUE_HAS_NUL | VALUE_HAS_WIDE));
    out = fits ? put_raw(out, value_raw(value)) : put_string(out, value_raw(value));
    *out++ = ',';
    return out;
}

/* Reads the field's key again, which the parser has not kept. */
static Value read_key(Document *document, const UnknownField *field)
{
    Value name;
    char *scratch = document->scratch_next;
    document->last_nul = NULL;
    (void)scalar_parse_string(document, unknown_key(field), &name);
    document->scratch_next = scratch;
    return name;
}

static bool is_misfit_name(const Rescue *rescue, Slice name)
{
    for (size_t i = 0; i < rescue->misfit_count; i++) {
        if (slice_equals(slice_from_text(rescue->misfits[i]->name), name))
            return true;
    }
    return false;
}

static bool put_unknown(const Rescue *rescue, Document *document, const UnknownField *field, char **out,
                        Fault *out_fault)
{
    Value name = read_key(document, field);
    *out_fault = (Fault){.place = name.raw};
    if (name.flags & VALUE_HAS_NUL)
        out_fault->reason = "has a field with \\u0000 in its name, which jsonb cannot hold";
    else if (is_misfit_name(rescue, value_text(&name)))
        out_fault->reason = "has an unknown field of the same name as a column whose value does not fit";
    if (out_fault->reason)
        return false;
    *out = put_value(put_raw(*out, value_raw(&name)), &field->value);
    return true;
}

bool rescue_put(const Rescue *rescue, Document *document, Buffer *row, Fault *out_fault)
{
    const Unknowns *unknowns = &document->unknowns;
    bool is_empty = rescue->misfit_count == 0 && unknowns->count == 0;
    if (!buffer_reserve(row, measure(rescue, document))) {
        *out_fault = (Fault){document->top.raw, "makes a row of more than 9 MiB"};
        return false;
    }
    char *field = row->data + row->length;
    if (is_empty) {
        binary_put_32(field, UINT32_MAX); /* NULL */
        row->length += 4;
        return true;
    }
    char *out = field + 4;
    *out++ = JSONB_VERSION;
    *out++ = '{';
    for (size_t i = 0; i < rescue->misfit_count; i++) {
        const ConvertTarget *target = rescue->misfits[i];
        out = put_value(put_string(out, slice_from_text(target->name)), &document->values[target->leaf]);
    }
    for (size_t i = 0; i < unknowns->count; i++) {
        if (!put_unknown(rescue, document, &unknowns->fields[i], &out, out_fault))
            return false;
    }
    out[-1] = '}'; /* in place of the last comma */
    binary_put_32(field, (uint32_t)(out - field - 4));
    row->length = (size_t)(out - row->data);
    return true;
}
