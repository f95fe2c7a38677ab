/* SPDX-License-Identifier: Apache-2.0 */
#include "web/xml.h"

#include <assert.h>
#include <expat.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"

/* As long as a tag has no end, expat scans it from its beginning with every feed (CVE-2023-52425). A tag as long as
 * this is refused. */
#define TOKEN_BYTES_MAX (256 * KIB)

struct Xml {
    XML_Parser parser;
    const XmlEvents *events;
    void *context;
    int depth; /* elements that are open */
    Buffer text;
    size_t fed_bytes;          /* in all */
    size_t fed_at_event_bytes; /* fed_bytes when the parser last found something */
    const char *problem;
};

static void stop(Xml *xml, const char *problem)
{
    if (!xml->problem)
        xml->problem = problem;
    XML_StopParser(xml->parser, XML_FALSE);
}

static void start_element(void *context, const char *name, const char **attributes)
{
    (void)attributes;
    Xml *xml = context;
    xml->fed_at_event_bytes = xml->fed_bytes;
    if (xml->depth == xml->events->depth_max) {
        stop(xml, "its elements are nested too deeply");
        return;
    }
    buffer_clear(&xml->text);
    xml->events->on_start(xml->context, xml->depth++, name);
}

static void end_element(void *context, const char *name)
{
    Xml *xml = context;
    xml->fed_at_event_bytes = xml->fed_bytes;
    /* expat ends <a/> also if its start stopped the parser. */
    if (xml->problem)
        return;
    xml->events->on_end(xml->context, --xml->depth, name, buffer_slice(&xml->text));
    buffer_clear(&xml->text);
}

static void add_text(void *context, const char *text, int length)
{
    Xml *xml = context;
    xml->fed_at_event_bytes = xml->fed_bytes;
    if (!buffer_append(&xml->text, (Slice){text, (size_t)length}))
        stop(xml, "the text of an element is too long");
}

static void refuse_doctype(void *context, const char *name, const char *system_id, const char *public_id,
                           int has_internal_subset)
{
    (void)name, (void)system_id, (void)public_id, (void)has_internal_subset;
    stop(context, "it has a DOCTYPE");
}

Xml *xml_open(const XmlEvents *events, void *context)
{
    assert(events->depth_max > 0);
    Xml *xml = memory_alloc_zeroed(1, sizeof *xml);
    xml->events = events;
    xml->context = context;
    buffer_init(&xml->text, XML_TEXT_BYTES_MAX);
    xml->parser = XML_ParserCreate("UTF-8");
    if (!xml->parser)
        error_abort("out of memory");
    XML_SetUserData(xml->parser, xml);
    XML_SetElementHandler(xml->parser, start_element, end_element);
    XML_SetCharacterDataHandler(xml->parser, add_text);
    XML_SetStartDoctypeDeclHandler(xml->parser, refuse_doctype);
    return xml;
}

void xml_close(Xml *xml)
{
    if (!xml)
        return;
    XML_ParserFree(xml->parser);
    buffer_done(&xml->text);
    free(xml);
}

bool xml_feed(Xml *xml, Slice bytes, bool is_last)
{
    if (xml->problem)
        return false;
    xml->fed_bytes += bytes.length;
    if (xml->fed_bytes > XML_DOCUMENT_BYTES_MAX) {
        xml->problem = "it is too long";
        return false;
    }
    if (XML_Parse(xml->parser, bytes.data, (int)bytes.length, is_last) != XML_STATUS_OK) {
        if (!xml->problem)
            xml->problem = XML_ErrorString(XML_GetErrorCode(xml->parser));
        return false;
    }
    if (!is_last && xml->fed_bytes - xml->fed_at_event_bytes > TOKEN_BYTES_MAX) {
        xml->problem = "a tag is too long";
        return false;
    }
    return true;
}

const char *xml_problem(const Xml *xml)
{
    return xml->problem ? xml->problem : "";
}
