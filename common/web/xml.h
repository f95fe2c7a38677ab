/* SPDX-License-Identifier: Apache-2.0
 *
 * XML from a service that may be hostile, parsed while it arrives; the one place that knows expat. The texts of
 * elements, their depth and the whole document are bounded. A DOCTYPE, which could define entities, is refused. */
#pragma once

#include <stdbool.h>

#include "base/auto.h"
#include "base/limits.h"
#include "base/slice.h"

#define XML_DEPTH_MAX 8
#define XML_TEXT_BYTES_MAX (16 * KIB)     /* an encoded key has 3 · 1,024 */
#define XML_DOCUMENT_BYTES_MAX (16 * MIB) /* 1,000 entries of an encoded key and some 1,000 bytes more */

typedef struct Xml Xml;

/* depth counts from 0, the root. The text of an element with children is the part after the last child. */
typedef struct XmlEvents {
    void (*on_start)(void *context, int depth, const char *name);
    void (*on_end)(void *context, int depth, const char *name, Slice text);
    int depth_max; /* levels, with the root's: XML_DEPTH_MAX for a document as flat as a listing */
} XmlEvents;

Xml *xml_open(const XmlEvents *events, void *context);
void xml_close(Xml *xml);
static inline void xml_auto_close(Xml **xml)
{
    xml_close(*xml);
}
#define AUTO_XML AUTO(Xml *, xml_auto_close)

/* Parses some more bytes. The last call has is_last, and may have no bytes. After false, xml_problem says what is
 * wrong. */
bool xml_feed(Xml *xml, Slice bytes, bool is_last) MUST_USE;
const char *xml_problem(const Xml *xml);
