/* SPDX-License-Identifier: Apache-2.0 */
/* screen: termios and the few control sequences that every terminal since the VT220 knows. */
#include "sensor/console/screen.h"

#include <errno.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

enum { SLICE_MS = 100 /* how soon a signal is seen that came just before a wait */ };

#define ENTER "\x1b[?1049h\x1b[?25l\x1b[2J"
#define LEAVE "\x1b[?25h\x1b[?1049l"

volatile sig_atomic_t screen_stop;
static volatile sig_atomic_t resized, suspended;
static struct termios before;
static bool is_open;

static void on_stop(int sig)
{
    (void)sig;
    screen_stop = 1;
}

static void on_resize(int sig)
{
    (void)sig;
    resized = 1;
}

static void on_suspend(int sig)
{
    (void)sig;
    suspended = 1;
}

static void catch (int sig, void (*handler)(int))
{
    struct sigaction a = {.sa_handler = handler};

    sigaction(sig, &a, NULL);
}

void screen_catch(void)
{
    catch (SIGINT, on_stop);
    catch (SIGTERM, on_stop);
    catch (SIGHUP, on_stop);
}

static void put(const char *p, size_t n)
{
    while (n) {
        ssize_t done = write(STDOUT_FILENO, p, n);

        if (done < 0 && errno == EINTR && !screen_stop)
            continue;
        if (done <= 0) {
            screen_stop = 1;
            return;
        }
        p += done;
        n -= (size_t)done;
    }
}

static void enter(void)
{
    struct termios t = before;

    t.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    t.c_oflag &= ~(tcflag_t)OPOST;
    t.c_cc[VMIN] = 0;
    t.c_cc[VTIME] = 0;
    tcsetattr(STDIN_FILENO, TCSANOW, &t);
    put(ENTER, sizeof(ENTER) - 1);
}

/* Also after a signal, so its own write: a stop must not keep it from the terminal. */
static void leave(void)
{
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    for (int tries = 0; tries < 10 && write(STDOUT_FILENO, LEAVE, sizeof(LEAVE) - 1) < 0 && errno == EINTR; tries++)
        ;
}

bool screen_open(void)
{
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) || tcgetattr(STDIN_FILENO, &before) != 0)
        return false;
    catch (SIGWINCH, on_resize);
    catch (SIGTSTP, on_suspend);
    enter();
    is_open = true;
    return true;
}

void screen_close(void)
{
    if (is_open)
        leave();
    is_open = false;
}

void screen_size(unsigned *rows, unsigned *columns)
{
    struct winsize w = {0};

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) != 0)
        w = (struct winsize){0};
    *rows = w.ws_row ? w.ws_row : 24;
    *columns = w.ws_col ? w.ws_col : 80;
}

void screen_show(struct span page)
{
    put((const char *)page.p, page.n);
}

static void suspend(void)
{
    suspended = 0;
    leave();
    raise(SIGSTOP);
    enter();
    resized = 1;
}

enum screen_event screen_wait(int timeout_ms, char *key)
{
    struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};

    for (int waited = 0;; waited += SLICE_MS) {
        if (suspended)
            suspend();
        if (screen_stop)
            return SCREEN_STOP;
        if (resized) {
            resized = 0;
            return SCREEN_RESIZED;
        }
        if (waited >= timeout_ms)
            return SCREEN_TIME;
        if (poll(&in, 1, SLICE_MS) <= 0)
            continue;
        if (read(STDIN_FILENO, key, 1) == 1)
            return SCREEN_KEY;
        screen_stop = 1; /* the terminal is gone */
    }
}
