/* SPDX-License-Identifier: Apache-2.0
 *
 * copyfleet: the coordinator, and the operator's command. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "cli/options.h"
#include "commands/commands.h"
#include "config/config.h"
#include "config/nearest.h"
#include "config/start.h"

static void print_summary(const Command *command, FILE *stream)
{
    fprintf(stream, "  %-14s  %s\n", command->name, command->summary);
}

static void print_usage(FILE *stream)
{
    fputs("usage: copyfleet [--config FILE] COMMAND [options]\n\n", stream);
    for (const Command *command = commands; command->name; command++)
        print_summary(command, stream);
    fputs("\n"
          "  --config FILE        configuration (default: $COPYFLEET_CONFIG, else dwh.cfg of this folder)\n"
          "  --log-format F       logfmt, or json: an object a line (default: [FLEET] LOG_FORMAT)\n"
          "  --log-level LEVEL    debug, info, warning or error (default: [FLEET] LOG_LEVEL)\n"
          "  --print-config       show the configuration, secrets masked\n"
          "  --print-reference    show every configuration key, as a table in Markdown\n"
          "  -h, --help           also copyfleet help COMMAND, and copyfleet COMMAND --help\n"
          "  -V, --version        the version\n"
          "\n"
          "exit codes: 0 done · 1 finished but something failed, is held or is empty · 2 usage or configuration ·\n"
          "            3 a service cannot be reached or refuses · 130 interrupted\n",
          stream);
}

/* What the configuration lacks for this command, said; false if it cannot run so. */
static bool check_config(const Command *command, const Config *config)
{
    if (command->needs_dataset && config->dataset_count == 0) {
        fputs("copyfleet: no dataset is configured: set [S3] LOG_DATA and SONG_DATA, or the LOCATION of a "
              "[dataset NAME]\n",
              stderr);
        return false;
    }
    if (*config->sql_dir && access(config->sql_dir, R_OK | X_OK) != 0) {
        fprintf(stderr, "copyfleet: [FLEET] SQL_DIR: %s cannot be read: %s\n", config->sql_dir, strerror(errno));
        return false;
    }
    return true;
}

static int run_command(const Command *command, int argc, char **argv, const char *config_path)
{
    Options options = {.config = config_path, .workers = -1};
    int code;
    optind = 0;
    if (!options_parse(argc, argv, command->allowed, command->usage, &options, &code))
        return code;
    AUTO_CONFIG config = {0};
    if (!start_config_needed("copyfleet", options.config, &config))
        return EXIT_USAGE;
    return check_config(command, &config) ? command->function(&config, &options) : EXIT_USAGE;
}

static int print_config(const char *path)
{
    AUTO_CONFIG config = {0};
    if (!start_config("copyfleet", path, &config))
        return EXIT_USAGE;
    config_print(&config, stdout);
    return EXIT_DONE;
}

/* A command's name is one word, or as cluster's two; *out_words. */
static const Command *find_command(int count, char *const *words, int *out_words)
{
    for (const Command *command = commands; command->name; command++) {
        size_t length = strcspn(command->name, " ");
        const char *second = command->name[length] ? command->name + length + 1 : NULL;
        bool is_first = strlen(words[0]) == length && strncmp(command->name, words[0], length) == 0;
        *out_words = second ? 2 : 1;
        if (is_first && (!second || (count > 1 && strcmp(words[1], second) == 0)))
            return command;
    }
    return NULL;
}

/* If the first word is that of several commands it shows them, for who asks for help or has it half. */
static bool print_family(const char *word, FILE *stream)
{
    size_t length = strlen(word);
    bool is_family = false;
    for (const Command *command = commands; command->name; command++) {
        if (strncmp(command->name, word, length) != 0 || command->name[length] != ' ')
            continue;
        if (!is_family)
            fprintf(stream, "usage: copyfleet %s COMMAND [options], each of which has --help\n\n", word);
        print_summary(command, stream);
        is_family = true;
    }
    return is_family;
}

static bool is_help(const char *word)
{
    return strcmp(word, "help") == 0 || strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

static int unknown_command(int count, char *const *words)
{
    bool is_asked = count > 1 && is_help(words[1]);
    if (print_family(words[0], is_asked ? stdout : stderr))
        return is_asked ? EXIT_DONE : EXIT_USAGE;
    Nearest nearest;
    nearest_init(&nearest, words[0]);
    for (const Command *command = commands; command->name; command++)
        nearest_offer(&nearest, command->name);
    fprintf(stderr, "copyfleet: there is no command '%s'", words[0]);
    if (*nearest.name)
        fprintf(stderr, "; did you mean '%s'?\n", nearest.name);
    else
        fputs("; copyfleet --help shows what there is\n", stderr);
    return EXIT_USAGE;
}

/* copyfleet help [COMMAND] */
static int help(int count, char *const *words)
{
    int length;
    const Command *command = count > 0 ? find_command(count, words, &length) : NULL;
    if (command)
        fputs(command->usage, stdout);
    else if (count == 0 || is_help(words[0]))
        print_usage(stdout);
    else if (!print_family(words[0], stdout))
        return unknown_command(1, words);
    return EXIT_DONE;
}

static int print_version(void)
{
    puts("copyfleet " COPYFLEET_VERSION);
    return EXIT_DONE;
}

/* Words that need no configuration, and commands. */
static int run_words(int count, char **words, const char *config_path)
{
    int length = 0;
    if (strcmp(words[0], "help") == 0)
        return help(count - 1, words + 1);
    if (strcmp(words[0], "version") == 0)
        return print_version();
    const Command *command = find_command(count, words, &length);
    if (!command)
        return unknown_command(count, words);
    return run_command(command, count - length + 1, words + length - 1, config_path);
}

int main(int argc, char **argv)
{
    enum { CONFIG = 1, LOG_LEVEL, LOG_FORMAT, PRINT_CONFIG, PRINT_REFERENCE };
    static const struct option long_options[] = {{"config", required_argument, NULL, CONFIG},
                                                 {"log-level", required_argument, NULL, LOG_LEVEL},
                                                 {"log-format", required_argument, NULL, LOG_FORMAT},
                                                 {"print-config", no_argument, NULL, PRINT_CONFIG},
                                                 {"print-reference", no_argument, NULL, PRINT_REFERENCE},
                                                 {"help", no_argument, NULL, 'h'},
                                                 {"version", no_argument, NULL, 'V'},
                                                 {NULL, 0, NULL, 0}};
    start_process();

    const char *config_path = NULL;
    bool wants_config = false;
    int option;
    while ((option = getopt_long(argc, argv, "+hV", long_options, NULL)) != -1) {
        switch (option) {
        case CONFIG:
            config_path = optarg;
            break;
        case LOG_LEVEL:
            if (!start_take_log_level("copyfleet", optarg))
                return EXIT_USAGE;
            break;
        case LOG_FORMAT:
            if (!start_take_log_format("copyfleet", optarg))
                return EXIT_USAGE;
            break;
        case PRINT_CONFIG:
            wants_config = true;
            break;
        case PRINT_REFERENCE:
            config_print_reference(stdout);
            return EXIT_DONE;
        case 'h':
            print_usage(stdout);
            return EXIT_DONE;
        case 'V':
            return print_version();
        default:
            return EXIT_USAGE;
        }
    }
    if (wants_config)
        return print_config(config_path);
    if (optind == argc) {
        print_usage(stderr);
        return EXIT_USAGE;
    }
    return run_words(argc - optind, argv + optind, config_path);
}
