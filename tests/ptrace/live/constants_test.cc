// What strace's reader makes of names is what stood in the registers: constants.c makes thousands
// of calls with every constant that a filter may ask for, once under strace and once under the
// recorder, which writes the registers as they are.
#include <doctest/doctest.h>

#include <map>
#include <vector>

#include "parsers/strace/strace_dialect.h"
#include "ptrace/live/record.h"
#include "support/skip.h"

using namespace medic;
using namespace medic::test;

namespace {

struct Asked {
  std::string name;
  kernel::Args args;
};

struct AskedSink : parsers::ChunkSink {
  std::vector<Asked> calls;
  void event(const model::Event& event) override {
    const auto* call = std::get_if<model::Call>(&event.what);
    if (call != nullptr)
      calls.push_back({std::string(kernel::name_of(call->syscall.name)), call->args});
  }
  void used(std::uint64_t) override {}
  void foreign(std::uint64_t) override {}
  void damaged(std::uint64_t, std::string_view, std::string_view) override {}
};

std::vector<Asked> read_calls(const parsers::Dialect& dialect, const std::string& log) {
  AskedSink sink;
  parsers::Options options;
  options.arch = kernel::Arch::X86_64;
  parsers::Chunk chunk;
  chunk.text = log;
  chunk.last = true;
  dialect.make_reader(options)->read(chunk, sink);
  return sink.calls;
}

}  // namespace

TEST_CASE("strace's names are read as the values that they stand for" *
          doctest::test_suite("optional")) {
  if (!may_trace()) return;
  const std::string program = CONSTANTS;
  int status = 0;
  shell("strace -V && setarch -R true", status);
  if (program.empty() || status != 0) {
    medic::support::skip("no strace, no setarch, or not x86_64");
    return;
  }
  Folder folder;
  const std::string strace = folder.path() + "/s", capture = folder.path() + "/c";
  shell("setarch -R strace -o " + strace + " " + program, status);
  REQUIRE(status == 0);
  shell("setarch -R " RECORDER " -o " + capture + " " + program, status);
  REQUIRE(status == 0);
  const std::vector<Asked> named = read_calls(parsers::strace_dialect(), file_text(strace)),
                           raw = read_calls(parsers::capture_dialect(), file_text(capture));
  REQUIRE(named.size() == raw.size());
  std::size_t known = 0;
  std::map<std::string, std::size_t> wrong;
  for (std::size_t i = 1; i < named.size(); ++i) {  // the first is the tracer's own execve
    REQUIRE(named[i].name == raw[i].name);
    for (unsigned k = 0; k < kernel::kArgCount; ++k) {
      if (!named[i].args.has(k)) continue;
      ++known;
      // Whether a negative int filled the upper half of its register is not known by strace.
      const std::uint64_t difference = (named[i].args.value[k] ^ raw[i].args.value[k]) & 0xFFFFFFFF;
      if (difference != 0) ++wrong[named[i].name + " argument " + std::to_string(k)];
    }
  }
  for (const auto& [what, count] : wrong) FAIL_CHECK(what << " is wrong " << count << " times");
  CHECK(known > 19000);
}
