// Logs that grow and are rotated while nobody looks: which file is which, and reading on where
// reading stopped.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "io/reader.h"

namespace medic::io {

struct FileStatus {
  std::uint64_t inode = 0;
  std::uint64_t size = 0;
  bool changed_lately = false;  // within the last two seconds, by the machine's clock: somebody may
                                // be in the middle of writing an event
};
// Nothing where there is no regular file.
std::optional<FileStatus> file_status(const std::string& path);

// The files of path's folder that are rotations of the same log, oldest first, path itself last
// among them or where it belongs.
std::vector<std::string> rotations_of(const std::string& path);

// The first bytes of the file's text, decompressed, at most `most`; nothing when it cannot be read.
std::optional<std::string> front_of(const std::string& path, std::size_t most);

// What part of an input is read.
struct Window {
  std::uint64_t begin = 0;  // bytes before it are skipped; stands at a line's beginning
  bool grows = false;       // the last line is left out unless it is whole
  bool last_event_is_open =
      false;  // with grows: so are the records that end the text and belong to one audit event
};
// Blocks keep their offsets in the whole.
std::unique_ptr<Reader> window_on(std::unique_ptr<Reader> reader, const Window& window);

// The text as one zstd frame.
std::string compressed(std::string_view text);

}  // namespace medic::io
