/* SPDX-License-Identifier: Apache-2.0
 *
 * Files of vectors/config_edit as they are after what copyfleet cluster create --write writes: NAME.cfg gives
 * NAME.edited, byte for byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/memory.h"
#include "config/config.h"
#include "config/edit.h"
#include "vectors.h"

static const ConfigEdit edits[] = {
    {"CLUSTER", "HOST", "db.example"},    {"CLUSTER", "DB_NAME", "dwh"},
    {"CLUSTER", "DB_USER", "awsuser"},    {"CLUSTER", "DB_PORT", "5439"},
    {"CLUSTER", "WAREHOUSE", "redshift"}, {"IAM_ROLE", "ARN", "arn:aws:iam::123456789012:role/copyfleet"},
};
#define EDITS (sizeof edits / sizeof *edits)

static void edit_all(Slice text, Buffer *out)
{
    AUTO_BUFFER edited;
    buffer_init(&edited, MIB);
    assert_true(buffer_append(out, text));
    for (size_t i = 0; i < EDITS; i++) {
        buffer_clear(&edited);
        assert_true(config_edit_text(buffer_slice(out), &edits[i], &edited));
        buffer_clear(out);
        assert_true(buffer_append(out, buffer_slice(&edited)));
    }
}

static void check_vector(const char *path, void *context)
{
    (void)context;
    AUTO_BUFFER text;
    vectors_read(path, &text);
    AUTO_BUFFER expected;
    vectors_read_beside(path, ".edited", &expected);
    AUTO_BUFFER edited;
    buffer_init(&edited, MIB);
    edit_all(buffer_slice(&text), &edited);
    if (!slice_equals(buffer_slice(&edited), buffer_slice(&expected)))
        fail_msg("%s becomes:\n%s", path, edited.data);

    AUTO_BUFFER again;
    buffer_init(&again, MIB);
    edit_all(buffer_slice(&edited), &again);
    assert_true(slice_equals(buffer_slice(&edited), buffer_slice(&again)));
}

static void test_vectors(void **state)
{
    (void)state;
    vectors_check("config_edit", ".cfg", 6, check_vector, NULL);
}

/* What is written is what is read, whatever is in it. */
static void test_odd_values(void **state)
{
    (void)state;
    static const char *const values[] = {"50%", "%%", "'a'", " b ", "${S3.X}", "$", "a = b ; c # d", "\"", ""};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        const ConfigEdit edit = {"CLUSTER", "DB_USER", values[i]};
        AUTO_BUFFER out;
        buffer_init(&out, MIB);
        if (!config_edit_text(SLICE("[CLUSTER]\nDB_USER = x\n"), &edit, &out))
            fail_msg("'%s' is read as something else in:\n%s", values[i], out.data);
    }
}

static void test_no_ini_file(void **state)
{
    (void)state;
    AUTO_BUFFER out;
    buffer_init(&out, MIB);
    assert_false(config_edit_text(SLICE("[CLUSTER\nHOST = a\n"), &edits[0], &out));
    buffer_clear(&out);
    assert_false(config_edit_text(SLICE("[CLUSTER]\nHOST\n"), &edits[0], &out));
}

static char *make_folder(void)
{
    char *folder = memory_copy_text("/tmp/test_config_edit_XXXXXX");
    assert_non_null(mkdtemp(folder));
    return folder;
}

static void write_text(const char *path, const char *text, mode_t mode)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(file >= 0);
    assert_int_equal(write(file, text, strlen(text)), strlen(text));
    assert_int_equal(fchmod(file, mode), 0);
    close(file);
}

static void assert_file(const char *path, const char *text, mode_t mode)
{
    AUTO_BUFFER found;
    vectors_read(path, &found);
    assert_string_equal(found.data, text);
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, mode);
}

/* The mode stays, a link stays a link, nothing else is left in the folder. */
static void test_file(void **state)
{
    (void)state;
    AUTO_FREE char *folder = make_folder();
    AUTO_FREE char *path = memory_format("%s/dwh.cfg", folder);
    AUTO_FREE char *link_path = memory_format("%s/link.cfg", folder);
    write_text(path, "[CLUSTER]\nHOST = a\n", 0640);
    assert_int_equal(symlink("dwh.cfg", link_path), 0);
    Error error;
    bool has_changed = false;
    assert_true(config_edit_file(link_path, edits, 1, &has_changed, &error));
    assert_true(has_changed);
    assert_file(path, "[CLUSTER]\nHOST = db.example\n", 0640);
    struct stat status;
    assert_int_equal(lstat(link_path, &status), 0);
    assert_true(S_ISLNK(status.st_mode));

    ino_t before = (stat(path, &status), status.st_ino);
    assert_true(config_edit_file(link_path, edits, 1, &has_changed, &error));
    assert_false(has_changed);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_ino, before);
    assert_int_equal(unlink(link_path), 0);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

static void test_new_file(void **state)
{
    (void)state;
    AUTO_FREE char *folder = make_folder();
    AUTO_FREE char *path = memory_format("%s/dwh.cfg", folder);
    Error error;
    bool has_changed = false;
    assert_true(config_edit_file(path, edits, 1, &has_changed, &error));
    assert_file(path, "[CLUSTER]\nHOST = db.example\n", 0600);
    write_text(path, "[CLUSTER\n", 0600);
    assert_false(config_edit_file(path, edits, 1, &has_changed, &error));
    assert_file(path, "[CLUSTER\n", 0600);
    assert_int_equal(unlink(path), 0);
    AUTO_FREE char *absent = memory_format("%s/no/dwh.cfg", folder);
    assert_false(config_edit_file(absent, edits, 1, &has_changed, &error));
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors), cmocka_unit_test(test_odd_values), cmocka_unit_test(test_no_ini_file),
        cmocka_unit_test(test_file),    cmocka_unit_test(test_new_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
