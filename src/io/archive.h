// The members of a tar archive as sources, one after another in the archive's order, so that a pipe
// can be read too.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "io/source.h"

namespace medic::io {

// Do the first 512 bytes begin a tar archive? Those of before POSIX 1988 have no magic and are not
// known.
bool is_tar(std::string_view front);

class Archive {
 public:
  struct State;  // the implementation's own
  struct Member {
    std::string name;                    // as the archive has it
    std::unique_ptr<ByteSource> source;  // valid until the next call of next()
  };
  // source: the archive's bytes, decompressed. name: for problems.
  Archive(std::unique_ptr<ByteSource> source, std::string name);
  ~Archive();
  Archive(const Archive&) = delete;
  Archive& operator=(const Archive&) = delete;

  // The next regular file that holds something; nothing at the end. A Problem ends it: what came
  // before stays valid.
  Result<std::optional<Member>> next();

  // Links of the members passed so far: name and what it points to, both as the archive has them.
  // The first kMaxLinks.
  struct Link {
    std::string name, target;
    bool hard = false;  // target is another member's name
  };
  static constexpr std::size_t kMaxLinks = 500'000;
  const std::vector<Link>& links() const;

 private:
  std::unique_ptr<State> state_;
};

}  // namespace medic::io
