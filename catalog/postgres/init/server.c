#define _GNU_SOURCE
#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { START_MAX_SECONDS = 300, STATUS_LINE = 8 };

static const int caught[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, 0};
static volatile sig_atomic_t stopping; /* the signal that came */
static volatile pid_t child;           /* who is told about it */
static pid_t server;

static void note(int number)
{
    stopping = number;
    if (child > 0)
        kill(child, SIGTERM);
}

static void react(void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler};

    for (const int *one = caught; *one; one++)
        sigaction(*one, &action, NULL);
}

void signals_catch(void)
{
    struct sigaction ignored = {.sa_handler = SIG_IGN};

    react(note);
    sigaction(SIGPIPE, &ignored, NULL);
}

void signals_default(void)
{
    struct sigaction action = {.sa_handler = SIG_DFL};

    react(SIG_DFL);
    sigaction(SIGPIPE, &action, NULL);
}

static void check_stopping(void)
{
    if (stopping)
        fail("stopped by signal %d; nothing half-made stays", (int)stopping);
}

/* fork(2) in which no signal is lost: either it is seen here or the child is told. */
static pid_t start(void)
{
    sigset_t all, before;
    pid_t pid;

    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    pid = stopping ? -1 : fork();
    if (!pid)
        signals_default();
    else
        child = pid;
    sigprocmask(SIG_SETMASK, &before, NULL);
    check_stopping();
    if (pid < 0)
        fail("cannot start a process: %m");
    return pid;
}

static int finished(pid_t pid)
{
    int status;

    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            fail("cannot wait for a process: %m");
    child = 0;
    if (pid == server)
        server = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void __attribute__((noreturn)) become(char *const *words)
{
    execv(words[0], words);
    say("cannot run %s: %m", words[0]);
    _exit(127);
}

static void put_on(int fd, int wanted)
{
    if (fd == wanted)
        fcntl(fd, F_SETFD, 0);
    else
        dup2(fd, wanted);
}

static void write_all(int fd, const char *input)
{
    size_t left = strlen(input);

    while (left) {
        ssize_t done = write(fd, input, left);

        if (done < 0 && errno != EINTR)
            return; /* whoever does not read it says why */
        input += done > 0 ? done : 0;
        left -= done > 0 ? (size_t)done : 0;
    }
}

int run(char *const *words, char *const *environment, int fd, const char *input)
{
    int ends[2] = {-1, -1}, status;
    pid_t pid;

    if (input && pipe2(ends, O_CLOEXEC))
        fail("cannot make a pipe: %m");
    pid = start();
    if (!pid) {
        int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);

        for (; *environment; environment++)
            putenv(*environment);
        put_on(nothing, STDIN_FILENO);
        if (input)
            put_on(ends[0], fd);
        become(words);
    }
    if (input) {
        close(ends[0]);
        write_all(ends[1], input);
        close(ends[1]);
    }
    status = finished(pid);
    check_stopping();
    return status;
}

/* Whether postmaster.pid says that connections are accepted (its line 8). */
static bool is_ready(const char *work)
{
    FILE *file = fopen(text("%s/postmaster.pid", work), "re");
    char line[256];
    int number = 0;
    bool ready = false;

    if (!file)
        return false;
    while (fgets(line, sizeof line, file))
        if (++number == STATUS_LINE)
            ready = !strncmp(line, "ready", 5);
    fclose(file);
    return ready;
}

void server_start(const char *work, char *const *words)
{
    const struct timespec pause = {.tv_nsec = 20 * 1000 * 1000};
    time_t end = time(NULL) + START_MAX_SECONDS;

    server = start();
    if (!server)
        become(words);
    child = 0; /* stopped by server_stop, in the order of things */
    while (!is_ready(work)) {
        int status;

        check_stopping();
        if (waitpid(server, &status, WNOHANG) == server) {
            server = 0;
            fail("the server did not start, see above");
        }
        if (time(NULL) > end)
            fail("the server is not ready after %d seconds", START_MAX_SECONDS);
        nanosleep(&pause, NULL);
    }
}

void server_stop(void)
{
    int status = 0;

    if (server > 0 && !kill(server, SIGINT)) /* "fast": sessions are ended, data is written */
        status = finished(server);
    if (status)
        fail("the server did not stop cleanly: exit status %d", status);
}
