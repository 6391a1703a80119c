// Where the last run over growing logs stopped, so that the next one goes on there: kept as a small
// JSON file, across rotation.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "io/growing.h"

namespace medic {

// One file, known by its content: what it is called and which inode it has changes with rotation.
struct Place {
  std::string path;  // when it was read
  std::uint64_t inode = 0;
  std::uint64_t offset = 0;  // all before it is done
  std::uint64_t lines = 0;   // so many of them
  std::uint64_t front_bytes = 0;
  std::string front_hash;  // of the first front_bytes bytes
};

struct Checkpoint {
  std::vector<Place> places;
};

// A file that is to be read from some place on.
struct Resumption {
  std::string path;
  io::Window window;
  std::uint64_t lines_before = 0;
  std::uint64_t inode = 0;
};

// file: for Problems only.
Result<Checkpoint> parse_checkpoint(std::string_view json, const std::string& file);
std::string to_json(const Checkpoint& checkpoint);

// Which files the arguments stand for now, oldest first, and where each is to be read on. A named
// file brings those of its rotations that are newer than where the last run stopped. Notes say when
// that place is gone.
std::vector<Resumption> resume(const std::vector<std::string>& arguments,
                               const Checkpoint& checkpoint, Problems& notes);

// The place behind what was read of the file. Nothing when that is not a byte: it cannot be known
// from other files then.
std::optional<Place> place_after(const Resumption& file, std::uint64_t bytes_read,
                                 std::uint64_t lines_read);

// What says a log from others, however often it is rotated: for the identity of a digest's part.
std::string source_of(const std::string& path);

}  // namespace medic
