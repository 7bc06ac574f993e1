/* backup/archive_part.h -- what writing and reading an archive share; for those two alone. */
#pragma once

#include "backup/archive.h"
#include "base/crypto.h"
#include "base/zip.h"

enum {
    PIECE_LENGTH_BYTES = 4,
    PIECE_ROOM_BYTES = PIECE_LENGTH_BYTES + ARCHIVE_PIECE_BYTES + PIECE_OVERHEAD_BYTES,
    SEALED_KEY_BYTES = SEAL_KEY_BYTES + PAIR_OVERHEAD_BYTES,
    TRAIL_BYTES = 8, /* length of the body */
};
