/* SPDX-License-Identifier: Apache-2.0 */
#include "s3/parting.h"

#include <assert.h>
#include <string.h>

/* The characters that a border may have after the beginning that it shares with a key. */
#define FIRST_CHARACTER '0' /* comes next after '/' */
#define LAST_CHARACTER '~'

/* Of the first character in which its keys differ, a page may have seen few values; of the next ones it has seen all.
 */
#define DIFFERING_CHARACTERS 3

size_t parting_common_length(const char *a, const char *b)
{
    size_t length = 0;
    while (a[length] && a[length] == b[length])
        length++;
    return length;
}

size_t parting_name_end(const char *key, size_t from)
{
    while (key[from] && key[from] != '/' && (unsigned char)key[from] < 0x80)
        from++;
    return from;
}

bool parting_is_before(const char *name, const char *key)
{
    size_t at = parting_common_length(name, key);
    unsigned char a = (unsigned char)name[at], b = (unsigned char)key[at];
    return a < b && b != '/' && b < 0x80;
}

typedef struct Alphabet {
    bool has[LAST_CHARACTER + 1];
} Alphabet;

/* Notes the characters with which the page's keys begin to differ, at common. */
static void note_characters(const ListingPage *page, size_t common, Alphabet *alphabet)
{
    for (size_t i = 0; i < listing_page_count(page); i++) {
        const char *key = listing_page_object(page, i).key;
        for (size_t at = common; at < common + DIFFERING_CHARACTERS && key[at]; at++) {
            unsigned char c = (unsigned char)key[at];
            if (c < FIRST_CHARACTER || c > LAST_CHARACTER)
                break;
            alphabet->has[c] = true;
        }
    }
}

/* The middle one of the characters after low, up to high; 0 if there is none. */
static unsigned char find_middle(const Alphabet *alphabet, unsigned char low, unsigned char high)
{
    unsigned char found[LAST_CHARACTER + 1];
    size_t count = 0;
    for (unsigned char c = FIRST_CHARACTER; c <= high; c++)
        if (c > low && alphabet->has[c])
            found[count++] = c;
    return count > 0 ? found[count / 2] : 0;
}

/* Parts the keys that share key's first at characters; key has one more of the alphabet. */
static bool guess_at(const Alphabet *alphabet, const char *key, size_t at, const char *until, char *out_border)
{
    unsigned char high = LAST_CHARACTER;
    if (until && strncmp(key, until, at) == 0 && (unsigned char)until[at] < high)
        high = (unsigned char)until[at];
    unsigned char middle = find_middle(alphabet, (unsigned char)key[at], high);
    if (middle <= FIRST_CHARACTER)
        return false;
    memcpy(out_border, key, at);
    out_border[at] = (char)(middle - 1);
    out_border[at + 1] = LAST_CHARACTER;
    out_border[at + 2] = '\0';
    return strcmp(out_border, key) > 0 && (!until || strcmp(out_border, until) < 0);
}

bool parting_guess(const ListingPage *page, size_t folder_length, const char *until,
                   char out_border[PARTING_BORDER_SIZE])
{
    size_t count = listing_page_count(page);
    if (count < 2)
        return false;
    const char *key = listing_page_object(page, count - 1).key;
    size_t common = parting_common_length(listing_page_object(page, 0).key, key);
    size_t end = parting_name_end(key, folder_length);
    if (end > PARTING_BORDER_SIZE - 3)
        end = PARTING_BORDER_SIZE - 3;
    Alphabet alphabet = {0};
    note_characters(page, common, &alphabet);
    for (size_t at = folder_length; at < end && at <= common; at++) {
        unsigned char c = (unsigned char)key[at];
        if (c <= LAST_CHARACTER && alphabet.has[c] && guess_at(&alphabet, key, at, until, out_border))
            return true;
    }
    return false;
}
