/* SPDX-License-Identifier: Apache-2.0 */
#include "base/sorter.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"

/* What is read of a chunk at a time. */
#define READ_BYTES (64 * KIB)

/* Stands before each record, in memory and in the file. */
typedef uint32_t Length;

static_assert(sizeof(Length) + SORTER_RECORD_BYTES_MAX <= READ_BYTES, "a record is read at once");

/* A sorted chunk in the file, and how far it is read. */
typedef struct Source {
    off_t next, end; /* of what is not read yet */
    char *bytes;     /* READ_BYTES, of which those from begin to length are read and not given */
    size_t begin, length;
    Slice record; /* the next one to give */
} Source;

struct Sorter {
    size_t chunk_bytes;
    char *chunk;
    size_t chunk_used;
    const char **records; /* where they begin in the chunk */
    size_t record_count, record_capacity;
    bool is_sorted; /* no more come */
    size_t given;   /* records of the chunk, if there is no file */
    FILE *file;     /* NULL: one chunk holds all */
    off_t file_bytes;
    Source *sources;
    size_t source_count, source_capacity;
    Source **heap; /* those that have a record; the least is the first */
    size_t heap_count;
};

Sorter *sorter_open(size_t chunk_bytes)
{
    assert(chunk_bytes >= sizeof(Length) + SORTER_RECORD_BYTES_MAX + sizeof(char *));
    Sorter *sorter = memory_alloc_zeroed(1, sizeof *sorter);
    sorter->chunk_bytes = chunk_bytes;
    sorter->chunk = memory_alloc_zeroed(1, chunk_bytes); /* memory that nobody writes to takes none */
    return sorter;
}

void sorter_clear(Sorter *sorter)
{
    for (size_t i = 0; i < sorter->source_count; i++)
        free(sorter->sources[i].bytes);
    if (sorter->file)
        fclose(sorter->file);
    free(sorter->heap);
    sorter->heap = NULL;
    sorter->file = NULL;
    sorter->file_bytes = 0;
    sorter->chunk_used = sorter->record_count = sorter->given = sorter->source_count = sorter->heap_count = 0;
    sorter->is_sorted = false;
}

void sorter_close(Sorter *sorter)
{
    if (!sorter)
        return;
    sorter_clear(sorter);
    free(sorter->sources);
    free(sorter->records);
    free(sorter->chunk);
    free(sorter);
}

static Slice record_at(const char *at)
{
    Length length;
    memcpy(&length, at, sizeof length);
    return (Slice){at + sizeof length, length};
}

static int compare(Slice a, Slice b)
{
    assert(a.data && b.data);
    int order = memcmp(a.data, b.data, a.length < b.length ? a.length : b.length);
    return order != 0 ? order : (a.length > b.length) - (a.length < b.length);
}

static int compare_places(const void *a, const void *b)
{
    return compare(record_at(*(const char *const *)a), record_at(*(const char *const *)b));
}

static void sort_chunk(Sorter *sorter)
{
    if (sorter->record_count > 0)
        qsort(sorter->records, sorter->record_count, sizeof *sorter->records, compare_places);
}

static const char *find_folder(void)
{
    const char *folder = getenv("TMPDIR");
    return folder && *folder ? folder : "/tmp";
}

/* RETRY if the disk may have room again. */
static bool fail(const char *what, Error *error)
{
    bool may_pass = errno != EROFS && errno != EACCES && errno != ENOENT && errno != ENOTDIR;
    return error_set(error, may_pass ? ERROR_RETRY : ERROR_FATAL,
                     "sorting cannot %s a temporary file in %s: %s; make room there, or name another folder by TMPDIR",
                     what, find_folder(), strerror(errno));
}

static bool open_file(Sorter *sorter, Error *error)
{
    AUTO_FREE char *path = memory_format("%s/copyfleet-XXXXXX", find_folder());
    int file = mkostemp(path, O_CLOEXEC);
    if (file < 0)
        return fail("make", error);
    unlink(path);
    sorter->file = fdopen(file, "w");
    if (sorter->file)
        return true;
    close(file);
    return fail("make", error);
}

/* The chunk is empty afterwards. */
static bool write_chunk(Sorter *sorter, Error *error)
{
    if (!sorter->file && !open_file(sorter, error))
        return false;
    sort_chunk(sorter);
    Source source = {.next = sorter->file_bytes};
    for (size_t i = 0; i < sorter->record_count; i++) {
        size_t bytes = sizeof(Length) + record_at(sorter->records[i]).length;
        if (fwrite(sorter->records[i], 1, bytes, sorter->file) != bytes)
            return fail("write", error);
        sorter->file_bytes += (off_t)bytes;
    }
    if (fflush(sorter->file) != 0)
        return fail("write", error);
    source.end = sorter->file_bytes;
    sorter->sources =
        memory_grow(sorter->sources, sorter->source_count, &sorter->source_capacity, sizeof *sorter->sources);
    sorter->sources[sorter->source_count++] = source;
    sorter->chunk_used = sorter->record_count = 0;
    return true;
}

