#include "cli/growing_logs.h"

#include <algorithm>

#include "io/growing.h"
#include "io/reader.h"

namespace medic::cli {

Result<void> GrowingLogs::begin(ReadOptions& read) {
  if (!args_.checkpoint.has_value()) return {};
  if (std::find(read.inputs.begin(), read.inputs.end(), "-") != read.inputs.end())
    return usage_failure<void>("--checkpoint cannot go on in standard input",
                               "name a file or a directory");
  const std::string path = args_.checkpoint.value_or("");
  if (io::file_status(path)) {
    constexpr std::size_t kLargest = std::size_t{16} << 20;
    auto text = io::read_file(path, kLargest);
    if (!text) return fail(std::move(text.error()));
    auto parsed = parse_checkpoint(*text, path);
    if (!parsed) return fail(std::move(parsed.error()));
    former_ = std::move(*parsed);
  }
  read.checkpoint = &former_;
  return {};
}

int GrowingLogs::finish(const Checkpoint& reached) {
  if (!args_.checkpoint.has_value()) return kDone;
  // Files that were done before and not looked at now are still there: they are not to be read
  // again either.
  Checkpoint all = reached;
  for (const Place& old : former_.places) {
    const bool known =
        std::any_of(reached.places.begin(), reached.places.end(), [&](const Place& now) {
          return now.front_hash == old.front_hash ||
                 (now.inode == old.inode && now.offset >= old.offset);
        });
    constexpr std::size_t kMost = 1000;
    if (!known && all.places.size() < kMost) all.places.push_back(old);
  }
  const auto written = io::write_atomically(args_.checkpoint.value_or(""), to_json(all), "");
  return written ? kDone : refuse(written.error());
}

}  // namespace medic::cli
