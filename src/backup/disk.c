#include "backup/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

static str folder_of(str path)
{
    for (ptrdiff_t i = path.len - 1; i >= 0; i--)
        if (path.ptr[i] == '/') return str_slice(path, 0, i == 0 ? 1 : i);
    return S(".");
}

int64_t disk_free_bytes(arena scratch, str path)
{
    struct statvfs st;
    if (statvfs(str_cstr(&scratch, folder_of(path)), &st) != 0) return -1;
    uint64_t blocks = st.f_bavail, size = st.f_frsize;
    if (size != 0 && blocks > (uint64_t)INT64_MAX / size) return INT64_MAX;
    return (int64_t)(blocks * size);
}

int disk_folder_error(arena scratch, str path)
{
    return access(str_cstr(&scratch, folder_of(path)), W_OK | X_OK) == 0 ? 0 : errno;
}

bool disk_taken(arena scratch, str path)
{
    struct stat st;
    return lstat(str_cstr(&scratch, path), &st) == 0;
}

int disk_create(arena scratch, str path)
{
    int fd = open(str_cstr(&scratch, path), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
                  S_IRUSR | S_IWUSR);
    if (fd >= 0 && fchmod(fd, S_IRUSR | S_IWUSR) != 0) {
        int error = errno;
        close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

int disk_write(int fd, const void *bytes, ptrdiff_t len)
{
    const char *at = bytes;
    while (len > 0) {
        ssize_t n = write(fd, at, (size_t)len);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return errno;
        at += n;
        len -= n;
    }
    return 0;
}

int disk_sync_folder(arena scratch, str path)
{
    int fd = open(str_cstr(&scratch, folder_of(path)), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return errno;
    int error = fsync(fd) == 0 ? 0 : errno;
    close(fd);
    return error;
}

int disk_publish(arena scratch, str from, str to)
{
    const char *old = str_cstr(&scratch, from), *name = str_cstr(&scratch, to);
    if (renameat2(AT_FDCWD, old, AT_FDCWD, name, RENAME_NOREPLACE) == 0)
        return disk_sync_folder(scratch, to);
    if (errno != EINVAL && errno != ENOSYS) return errno;
    /* A file system that does not know "no replace": a second name for the file does the same. */
    if (link(old, name) != 0) return errno;
    if (unlink(old) != 0) return errno;
    return disk_sync_folder(scratch, to);
}

int disk_lock(arena scratch, str path)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int fd = open(str_cstr(&scratch, path), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
                  S_IRUSR | S_IWUSR);
    if (fd < 0 || fcntl(fd, F_OFD_SETLK, &whole) == 0) return fd;
    int error = errno == EACCES ? EAGAIN : errno;
    close(fd);
    errno = error;
    return -1;
}

bool disk_locked(arena scratch, str path)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int fd = open(str_cstr(&scratch, path), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0) return false;
    bool held = fcntl(fd, F_OFD_GETLK, &whole) == 0 && whole.l_type != F_UNLCK;
    close(fd);
    return held;
}

str disk_reason(arena *a, int error)
{
    char text[128];
    return str_dup(a, str_of(strerror_r(error, text, sizeof text)));
}

str disk_size_text(arena *a, int64_t bytes)
{
    static const char *const units[] = {"B", "KB", "MB", "GB", "TB"};
    int unit = 0;
    int64_t tenths = bytes * 10;
    if (bytes > INT64_MAX / 10) return S("more than can be said");
    while (tenths >= 10000 && unit < 4) {
        tenths = (tenths + 512) / 1024;
        unit++;
    }
    if (unit == 0) return str_printf(a, "%lld B", (long long)bytes);
    return str_printf(a, "%lld.%lld %s", (long long)(tenths / 10), (long long)(tenths % 10),
                      units[unit]);
}
