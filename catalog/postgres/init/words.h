/* A command line as a shell would read it, where it is only words and redirections. */
#ifndef WORDS_H
#define WORDS_H

#include <stddef.h>

enum { WORDS_MAX = 256, REDIRECTIONS_MAX = 8 };

struct redirection {
    int fd;           /* which descriptor changes */
    int flags;        /* of open(2), where there is a path */
    const char *path; /* NULL: a copy of `from` */
    int from;
};

struct command {
    char *words[WORDS_MAX + 1]; /* NULL behind the last one: fit for execvp(3) */
    size_t count;
    struct redirection redirections[REDIRECTIONS_MAX];
    size_t redirected;
};

/* Bytes that `command_parse` needs as room for a text of this length. */
#define WORDS_ROOM(length) (2 * (length) + 2)

/* Read `text` into `found`, whose words lie in `room`; NULL, or what about it is more than words:
 * variables, patterns, pipes, several commands, a quote that is not closed. Quotes and backslashes
 * are those of the POSIX shell (Shell Command Language, 2.2). */
const char *command_parse(struct command *found, const char *text, char *room);

#endif
