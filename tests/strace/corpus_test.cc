// Traces that others published, outside the repository: skipped aloud where they are absent.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "kernel/errno.h"
#include "strace/verbs.h"
#include "support/skip.h"

namespace {

using namespace medic;

const std::filesystem::path kCorpus =
    std::filesystem::path(MEDIC_SOURCE_DIR) / "../shared/corpus/3_strace";

class Statistics : public parsers::ChunkSink {
 public:
  void event(const model::Event& event) override {
    if (event.tid >= 0) tids.insert(event.tid);
    if (const auto* exit = std::get_if<model::Exit>(&event.what))
      exits[{exit->code, exit->signal}]++;
    const auto* call = std::get_if<model::Call>(&event.what);
    if (call == nullptr) return;
    names.insert(call->syscall.name);
    if (call->outcome.injected) ++injected;
    if (call->outcome.kind == model::Outcome::Kind::Denied)
      denied.push_back(model::to_debug(event));
    if (call->outcome.kind == model::Outcome::Kind::Failed) {
      failures[std::string(kernel::name_of(call->syscall.name)) + " " +
               kernel::errno_text(call->outcome.error)] += call->count;
    }
    counts[std::string(kernel::name_of(call->syscall.name))] += call->count;
  }
  void used(std::uint64_t lines) override { used_lines += lines; }
  void foreign(std::uint64_t lines) override { foreign_lines += lines; }
  void damaged(std::uint64_t, std::string_view, std::string_view) override { ++damaged_lines; }

  std::set<std::int64_t> tids;
  std::set<kernel::NameId> names;
  std::map<std::pair<int, int>, int> exits;
  std::map<std::string, std::uint64_t> failures, counts;
  std::vector<std::string> denied;
  std::uint64_t injected = 0, used_lines = 0, foreign_lines = 0, damaged_lines = 0, lines = 0;
};

Statistics statistics(const std::filesystem::path& file) {
  std::stringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  const std::string log = text.str();
  Statistics out;
  const parsers::Options options;
  parsers::Chunk chunk;
  chunk.text = log;
  chunk.last = true;
  const auto joiner = parsers::strace_dialect().make_joiner(options);
  const auto reader = parsers::strace_dialect().make_reader(options);
  joiner->join(reader->read(chunk, out), out);
  joiner->finish(out);
  for (const char c : log) out.lines += c == '\n';
  if (!log.empty() && log.back() != '\n') ++out.lines;
  return out;
}

bool absent() {
  if (std::filesystem::exists(kCorpus)) return false;
  medic::support::skip("no published traces at " + kCorpus.string());
  return true;
}

}  // namespace

TEST_CASE("Published traces are read to the last line" * doctest::test_suite("optional")) {
  if (absent()) return;
  std::size_t files = 0;
  std::uint64_t lines = 0, unread = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kCorpus)) {
    CAPTURE(entry.path().filename().string());
    const Statistics read = statistics(entry.path());
    CHECK(read.used_lines + read.foreign_lines + read.damaged_lines == read.lines);
    // Cut ends, shell prompts and program output: never more than a few lines.
    CHECK(read.damaged_lines <= 1);
    CHECK(read.foreign_lines <= 8);
    ++files;
    lines += read.lines;
    unread += read.foreign_lines + read.damaged_lines;
  }
  CHECK(files >= 39);
  MESSAGE(files, " files, ", lines, " lines, ", unread, " of them not strace's");
}

TEST_CASE("Published traces give the calls that their collectors counted" *
          doctest::test_suite("optional")) {
  if (absent()) return;
  struct Row {
    const char* file;
    std::size_t names;
  };
  // Distinct names counted by hand with a regular expression over each file.
  constexpr Row kRows[] = {{"antitree-ls.strace", 28},
                           {"morenbach-strace.txt", 23},
                           {"demurgos-git2-segfault.log", 47},
                           {"zookeeper-4311.out", 15},
                           {"survol-dockit_ps_ef.strace.log", 20},
                           {"survol-dockit_simple_perl_file_write.strace.5899.log", 15},
                           {"drewx2-android-tt.txt", 26},
                           {"pfpacket-syn-flood.txt", 33}};
  for (const Row& row : kRows) {
    CAPTURE(std::string(row.file));
    CHECK(statistics(kCorpus / row.file).names.size() == row.names);
  }
}

TEST_CASE("Published denials are reported for what they are" * doctest::test_suite("optional")) {
  if (absent()) return;
  const Statistics shellcode = statistics(kCorpus / "hello-seccomp-shellcode-sigsys.log");
  CHECK(shellcode.denied == std::vector<std::string>{"x86_64:socket[2,1,6] -> denied trap sig=31"});
  CHECK(shellcode.counts.at("socket") == 1);
  const Statistics trapped = statistics(kCorpus / "preparsed-lines-pid-tt-T-sigsys-errno.log");
  REQUIRE(trapped.denied.size() == 1);
  CHECK(trapped.denied.front() ==
        "22566 x86_64:access[] -> denied trap EIO sig=31 (suspected) by itself");
  CHECK(statistics(kCorpus / "injected-eperm-lines.log").injected == 3);
  CHECK(statistics(kCorpus / "moby-42680-clone3-eperm.log").failures.at("clone3 EPERM") == 1);
  CHECK(statistics(kCorpus / "sysbox-273-syscall_0x1b7.log").failures.size() == 1);
  const Statistics snap = statistics(kCorpus / "rpodcast-obs-studio-snap.txt");
  CHECK(snap.failures.at("epoll_ctl EPERM") == 22);
  CHECK(snap.failures.at("openat EACCES") == 2);
  CHECK(snap.denied.empty());
  CHECK(
      statistics(kCorpus / "libhybris-postmarketos-aarch64.txt").failures.at("membarrier ENOSYS") ==
      3);
  CHECK(statistics(kCorpus / "renlord-zoom-sandbox-summary.log").counts.at("gettid") == 7144759);
  CHECK(statistics(kCorpus / "renlord-zoom-sandbox-summary.log").failures.at("futex 0") == 87504);
}
