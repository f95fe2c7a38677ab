/* SPDX-License-Identifier: Apache-2.0
 *
 * A whole answer in XML, to be read by path: for answers that are short, where order does not matter. Bounded as xml.h
 * says, and in the number of elements. */
#pragma once

#include <stdbool.h>

#include "base/auto.h"
#include "base/slice.h"

/* Generous: one answer of DescribeSecurityGroups with a thousand rules. */
#define XML_TREE_NODES_MAX 20000

/* DescribeClusters has 11 where a cluster has endpoints of its own in a VPC. */
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

/* False where it is no XML, or too much of it; the tree is empty then. */
bool xml_tree_parse(Slice body, XmlTree *out_tree) MUST_USE;
void xml_tree_done(XmlTree *tree);

/* The first child of that name, of that its first child …: "Clusters/Cluster". NULL where there is none; node may be
 * NULL. */
const XmlNode *xml_node_find(const XmlNode *node, const char *path);

/* The next element of the same name beside it; NULL: there is none. */
const XmlNode *xml_node_next(const XmlNode *node);

/* The text of the element at path; "" where there is none. */
const char *xml_node_text(const XmlNode *node, const char *path);
