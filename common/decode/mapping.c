/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/mapping.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "decode/text.h"

static MappingNode *make_node(Mapping *mapping)
{
    MappingNode *node = memory_alloc_zeroed(1, sizeof(*node));
    node->leaf = -1;
    mapping->node_count++;
    return node;
}

void mapping_init(Mapping *mapping, bool is_ignorecase)
{
    *mapping = (Mapping){.is_ignorecase = is_ignorecase};
    mapping->root = make_node(mapping);
}

static void free_node(MappingNode *node);

static void free_nodes(MappingNode *node)
{
    while (node) {
        MappingNode *sibling = node->sibling;
        free_node(node);
        node = sibling;
    }
}

/* As deep as a path has steps: MAPPING_DEPTH_MAX. NOLINTNEXTLINE(misc-no-recursion) */
static void free_node(MappingNode *node)
{
    free_nodes(node->keys);
    free_nodes(node->elements);
    free(node->name);
    free(node);
}

void mapping_done(Mapping *mapping)
{
    free_nodes(mapping->root);
    free(mapping->keys);
    free(mapping->names);
    free(mapping->slots);
    *mapping = (Mapping){0};
}

static bool is_same_name(const Mapping *mapping, Slice a, Slice b)
{
    if (!mapping->is_ignorecase)
        return slice_equals(a, b);
    if (a.length != b.length)
        return false;
    for (size_t i = 0; i < a.length; i++) {
        if (text_fold_byte(a.data[i]) != text_fold_byte(b.data[i]))
            return false;
    }
    return true;
}

MappingNode *mapping_add_key(Mapping *mapping, MappingNode *node, Slice name)
{
    for (MappingNode *child = node->keys; child; child = child->sibling) {
        if (is_same_name(mapping, slice_from_text(child->name), name))
            return child;
    }
    MappingNode *child = make_node(mapping);
    child->name = memory_copy_slice(name);
    child->sibling = node->keys;
    node->keys = child;
    node->has_below = true;
    return child;
}

MappingNode *mapping_add_element(Mapping *mapping, MappingNode *node, uint32_t index)
{
    MappingNode **place = &node->elements;
    while (*place && (*place)->index < index)
        place = &(*place)->sibling;
    if (*place && (*place)->index == index)
        return *place;
    MappingNode *child = make_node(mapping);
    child->index = index;
    child->sibling = *place;
    *place = child;
    node->has_below = true;
    return child;
}

/* FNV-1a, over the letters' lower case, so that all spellings of a column share a start. */
static size_t hash_key(const MappingNode *owner, Slice name)
{
    uint64_t hash = 14695981039346656037U ^ (uint64_t)(uintptr_t)owner;
    for (size_t i = 0; i < name.length; i++)
        hash = (hash ^ (unsigned char)text_fold_byte(name.data[i])) * 1099511628211U;
    return (size_t)(hash ^ hash >> 32);
}

static MappingKey *add_to_table(Mapping *mapping, const MappingNode *owner, Slice name, MappingNode *child)
{
    assert(mapping->key_count < mapping->key_capacity);
    MappingKey *key = &mapping->keys[mapping->key_count++];
    key->child = child;
    key->owner = owner;
    key->name = name;
    size_t slot = hash_key(owner, name);
    while (mapping->slots[slot & (mapping->slot_count - 1)])
        slot++;
    mapping->slots[slot & (mapping->slot_count - 1)] = key;
    return key;
}

/* As deep as a path has steps: MAPPING_DEPTH_MAX. NOLINTNEXTLINE(misc-no-recursion) */
static void finish_node(Mapping *mapping, MappingNode *node)
{
    node->leaf_first = mapping->leaf_count;
    if (node->leaf >= 0)
        node->leaf = (int32_t)mapping->leaf_count++;
    for (MappingNode *child = node->keys; child; child = child->sibling) {
        add_to_table(mapping, node, slice_from_text(child->name), child);
        finish_node(mapping, child);
    }
    for (MappingNode *child = node->elements; child; child = child->sibling)
        finish_node(mapping, child);
    node->leaf_count = mapping->leaf_count - node->leaf_first;
}

void mapping_finish(Mapping *mapping)
{
    mapping->key_capacity = mapping->node_count + MAPPING_LEARNED_MAX;
    mapping->slot_count = 1024;
    while (mapping->slot_count < 2 * mapping->key_capacity)
        mapping->slot_count *= 2;
    mapping->keys = memory_alloc_zeroed(mapping->key_capacity, sizeof(*mapping->keys));
    mapping->slots = memory_alloc_zeroed(mapping->slot_count, sizeof(MappingKey *));
    mapping->names = memory_alloc_zeroed(MAPPING_LEARNED_MAX, sizeof(*mapping->names));
    finish_node(mapping, mapping->root);
}

MappingKey *mapping_find_key(Mapping *mapping, MappingNode *node, Slice name, MappingNode **out_child)
{
    MappingNode *child = NULL;
    for (size_t slot = hash_key(node, name);; slot++) {
        MappingKey *key = mapping->slots[slot & (mapping->slot_count - 1)];
        if (!key)
            break;
        if (key->owner == node && slice_equals(key->name, name)) {
            *out_child = key->child;
            return key;
        }
        if (key->owner == node && mapping->is_ignorecase && is_same_name(mapping, key->name, name))
            child = key->child;
    }
    *out_child = child;
    if (mapping->learned_count == MAPPING_LEARNED_MAX || name.length > sizeof(mapping->names[0]))
        return NULL;
    char *copy = mapping->names[mapping->learned_count++];
    if (name.length > 0)
        memcpy(copy, name.data, name.length);
    return add_to_table(mapping, node, (Slice){copy, name.length}, child);
}

bool mapping_learn_lead(MappingKey *key, Slice lead)
{
    if (lead.length > MAPPING_LEAD_MAX)
        return false;
    memcpy(key->lead, lead.data, lead.length);
    key->lead_length = lead.length;
    key->has_break = memchr(lead.data, '\n', lead.length) != NULL;
    return true;
}
