/* SPDX-License-Identifier: Apache-2.0 */
#include "warehouse/target.h"

#include <string.h>

#include "base/file.h"
#include "base/memory.h"

bool target_has_jsonpaths(const Dataset *dataset)
{
    return dataset->mapping == DATASET_JSON_PATHS;
}

bool target_has_local_jsonpaths(const Dataset *dataset)
{
    return target_has_jsonpaths(dataset) && strncmp(dataset->json, "s3://", strlen("s3://")) != 0;
}

bool target_read_jsonpaths(Target *target, S3 *s3, Error *error)
{
    const char *location = target->dataset->json;
    buffer_clear(&target->jsonpaths);
    if (target_has_local_jsonpaths(target->dataset))
        return file_read(location, "jsonpaths file", &target->jsonpaths, error);
    Slice bucket, key;
    if (!s3_url_parse(location, &bucket, &key, error))
        return false;
    AUTO_FREE char *bucket_text = memory_copy_slice(bucket);
    AUTO_FREE char *key_text = memory_copy_slice(key);
    if (s3_get(s3, bucket_text, key_text, &target->jsonpaths, error))
        return true;
    if (error->kind == ERROR_STALE || error->kind == ERROR_REJECT)
        error->kind = ERROR_REFUSED;
    return error_add_context(error, "the jsonpaths file");
}

bool target_refuse(const Target *target, Error *error)
{
    if (error->kind == ERROR_FATAL && error->service != SERVICE_S3)
        error->kind = ERROR_REFUSED;
    return error_add_context(error, "dataset %s", target->dataset->name);
}
