/* SPDX-License-Identifier: Apache-2.0 */
#include "web/refusal.h"

#include <assert.h>
#include <string.h>

#include "web/xml_tree.h"

void refusal_copy_text(char *out_text, size_t size, const char *text)
{
    assert(size > 0);
    size_t length = strnlen(text, size - 1);
    while (text[length] && length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80)
        length--;
    for (size_t i = 0; i < length; i++)
        out_text[i] = (char)((unsigned char)text[i] < ' ' || text[i] == 0x7F ? ' ' : text[i]);
    out_text[length] = '\0';
}

void refusal_read_xml(Slice body, Refusal *refusal)
{
    AUTO_XML_TREE tree = {0};
    if (!xml_tree_parse(body, &tree))
        return;
    const XmlNode *found = xml_tree_find(tree.root, "Error");
    if (!found)
        found = xml_tree_find(tree.root, "Errors/Error");
    refusal_copy_text(refusal->code, sizeof refusal->code, xml_tree_text(found, "Code"));
    refusal_copy_text(refusal->message, sizeof refusal->message, xml_tree_text(found, "Message"));
}
