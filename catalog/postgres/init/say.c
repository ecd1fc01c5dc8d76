#define _GNU_SOURCE
#include "init.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void (*before_end)(void);

static void line(const char *format, va_list values)
{
    fputs("postgres-entrypoint: ", stderr);
    vfprintf(stderr, format, values);
    fputc('\n', stderr);
}

void say(const char *format, ...)
{
    va_list values;

    va_start(values, format);
    line(format, values);
    va_end(values);
}

void fail(const char *format, ...)
{
    void (*last)(void) = before_end;
    va_list values;

    before_end = NULL; /* what fails on the way out does not start over */
    va_start(values, format);
    line(format, values);
    va_end(values);
    if (last)
        last();
    exit(1);
}

char *text(const char *format, ...)
{
    va_list values;
    char *made;

    va_start(values, format);
    if (vasprintf(&made, format, values) < 0)
        fail("no memory is left");
    va_end(values);
    return made;
}