bool sorter_add(Sorter *sorter, Slice record, Error *error)
{
    assert(!sorter->is_sorted && record.length <= SORTER_RECORD_BYTES_MAX);
    Length length = (Length)record.length;
    size_t needed = sizeof length + record.length, places = (sorter->record_count + 1) * sizeof *sorter->records;
    if (sorter->chunk_used + needed + places > sorter->chunk_bytes && !write_chunk(sorter, error))
        return false;
    char *place = sorter->chunk + sorter->chunk_used;
    memcpy(place, &length, sizeof length);
    if (length > 0)
        memcpy(place + sizeof length, record.data, length);
    sorter->records =
        memory_grow(sorter->records, sorter->record_count, &sorter->record_capacity, sizeof *sorter->records);
    sorter->records[sorter->record_count++] = place;
    sorter->chunk_used += needed;
    return true;
}

/* What is not given yet moves to the front, and more comes after it. */
static bool read_more(const Sorter *sorter, Source *source, Error *error)
{
    source->length -= source->begin;
    memmove(source->bytes, source->bytes + source->begin, source->length);
    source->begin = 0;
    while (source->length < READ_BYTES && source->next < source->end) {
        size_t room = READ_BYTES - source->length;
        size_t wanted = source->end - source->next < (off_t)room ? (size_t)(source->end - source->next) : room;
        ssize_t count = pread(fileno(sorter->file), source->bytes + source->length, wanted, source->next);
        if (count <= 0) {
            errno = count < 0 ? errno : EIO;
            return fail("read", error);
        }
        source->length += (size_t)count;
        source->next += count;
    }
    return true;
}

/* The source's next record; without data if it has none. */
static bool advance(const Sorter *sorter, Source *source, Error *error)
{
    const size_t header = sizeof(Length);
    size_t left = source->length - source->begin;
    bool is_whole = left >= header && left - header >= record_at(source->bytes + source->begin).length;
    if (!is_whole && !read_more(sorter, source, error))
        return false;
    source->record = (Slice){0};
    if (source->length > source->begin) {
        source->record = record_at(source->bytes + source->begin);
        source->begin += header + source->record.length;
    }
    return true;
}

/* Moves the source at the place down to where it belongs. */
static void sift_down(Sorter *sorter, size_t place)
{
    Source **heap = sorter->heap;
    for (;;) {
        size_t least = 2 * place + 1;
        if (least >= sorter->heap_count)
            return;
        if (least + 1 < sorter->heap_count && compare(heap[least + 1]->record, heap[least]->record) < 0)
            least++;
        if (compare(heap[place]->record, heap[least]->record) <= 0)
            return;
        Source *moved = heap[place];
        heap[place] = heap[least];
        heap[least] = moved;
        place = least;
    }
}

static bool begin_merge(Sorter *sorter, Error *error)
{
    if (!write_chunk(sorter, error))
        return false;
    sorter->heap = memory_alloc_zeroed(sorter->source_count, sizeof *sorter->heap);
    for (size_t i = 0; i < sorter->source_count; i++) {
        Source *source = sorter->heap[i] = &sorter->sources[i];
        source->bytes = memory_alloc_zeroed(1, READ_BYTES);
        if (!advance(sorter, source, error))
            return false;
        assert(source->record.data); /* no chunk is empty */
    }
    sorter->heap_count = sorter->source_count;
    for (size_t place = sorter->heap_count; place-- > 0;)
        sift_down(sorter, place);
    return true;
}

/* The least source gave its record before, and now comes to its next one. */
static bool merge_on(Sorter *sorter, Error *error)
{
    if (!advance(sorter, sorter->heap[0], error))
        return false;
    if (!sorter->heap[0]->record.data)
        sorter->heap[0] = sorter->heap[--sorter->heap_count];
    sift_down(sorter, 0);
    return true;
}

bool sorter_next(Sorter *sorter, Slice *out_record, Error *error)
{
    bool is_first = !sorter->is_sorted;
    *out_record = (Slice){0};
    sorter->is_sorted = true;
    if (!sorter->file) {
        if (is_first)
            sort_chunk(sorter);
        if (sorter->given < sorter->record_count)
            *out_record = record_at(sorter->records[sorter->given++]);
        return true;
    }
    if (is_first ? !begin_merge(sorter, error) : sorter->heap_count > 0 && !merge_on(sorter, error))
        return false;
    if (sorter->heap_count > 0)
        *out_record = sorter->heap[0]->record;
    return true;
}
