/* SPDX-License-Identifier: Apache-2.0 */
/* probe: loaded into a sensor (LD_PRELOAD), it tries from the inside, on SIGUSR2, what an intruder would try there, and writes
 * a line for each attempt, `name errno`, to the file descriptor LOCK_PROBE_FD. 0 means that it went through. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static int out = -1;

static void tell(const char *name, int failed)
{
    char line[128];
    int e = failed ? errno : 0, n = snprintf(line, sizeof(line), "%s %d\n", name, e);

    if (write(out, line, (size_t)n) != n)
        _exit(99);
}

static void try_open(const char *name, const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC, 0600);

    tell(name, fd < 0);
    if (fd >= 0)
        close(fd);
}

static void try_connect(const char *name, const char *port)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    a.sin_port = htons((uint16_t)atoi(port));
    tell(name, connect(fd, (const struct sockaddr *)(const void *)&a, sizeof(a)));
    close(fd);
}

static void try_socket(const char *name, int family, int type)
{
    int fd = socket(family, type, 0);

    tell(name, fd < 0);
    if (fd >= 0)
        close(fd);
}

static void *in_a_thread(void *unused)
{
    try_socket("packet_socket_in_a_thread", AF_PACKET, SOCK_RAW);
    try_open("passwd_in_a_thread", "/etc/passwd", O_RDONLY);
    return unused;
}

static void try_all(void)
{
    static char *const words[] = {(char *)(uintptr_t)"/bin/true", NULL};
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *code;
    iconv_t cd = iconv_open("UTF-8", "ISO-2022-KR");
    pthread_t thread;
    long pid;

    try_open("passwd", "/etc/passwd", O_RDONLY);
    try_open("suffix_list", getenv("LOCK_PROBE_LIST"), O_RDONLY);
    try_open("make_file_in_tmp", "/tmp/mxtap-lock-probe", O_WRONLY | O_CREAT);
    try_open("make_file_beside_json", getenv("LOCK_PROBE_FILE"), O_WRONLY | O_CREAT);
    try_connect("redis_port", getenv("LOCK_PROBE_REDIS"));
    try_connect("other_port", getenv("LOCK_PROBE_OTHER"));
    try_socket("packet_socket", AF_PACKET, SOCK_RAW);
    try_socket("netlink_socket", AF_NETLINK, SOCK_RAW);
    try_socket("udp_socket", AF_INET, SOCK_DGRAM);
    tell("ptrace", (int)ptrace(PTRACE_TRACEME, 0, NULL, NULL));
    code = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    tell("map_executable", code == MAP_FAILED);
    tell("make_executable", mprotect(page, 4096, PROT_READ | PROT_EXEC));
    tell("setuid", setuid(0) && seteuid(0));
    tell("converter", cd == (iconv_t)-1);
    pid = syscall(SYS_fork);
    if (pid == 0)
        _exit(0);
    tell("fork", pid < 0);
    if (pthread_create(&thread, NULL, in_a_thread, NULL) == 0)
        pthread_join(thread, NULL);
    tell("exec", execv(words[0], words));
    tell("end", 0);
}

/* Everything here is more than a handler may do; the sensor is asleep in poll when it comes. */
static void on_ask(int number)
{
    (void)number;
    try_all();
}

__attribute__((constructor)) static void begin(void)
{
    const char *fd = getenv("LOCK_PROBE_FD");

    if (!fd)
        return;
    out = atoi(fd);
    signal(SIGUSR2, on_ask);
}
