/* SPDX-License-Identifier: Apache-2.0 */
#include "warehouse/warehouse.h"

#include "warehouse/warehouse_private.h"

/* The one place of this floor that asks. */
const Warehouse *warehouse_of(const Config *config)
{
    return config->warehouse.kind == WAREHOUSE_REDSHIFT ? &warehouse_redshift : &warehouse_postgres;
}

bool warehouse_tidy(Connection *connection, const Config *config, S3 *s3, Error *error)
{
    return warehouse_of(config)->tidy(connection, config, s3, error);
}
