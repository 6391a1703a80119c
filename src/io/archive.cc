// The only code that includes libarchive, with its tar reader alone: what is compressed has been
// decompressed before, within our own limits.
#include "io/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace medic::io {

struct Archive::State {
  std::unique_ptr<ByteSource> source;
  std::string name;
  std::string buffer = std::string(std::size_t{1} << 16, '\0');
  std::optional<Problem> problem;  // of the source
  archive* handle = nullptr;
  bool ended = false;
  std::vector<Link> links;

  void keep_link(archive_entry* entry, const char* link_name) {
    const char* hard = archive_entry_hardlink(entry);
    const char* soft =
        archive_entry_filetype(entry) == AE_IFLNK ? archive_entry_symlink(entry) : nullptr;
    if (link_name == nullptr || (hard == nullptr && soft == nullptr) || links.size() >= kMaxLinks)
      return;
    links.push_back({link_name, hard != nullptr ? hard : soft, hard != nullptr});
  }

  Problem damage() {
    ended = true;
    if (problem) return *problem;
    return source_problem(name, "the tar archive is damaged or cut off",
                          "what came before was read; fetch the file again");
  }
};

namespace {

la_ssize_t give(archive*, void* data, const void** buffer) {
  auto& state = *static_cast<Archive::State*>(data);
  auto got = state.source->read(state.buffer.data(), state.buffer.size());
  if (!got) {
    state.problem = std::move(got.error());
    return -1;
  }
  *buffer = state.buffer.data();
  return static_cast<la_ssize_t>(*got);
}

// A hole in a sparse member is left out: a few bytes can name one of exabytes.
class MemberSource : public ByteSource {
 public:
  explicit MemberSource(Archive::State& state) : state_(state) {}
  Result<std::size_t> read(char* to, std::size_t size) override {
    while (left_ == 0 && !ended_) {
      const void* block = nullptr;
      la_int64_t offset = 0;
      const int given = archive_read_data_block(state_.handle, &block, &left_, &offset);
      from_ = static_cast<const char*>(block);
      if (given == ARCHIVE_OK || given == ARCHIVE_WARN) continue;
      ended_ = true;
      left_ = 0;
      if (given != ARCHIVE_EOF) return fail(state_.damage());
    }
    const std::size_t step = std::min(size, left_);
    if (step != 0) std::memcpy(to, from_, step);
    from_ += step;
    left_ -= step;
    return step;
  }

 private:
  Archive::State& state_;
  const char* from_ = nullptr;
  std::size_t left_ = 0;
  bool ended_ = false;
};

}  // namespace

bool is_tar(std::string_view front) {
  return front.size() >= 512 && front.substr(257, 5) == "ustar";
}

Archive::Archive(std::unique_ptr<ByteSource> source, std::string name)
    : state_(std::make_unique<State>()) {
  state_->source = std::move(source);
  state_->name = std::move(name);
  state_->handle = archive_read_new();
  archive_read_support_format_tar(state_->handle);
  state_->ended =
      archive_read_open(state_->handle, state_.get(), nullptr, give, nullptr) != ARCHIVE_OK;
}

Archive::~Archive() { archive_read_free(state_->handle); }

const std::vector<Archive::Link>& Archive::links() const { return state_->links; }

Result<std::optional<Archive::Member>> Archive::next() {
  while (!state_->ended) {
    archive_entry* entry = nullptr;
    const int given = archive_read_next_header(state_->handle, &entry);
    if (given == ARCHIVE_EOF) break;
    if (given != ARCHIVE_OK && given != ARCHIVE_WARN) return fail(state_->damage());
    const char* name = archive_entry_pathname(entry);
    if (name == nullptr) name = archive_entry_pathname_utf8(entry);
    const bool regular =
        archive_entry_filetype(entry) == AE_IFREG && archive_entry_hardlink(entry) == nullptr;
    if (!regular) state_->keep_link(entry, name);
    if (!regular || archive_entry_size(entry) == 0) continue;
    return Member{name != nullptr ? name : "?", std::make_unique<MemberSource>(*state_)};
  }
  state_->ended = true;
  return std::optional<Member>();
}

}  // namespace medic::io
