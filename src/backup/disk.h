/* backup/disk.h -- files that must be there after a power cut, and never in another's place.
 *
 * Every function takes absolute paths and a copy of an arena for scratch, and gives an errno or 0.
 * Sources: open(2), fsync(2), renameat2(2), fcntl(2) (locks of an open file description).
 */
#pragma once

#include "base/arena.h"
#include "base/str.h"

/* Bytes that we may still write beside `path`; -1 if the system does not say. */
int64_t disk_free_bytes(arena scratch, str path);
/* May we make files beside `path`? errno or 0. */
int disk_folder_error(arena scratch, str path);
/* Is anything at `path`? A dangling link is something. */
bool disk_taken(arena scratch, str path);
/* A new file of mode 0600 to write to, never through a link; fd, or -1 with errno set. */
int disk_create(arena scratch, str path);
/* All of it; errno or 0. */
int disk_write(int fd, const void *bytes, ptrdiff_t len);
/* Make names in the folder of `path` durable. */
int disk_sync_folder(arena scratch, str path);
/* Give the file `from` the name `to`, and make the name durable. EEXIST if that name is taken: it
 * never replaces. */
int disk_publish(arena scratch, str from, str to);
/* Open the lock file `path`, made if there is none, and hold it until the fd is closed, by whatever
 * end of the process. -1 with errno: EAGAIN if somebody else holds it. It stays lying there. */
int disk_lock(arena scratch, str path);
/* Does anybody hold it? Asked without taking it. */
bool disk_locked(arena scratch, str path);
/* What an errno says, in the arena. */
str disk_reason(arena *a, int error);
/* "1.4 GB", "312 KB": for sentences. */
str disk_size_text(arena *a, int64_t bytes);
