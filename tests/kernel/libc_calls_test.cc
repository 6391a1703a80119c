// What an upgrade of the libc brings: the stories that everybody met.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "base/text.h"
#include "kernel/errno.h"
#include "kernel/libc_calls.h"

namespace medic::kernel {
namespace {

std::string upgrade(std::string_view older, std::string_view newer) {
  std::string out;
  for (const LibcCall* row : new_calls(*parse_libc(older), *parse_libc(newer)))
    out += std::string(row->call) + " ";
  return out;
}

const LibcCall* find(std::string_view release, std::string_view call) {
  for (const LibcCall* row : calls_of(*parse_libc(release))) {
    if (row->call == call) return row;
  }
  return nullptr;
}

}  // namespace

TEST_CASE("glibc 2.33 to 2.34 brought clone3, which bears ENOSYS and not EPERM") {
  CHECK(upgrade("glibc@2.33", "glibc@2.34") == "clone3 close_range execveat ");
  const LibcCall* clone3 = find("glibc@2.36", "clone3");
  REQUIRE(clone3 != nullptr);
  CHECK(clone3->bears(kENOSYS));
  CHECK_FALSE(clone3->bears(kEPERM));
  CHECK(clone3->before == "clone");
  CHECK(find("glibc@2.33", "clone3") == nullptr);
}

TEST_CASE("other classics") {
  CHECK(upgrade("musl@1.2.4", "musl@1.2.5").find("fchmodat2") != std::string::npos);
  CHECK(upgrade("musl@1.2.1", "musl@1.2.2") == "faccessat2 ");
  CHECK(upgrade("glibc@2.30", "glibc@2.31").find("clock_nanosleep") != std::string::npos);
  CHECK(find("glibc@2.35", "rseq")->bears(kEPERM));
  CHECK(upgrade("glibc@2.41", "glibc@2.41").empty());
  CHECK(new_calls(*parse_libc("glibc@2.30"), *parse_libc("musl@1.2.5")).empty());
}

TEST_CASE("a row that a later release takes back holds between the two") {
  CHECK(find("glibc@2.32", "newfstatat") == nullptr);
  REQUIRE(find("glibc@2.38", "newfstatat") != nullptr);
  CHECK(find("glibc@2.38", "fstat") == nullptr);
  REQUIRE(find("glibc@2.39", "fstat") != nullptr);
  CHECK(upgrade("glibc@2.38", "glibc@2.39") == "fchmodat2 fstat map_shadow_stack ");
  const LibcRelease release = *parse_libc("glibc@2.38.1");
  const auto rows = all_libc_calls();
  CHECK(std::any_of(rows.begin(), rows.end(), [&](const LibcCall& row) {
    return row.until && row.call == "newfstatat" && row.made_by(release);
  }));
}

TEST_CASE("what shows in a trace that a call will be made") {
  const LibcCall* clone3 = find("glibc@2.34", "clone3");
  REQUIRE(clone3 != nullptr);
  REQUIRE(clone3->shows.size() == 1);
  CHECK(clone3->shows[0].call == "clone");
  Args args;
  args.set(0, 0x1200011);  // fork's
  CHECK(holds(clone3->shows[0].test, args) == Holds::No);
  args.set(0, 0x3D0F00);  // pthread_create's
  CHECK(holds(clone3->shows[0].test, args) == Holds::Yes);
  REQUIRE(find("glibc@2.35", "rseq") != nullptr);
  CHECK(find("glibc@2.35", "rseq")->shows.front().call.empty());
}

TEST_CASE("what names a libc, and what does not") {
  CHECK(parse_libc("musl@1.2.5").has_value());
  CHECK_FALSE(parse_libc("glibc").has_value());
  CHECK_FALSE(parse_libc("bionic@1.2").has_value());
  CHECK_FALSE(parse_libc("glibc@two").has_value());
}

TEST_CASE("every row names real calls, errnos and a source") {
  for (const LibcCall& row : all_libc_calls()) {
    INFO(std::string(row.call));
    CHECK(find_name(row.call) != kNoName);
    CHECK(!row.source.empty());
    CHECK(!row.function.empty());
    if (!row.before.empty())
      for (const std::string_view call : split(row.before, '|'))
        CHECK_MESSAGE(find_name(call) != kNoName, std::string(call));
    for (const LibcSign& sign : row.shows)
      CHECK_MESSAGE((sign.call.empty() || find_name(sign.call) != kNoName), std::string(sign.call));
    if (!row.falls_back.empty() && row.falls_back != "*")
      for (const std::string_view error : split(row.falls_back, '|'))
        CHECK(errno_number(error).has_value());
  }
  CHECK(all_libc_calls().size() > 35);
}

}  // namespace medic::kernel
