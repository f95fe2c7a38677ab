/* SPDX-License-Identifier: Apache-2.0 */
#include "web/xml_tree.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "web/xml.h"

typedef struct Growth {
    XmlTree *tree;
    XmlNode *open;
    size_t count;
} Growth;

static void start_element(void *context, int depth, const char *name)
{
    (void)depth;
    Growth *growth = context;
    if (growth->count++ >= XML_TREE_NODES_MAX)
        return;
    XmlNode *node = memory_alloc_zeroed(1, sizeof *node);
    node->name = memory_copy_text(name);
    node->parent = growth->open;
    node->made_before = growth->tree->made_last;
    growth->tree->made_last = node;
    growth->open = node;
    XmlNode *parent = node->parent;
    if (!parent)
        growth->tree->root = node;
    else if (parent->last)
        parent->last->next = node;
    else
        parent->first = node;
    if (parent)
        parent->last = node;
}

static void end_element(void *context, int depth, const char *name, Slice text)
{
    (void)depth, (void)name;
    Growth *growth = context;
    if (growth->count > XML_TREE_NODES_MAX)
        return;
    growth->open->text = memory_copy_slice(text);
    growth->open = growth->open->parent;
}

bool xml_tree_parse(Slice body, XmlTree *out_tree)
{
    static const XmlEvents events = {start_element, end_element, XML_TREE_DEPTH_MAX};
    *out_tree = (XmlTree){0};
    Growth growth = {.tree = out_tree};
    AUTO_XML xml = xml_open(&events, &growth);
    if (xml_feed(xml, body, true) && growth.count <= XML_TREE_NODES_MAX)
        return true;
    xml_tree_done(out_tree);
    return false;
}

void xml_tree_done(XmlTree *tree)
{
    while (tree->made_last) {
        XmlNode *node = tree->made_last;
        tree->made_last = node->made_before;
        free(node->name);
        free(node->text);
        free(node);
    }
    *tree = (XmlTree){0};
}

static const XmlNode *find_beside(const XmlNode *node, Slice name)
{
    while (node && !slice_equals(slice_from_text(node->name), name))
        node = node->next;
    return node;
}

const XmlNode *xml_tree_find(const XmlNode *node, const char *path)
{
    while (node && *path) {
        Slice name = {path, strcspn(path, "/")};
        node = find_beside(node->first, name);
        path += name.length + (path[name.length] == '/');
    }
    return node;
}

const XmlNode *xml_tree_next(const XmlNode *node)
{
    assert(node);
    return find_beside(node->next, slice_from_text(node->name));
}

const char *xml_tree_text(const XmlNode *node, const char *path)
{
    const XmlNode *found = xml_tree_find(node, path);
    return found ? found->text : "";
}
