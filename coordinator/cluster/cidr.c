/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/cidr.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* A number in plain digits; -1 if it is none, or more than maximum. */
static int read_length(const char *text, int maximum)
{
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 3 || text[digits] || (digits > 1 && text[0] == '0'))
        return -1;
    int length = atoi(text);
    return length <= maximum ? length : -1;
}

static void clear_host_bits(unsigned char *address, int bytes, int length)
{
    for (int i = 0; i < bytes; i++) {
        int kept = length - 8 * i;
        if (kept < 8)
            address[i] &= (unsigned char)(kept <= 0 ? 0 : 0xFF << (8 - kept));
    }
}

static bool refuse(const char *text, Error *error)
{
    return error_set(error, ERROR_REFUSED, "'%.80s' is no CIDR: write 198.51.100.0/24, 2001:db8::/32, or one address",
                     text);
}

bool cluster_cidr_read(const char *text, char out_cidr[CLUSTER_CIDR_SIZE], bool *out_is_everyone, Error *error)
{
    const char *slash = strchr(text, '/');
    AUTO_FREE char *address_text = memory_copy_slice((Slice){text, slash ? (size_t)(slash - text) : strlen(text)});
    int family = strchr(address_text, ':') ? AF_INET6 : AF_INET;
    int bits = family == AF_INET6 ? 128 : 32;
    unsigned char address[16];
    int length = slash ? read_length(slash + 1, bits) : bits;
    if (length < 0 || inet_pton(family, address_text, address) != 1)
        return refuse(text, error);
    *out_is_everyone = strcmp(text, "0.0.0.0/0") == 0 || strcmp(text, "::/0") == 0;
    if (length == 0 && !*out_is_everyone)
        return error_set(error, ERROR_REFUSED, "'%.80s' is the whole world: if you mean that, write %s", text,
                         family == AF_INET6 ? "::/0" : "0.0.0.0/0");
    clear_host_bits(address, bits / 8, length);
    char shown[INET6_ADDRSTRLEN];
    inet_ntop(family, address, shown, sizeof shown);
    snprintf(out_cidr, CLUSTER_CIDR_SIZE, "%s/%d", shown, length);
    return true;
}

bool cluster_cidr_of_address(const char *text, char out_cidr[CLUSTER_CIDR_SIZE], Error *error)
{
    size_t length = strlen(text);
    while (length > 0 && isspace((unsigned char)text[length - 1]))
        length--;
    AUTO_FREE char *address = memory_copy_slice((Slice){text, length});
    bool is_everyone = false;
    Error ignored;
    bool is_one = !strchr(address, '/') && strcmp(address, "0.0.0.0") != 0 && strcmp(address, "::") != 0 &&
                  cluster_cidr_read(address, out_cidr, &is_everyone, &ignored);
    return is_one || error_set(error, ERROR_FATAL, "the answer is not an address: name one with --cidr");
}
