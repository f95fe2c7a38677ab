/* SPDX-License-Identifier: Apache-2.0 */
#include "redshift/target.h"

#include <stdlib.h>

#include "base/memory.h"
#include "decode/jsonpaths.h"

static bool check_jsonpaths(const Target *target, Error *error)
{
    AUTO(Mapping, mapping_done) mapping;
    size_t count = target->table.column_count;
    AUTO_FREE MappingNode **nodes = memory_alloc_zeroed(count + 1, sizeof *nodes);
    mapping_init(&mapping, false);
    return jsonpaths_compile(buffer_slice(&target->jsonpaths), &mapping, nodes, count, error);
}

bool redshift_target_follow(Target *target, Connection *connection, S3 *s3, Error *error)
{
    AUTO_TABLE table = {0};
    if (!catalog_read_table(connection, target->dataset->table, &table, error))
        return false;
    catalog_table_done(&target->table);
    target->table = table;
    table = (Table){0};
    return !target_has_jsonpaths(target->dataset) ||
           (target_read_jsonpaths(target, s3, error) && check_jsonpaths(target, error));
}
