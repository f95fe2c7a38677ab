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
#include "base/memory.h"
#include "cli/options.h"
#include "commands/commands.h"
#include "commands/usage.h"
#include "config/config.h"
#include "config/nearest.h"
#include "config/start.h"

static void print_usage(FILE *stream)
{
    fputs("usage: copyfleet [--config FILE] COMMAND [options]\n\n", stream);
    commands_print(NULL, stream);
    fputs(usage_global_options, stream);
}

/* Says what the configuration lacks for this command; false if the command cannot run so. */
static bool check_config(const Command *command, const Config *config)
{
    if (command->needs_dataset && config->dataset_count == 0) {
        fputs("copyfleet: no dataset is configured: set [S3] LOG_DATA and SONG_DATA, or the LOCATION of a "
              "[dataset NAME]\n",
              stderr);
        return false;
    }
    if (*config->warehouse.sql_dir && access(config->warehouse.sql_dir, R_OK | X_OK) != 0) {
        fprintf(stderr, "copyfleet: [FLEET] SQL_DIR: %s cannot be read: %s\n", config->warehouse.sql_dir,
                strerror(errno));
        return false;
    }
    return true;
}

static int call(const Command *command, int argc, char **argv, const char *config_path)
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

/* If the first word is that of several commands, shows them to who asks for help or has written half of a name. */
static bool print_family(const char *word, FILE *stream)
{
    if (!commands_has_family(word))
        return false;
    fprintf(stream, "usage: copyfleet %s COMMAND [options], each of which has --help\n\n", word);
    commands_print(word, stream);
    return true;
}

static bool is_help(const char *word)
{
    return strcmp(word, "help") == 0 || strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

/* If the first word is that of several commands, the name that was meant has a second one. */
static void say_unknown(int count, char *const *words)
{
    bool has_second = count > 1 && commands_has_family(words[0]);
    AUTO_FREE char *written = memory_format("%s%s%s", words[0], has_second ? " " : "", has_second ? words[1] : "");
    Nearest nearest;
    nearest_init(&nearest, written);
    for (const Command *command = commands; command->name; command++)
        nearest_offer(&nearest, command->name);
    fprintf(stderr, "copyfleet: there is no command '%s'", written);
    if (*nearest.name)
        fprintf(stderr, "; did you mean '%s'?\n", nearest.name);
    else
        fputs("; copyfleet --help shows what there is\n", stderr);
}

static int unknown_command(int count, char *const *words)
{
    bool is_asked = count > 1 && is_help(words[1]);
    if ((count == 1 || is_asked) && print_family(words[0], is_asked ? stdout : stderr))
        return is_asked ? EXIT_DONE : EXIT_USAGE;
    say_unknown(count, words);
    return EXIT_USAGE;
}

/* copyfleet help [COMMAND] */
static int help(int count, char *const *words)
{
    int length;
    const Command *command = count > 0 ? commands_find(count, words, &length) : NULL;
    if (command)
        fputs(command->usage, stdout);
    else if (count == 0 || is_help(words[0]))
        print_usage(stdout);
    else if (count > 1 || !print_family(words[0], stdout))
        return unknown_command(count, words);
    return EXIT_DONE;
}

static int print_version(void)
{
    puts("copyfleet " COPYFLEET_VERSION);
    return EXIT_DONE;
}

/* What follows the global options: a word that needs no configuration, or a command with its own options. */
static int run_words(int count, char **words, const char *config_path)
{
    int length;
    if (strcmp(words[0], "help") == 0)
        return help(count - 1, words + 1);
    if (strcmp(words[0], "version") == 0)
        return print_version();
    const Command *command = commands_find(count, words, &length);
    if (!command)
        return unknown_command(count, words);
    return call(command, count - length + 1, words + length - 1, config_path);
}

typedef struct Globals {
    const char *config_path; /* NULL: the default */
    bool wants_config;       /* --print-config */
} Globals;

/* Parses the options before the command. False if there is nothing more to do; *out_code is the exit code then. */
static bool parse_globals(int argc, char **argv, Globals *globals, int *out_code)
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
    int option;
    *out_code = EXIT_USAGE;
    while ((option = getopt_long(argc, argv, "+:hV", long_options, NULL)) != -1) {
        switch (option) {
        case CONFIG:
            globals->config_path = optarg;
            break;
        case LOG_LEVEL:
            if (!start_take_log_level("copyfleet", optarg))
                return false;
            break;
        case LOG_FORMAT:
            if (!start_take_log_format("copyfleet", optarg))
                return false;
            break;
        case PRINT_CONFIG:
            globals->wants_config = true;
            break;
        case PRINT_REFERENCE:
            config_print_reference(stdout);
            *out_code = EXIT_DONE;
            return false;
        case 'h':
            print_usage(stdout);
            *out_code = EXIT_DONE;
            return false;
        case 'V':
            *out_code = print_version();
            return false;
        default:
            start_refuse_option("copyfleet", argv, option, long_options);
            return false;
        }
    }
    return true;
}

int main(int argc, char **argv)
{
    Globals globals = {0};
    int code;
    start_process();
    if (!parse_globals(argc, argv, &globals, &code))
        return code;
    if (globals.wants_config)
        return print_config(globals.config_path);
    if (optind == argc) {
        print_usage(stderr);
        return EXIT_USAGE;
    }
    return run_words(argc - optind, argv + optind, globals.config_path);
}
