#include "words.h"

#include <fcntl.h>
#include <string.h>

static const char special[] = "|&;()$`*?[\n";
static const char special_first[] = "#~!{}";

/* One word: from *at into *to, both moved behind it. */
static const char *read_word(const char **at, char **to)
{
    const char *start = *at, *c = start;
    char *out = *to, quote = 0;

    for (; *c; c++) {
        if (quote == '\'') {
            if (*c == '\'')
                quote = 0;
            else
                *out++ = *c;
        } else if (quote == '"') {
            if (*c == '"')
                quote = 0;
            else if (*c == '$' || *c == '`')
                return "it has a substitution";
            else if (*c == '\\' && c[1] && strchr("$`\"\\", c[1]))
                *out++ = *++c;
            else
                *out++ = *c;
        } else if (*c == '\'' || *c == '"') {
            quote = *c;
        } else if (strchr(" \t<>", *c)) {
            break;
        } else if (*c == '\\') {
            if (!c[1] || c[1] == '\n')
                return "a backslash ends it";
            *out++ = *++c;
        } else if (strchr(special, *c) || (c == start && strchr(special_first, *c))) {
            return "it has a character only a shell understands";
        } else {
            *out++ = *c;
        }
    }
    if (quote)
        return "a quote is not closed";
    *out++ = '\0';
    *at = c;
    *to = out;
    return NULL;
}

/* "<file", ">file", ">>file", ">&2"; `fd` is the number before it, -1 for none. */
static const char *read_redirection(struct command *found, int fd, const char **at, char **to)
{
    struct redirection *one;
    const char *c = *at, *why;
    int input = *c == '<';

    if (found->redirected == REDIRECTIONS_MAX)
        return "it has too many redirections";
    one = &found->redirections[found->redirected++];
    one->fd = fd >= 0 ? fd : !input;
    one->flags = input ? O_RDONLY : O_WRONLY | O_CREAT | O_TRUNC;
    c++;
    if (*c == '&') {
        if (c[1] < '0' || c[1] > '9' || (c[2] && !strchr(" \t<>", c[2])))
            return "it has a redirection only a shell understands";
        one->from = c[1] - '0';
        *at = c + 2;
        return NULL;
    }
    if (*c == '>' && !input) {
        one->flags = O_WRONLY | O_CREAT | O_APPEND;
        c++;
    }
    c += strspn(c, " \t");
    if (!*c || strchr("<>", *c))
        return "it has a redirection only a shell understands";
    *at = c;
    one->path = *to;
    why = read_word(at, to);
    return why;
}

const char *command_parse(struct command *found, const char *text, char *room)
{
    const char *at = text, *why = NULL;

    memset(found, 0, sizeof *found);
    while (!why) {
        size_t digits;

        at += strspn(at, " \t");
        if (!*at)
            break;
        digits = strspn(at, "0123456789");
        if (at[digits] != '<' && at[digits] != '>')
            digits = 0;
        if (digits > 1)
            return "it has a redirection only a shell understands";
        if (digits || *at == '<' || *at == '>') {
            int fd = digits ? *at - '0' : -1;

            at += digits;
            why = read_redirection(found, fd, &at, &room);
            continue;
        }
        if (found->count == WORDS_MAX)
            return "it has too many words";
        found->words[found->count++] = room;
        why = read_word(&at, &room);
    }
    return why;
}
