/* SPDX-License-Identifier: Apache-2.0 */
#include "warehouse/fetch_objects.h"

#include "base/memory.h"

FetchObject *fetch_objects_of(const Task *task)
{
    FetchObject *objects = memory_alloc_zeroed(task->version_count, sizeof *objects);
    for (size_t i = 0; i < task->version_count; i++) {
        const TaskVersion *version = &task->versions[i];
        objects[i] = (FetchObject){version->bucket, version->key, version->etag, version->size};
    }
    return objects;
}
