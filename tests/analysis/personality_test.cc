// strace says once that a process runs in 32 bit mode; all its later calls are of that
// architecture, however long the trace is.
#include <doctest/doctest.h>

#include <cstdio>
#include <fstream>

#include "analysis.h"

using namespace medic;

TEST_CASE("A 32 bit process's calls are its architecture's to the end of a long trace") {
  const std::string path = "/tmp/medic-personality.strace";
  {
    std::ofstream out(path);
    out << "70  execve(\"/bin/a\", [\"a\"], 0x7ffe /* 1 var */) = 0\n";
    out << "strace: [ Process PID=70 runs in 32 bit mode. ]\n[ Process PID=70 runs in 32 bit mode. "
           "]\n";
    for (int i = 0; i < 2000; ++i)
      out << "70  mkdir(\"/srv\", 0777) = -1 EPERM (Operation not permitted)\n";
    out << "70  fork() = 71\n";
    for (int i = 0; i < 2000; ++i)
      out << "71  rmdir(\"/srv\") = -1 EPERM (Operation not permitted)\n";
  }
  for (const std::size_t block : {std::size_t{1} << 20, std::size_t{4000}, std::size_t{500}}) {
    Request request;
    request.read.inputs = {path};
    request.read.threads = 2;
    request.read.block_bytes = block;
    const auto analysis = walk(request);
    REQUIRE(analysis);
    std::uint64_t calls = 0;
    for (const ledger::Observation& each : (*analysis)->read->ledger.observations()) {
      if (each.key().outcome.kind != model::Outcome::Kind::Failed) continue;
      CAPTURE(block);
      CHECK(each.key().syscall.arch == kernel::Arch::X86);
      calls += each.count();
    }
    CHECK(calls == 4000);
  }
  std::remove(path.c_str());
}
