/* SPDX-License-Identifier: Apache-2.0
 *
 * A whole answer in XML, to be read by path: for answers that are short, and whose order does not matter. Bounded as
 * xml.h says, and in the number of elements. */
#pragma once

#include <stdbool.h>

#include "base/auto.h"
#include "base/slice.h"

/* Generous: one answer of DescribeSecurityGroups with a thousand rules. */
#define XML_TREE_NODES_MAX 20000

/* DescribeClusters has 11 levels if a cluster has endpoints of its own in a VPC. */
#define XML_TREE_DEPTH_MAX 16

typedef struct XmlNode {
    char *name;
    char *text;
    struct XmlNode *parent, *first, *last, *next;
    struct XmlNode *made_before; /* of all nodes of the tree */
} XmlNode;

typedef struct XmlTree {
    XmlNode *root; /* NULL: there was none, or it has been refused */
    XmlNode *made_last;
} XmlTree;

#define AUTO_XML_TREE AUTO(XmlTree, xml_tree_done)

/* False, with an empty tree, if it is no XML, or too much of it. */
bool xml_tree_parse(Slice body, XmlTree *out_tree) MUST_USE;
void xml_tree_done(XmlTree *tree);

/* Follows the path from child to child, always to the first of the name: "Clusters/Cluster". NULL if there is none;
 * node may be NULL. */
const XmlNode *xml_tree_find(const XmlNode *node, const char *path);

/* The next element of the same name beside it; NULL: there is none. */
const XmlNode *xml_tree_next(const XmlNode *node);

/* The text of the element at path; "" if there is none. */
const char *xml_tree_text(const XmlNode *node, const char *path);
