/* SPDX-License-Identifier: Apache-2.0 */
/* seccomp_filter: the list, by what each call is for, and the rules for those whose arguments decide. */
#define _GNU_SOURCE
#include "sensor/intake/seccomp_filter.h"

#include <errno.h>
#include <linux/sched.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "sensor/language.h"

static const int allowed[] = {
    /* bytes in and out of what is open */
    SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(pread64), SCMP_SYS(preadv), SCMP_SYS(write), SCMP_SYS(writev),
    SCMP_SYS(pwrite64), SCMP_SYS(pwritev), SCMP_SYS(lseek), SCMP_SYS(close), SCMP_SYS(fcntl), SCMP_SYS(dup), SCMP_SYS(dup2),
    SCMP_SYS(dup3), SCMP_SYS(flock), SCMP_SYS(fsync), SCMP_SYS(fdatasync), SCMP_SYS(sync_file_range), SCMP_SYS(ftruncate),
    SCMP_SYS(fallocate), SCMP_SYS(fadvise64),
    /* files: which ones, Landlock says */
    SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(stat),
    SCMP_SYS(lstat), SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(statx), SCMP_SYS(statfs), SCMP_SYS(fstatfs),
    SCMP_SYS(getdents64), SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(rename), SCMP_SYS(renameat), SCMP_SYS(renameat2),
    SCMP_SYS(unlink), SCMP_SYS(unlinkat), SCMP_SYS(mkdir), SCMP_SYS(mkdirat), SCMP_SYS(fchmod), SCMP_SYS(umask),
    SCMP_SYS(getcwd),
    /* memory; what may be executed is ruled below */
    SCMP_SYS(brk), SCMP_SYS(memfd_create) /* copies of databases; nothing can run them */, SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(mincore), SCMP_SYS(msync),
    /* waiting, time, signals to itself */
    SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(select), SCMP_SYS(pselect6), SCMP_SYS(epoll_create1), SCMP_SYS(epoll_ctl),
    SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait), SCMP_SYS(eventfd2), SCMP_SYS(pipe2), SCMP_SYS(futex), SCMP_SYS(sched_yield),
    SCMP_SYS(nanosleep), SCMP_SYS(clock_nanosleep), SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres), SCMP_SYS(gettimeofday),
    SCMP_SYS(time), SCMP_SYS(alarm), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
    SCMP_SYS(rt_sigpending), SCMP_SYS(sigaltstack), SCMP_SYS(restart_syscall),
    /* sockets that are open, and Redis again; which ones are made is ruled below */
    SCMP_SYS(connect), SCMP_SYS(getsockopt), SCMP_SYS(setsockopt), SCMP_SYS(getsockname), SCMP_SYS(getpeername),
    SCMP_SYS(sendto), SCMP_SYS(recvfrom), SCMP_SYS(sendmsg), SCMP_SYS(recvmsg), SCMP_SYS(shutdown),
    /* who and where we are, and the end */
    SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(getgid), SCMP_SYS(getegid),
    SCMP_SYS(getrandom), SCMP_SYS(getrusage), SCMP_SYS(sysinfo), SCMP_SYS(uname), SCMP_SYS(getcpu), SCMP_SYS(sched_getaffinity),
    SCMP_SYS(set_robust_list), SCMP_SYS(rseq), SCMP_SYS(membarrier), SCMP_SYS(exit), SCMP_SYS(exit_group),
};

/* Requests of ioctl: what libpcap asks of an interface, and what a terminal is asked. */
static const unsigned long requests[] = {
    0x5401 /* TCGETS */, TIOCGWINSZ, FIONREAD, FIONBIO, 0x8913 /* SIOCGIFFLAGS */, 0x8921 /* SIOCGIFMTU */,
};

/* One argument of a call, by its number: equal to value, or equal to it under mask. */
static struct scmp_arg_cmp equal(unsigned argument, scmp_datum_t value)
{
    return (struct scmp_arg_cmp){argument, SCMP_CMP_EQ, value, 0};
}

static struct scmp_arg_cmp masked(unsigned argument, scmp_datum_t mask, scmp_datum_t value)
{
    return (struct scmp_arg_cmp){argument, SCMP_CMP_MASKED_EQ, mask, value};
}

static bool add_all(scmp_filter_ctx f)
{
    for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++) {
        int e = seccomp_rule_add(f, SCMP_ACT_ALLOW, allowed[i], 0);

        if (e && e != -EDOM) /* not a call of this architecture */
            return false;
    }
    return true;
}

/* Nothing becomes executable: code that a stranger wrote into memory stays data. */
static bool add_memory(scmp_filter_ctx f)
{
    return !seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, masked(2, PROT_EXEC, 0)) &&
           !seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, masked(2, PROT_EXEC, 0));
}

/* To Redis, and no look at the wire besides the sockets that are open. */
static bool add_sockets(scmp_filter_ctx f)
{
    static const int families[] = {AF_UNIX, AF_INET, AF_INET6};

    for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
        if (seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(socket), 2, equal(0, (scmp_datum_t)families[i]),
                             masked(1, 0xf, SOCK_STREAM)))
            return false;
    return true;
}

/* Threads, not processes. clone3's flags lie in memory that a filter cannot read: libc falls back to clone. */
static bool add_threads(scmp_filter_ctx f)
{
    const scmp_datum_t thread = CLONE_VM | CLONE_THREAD;

    return !seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1, masked(0, thread, thread)) &&
           !seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
}

static bool add_requests(scmp_filter_ctx f)
{
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
        if (seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1, equal(1, requests[i])))
            return false;
    /* A thread's name; and abort(), which signals its own thread group only. */
    return !seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(prctl), 1, equal(0, PR_SET_NAME)) &&
           !seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 1, equal(2, 0));
}

/* At that socket, which listens since before the lock, and at no other: nothing else could be bound or listen. */
static bool add_door(scmp_filter_ctx f, int door)
{
    return door < 0 || !seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(accept4), 1, equal(0, (scmp_datum_t)door));
}

bool seccomp_filter_enforce(int door, char err[256])
{
    scmp_filter_ctx f = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    int e = -ENOMEM;
    bool ok = f && add_all(f) && add_memory(f) && add_sockets(f) && add_threads(f) && add_requests(f) && add_door(f, door);

    if (ok)
        ok = (e = seccomp_attr_set(f, SCMP_FLTATR_CTL_TSYNC, 1)) == 0 && (e = seccomp_load(f)) == 0;
    if (!ok)
        snprintf(err, 256, _("the system call filter (seccomp) was not taken: %s"), strerror(-e));
    seccomp_release(f);
    return ok;
}
