// Parameters, companions and the runtimes' own calls: every name exists, and what people rely on is
// as they expect it.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "base/text.h"
#include "kernel/companions.h"
#include "kernel/params.h"
#include "kernel/runtime_calls.h"

using namespace medic;
using namespace medic::kernel;

namespace {

// "3 p:1 i:0,2"
std::string params(std::string_view name, Arch arch) {
  const Params found = params_of(find_name(name), arch);
  if (!found.known) return "unknown";
  std::string out = std::to_string(found.count);
  for (const auto& [letter, mask] :
       {std::pair{'p', found.pointer_mask}, std::pair{'i', found.int32_mask}}) {
    for (unsigned i = 0; i < 8; ++i) {
      if ((mask >> i & 1) != 0) out += std::string(" ") + letter + std::to_string(i);
    }
  }
  return out;
}

std::string companions(std::string_view name, Companionship kind = Companionship::Instead) {
  std::string out;
  for (const NameId id : companions_of(find_name(name), kind))
    out += (out.empty() ? "" : " ") + std::string(name_of(id));
  return out;
}

}  // namespace

TEST_CASE("Parameters by architecture") {
  CHECK(params("socket", Arch::X86_64) == "3 i0 i1 i2");
  CHECK(params("socket", Arch::X86) == "3");
  CHECK(params("openat", Arch::Aarch64) == "4 p1 i0 i2 i3");
  CHECK(params("getpid", Arch::X86_64) == "0");
  CHECK(params("mount", Arch::X86_64) == "5 p0 p1 p2 p4");
  CHECK(params("clone", Arch::X86_64) == "5 p2 i0");
  CHECK(params("clone", Arch::S390x) == "5 p2 i1");
  CHECK(params("mmap", Arch::X86_64) == "6");
  CHECK(params("mmap", Arch::S390x) == "1 p0");
  CHECK(params("pread64", Arch::X86_64) == "4 p1 i0");
  CHECK(params("pread64", Arch::Arm) == "unknown");
  CHECK(params("tuxcall", Arch::X86_64) == "unknown");
  CHECK_FALSE(params_of(kNoName, Arch::X86_64).known);
}

TEST_CASE("The parameter table is sorted, names real calls, and says nothing impossible") {
  std::string_view last;
  std::size_t rows = 0;
  const auto row = [&](std::string_view name, std::string_view letters) {
    CAPTURE(name);
    CHECK(last < name);
    last = name;
    CHECK(find_name(name) != kNoName);
    CHECK(letters.size() <= 6);
    CHECK(letters.find_first_not_of("pil") == std::string_view::npos);
    ++rows;
  };
#define PARAMS(name, letters) row(name, letters);
#include "kernel/params.inc"
#undef PARAMS
  CHECK(rows > 430);
}

TEST_CASE("Companions are what another libc or architecture calls") {
  CHECK(companions("openat") == "creat open openat2");
  CHECK(companions("mkdir") == "mkdirat");
  CHECK(companions("clone") == "clone3 fork vfork");
  CHECK(companions("unlinkat") == "rmdir unlink");
  CHECK(companions("futex", Companionship::Beside) ==
        "futex_requeue futex_wait futex_waitv futex_wake");
  CHECK(companions("socketcall").empty());
  CHECK(companions("getrandom").empty());
  CHECK(companions_of(kNoName).empty());
}

TEST_CASE("Every companion is a real call") {
#define COMPANIONS(kind, names)                         \
  for (const std::string_view name : split(names, ' ')) \
    CHECK_MESSAGE(find_name(name) != kNoName, name);
#include "kernel/companions.inc"
#undef COMPANIONS
}

TEST_CASE("The runtimes' own calls are real, and fewer where the filter comes last") {
  for (const OciRuntime runtime : {OciRuntime::Runc, OciRuntime::Crun}) {
    for (const NoNewPrivs nnp : {NoNewPrivs::Set, NoNewPrivs::Unset}) {
      const RuntimeCalls& calls = runtime_calls(runtime, nnp);
      for (const auto list : {calls.must, calls.tolerated, calls.sometimes}) {
        for (const std::string_view name : list) CHECK_MESSAGE(find_name(name) != kNoName, name);
      }
      CHECK(std::find(calls.must.begin(), calls.must.end(), "execve") != calls.must.end());
    }
    CHECK(runtime_calls(runtime, NoNewPrivs::Set).must.size() <
          runtime_calls(runtime, NoNewPrivs::Unset).must.size());
  }
}
