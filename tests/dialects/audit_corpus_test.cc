// Recordings that other people made, in forms other than auditd's and the kernel's, where the
// corpus is at hand.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "audit/reading.h"
#include "parsers/audit/journal_dialect.h"
#include "parsers/audit/json_dialects.h"
#include "parsers/audit/logcat_dialect.h"
#include "parsers/audit/wrapped_dialect.h"
#include "support/skip.h"

using namespace medic;
using namespace medic::parsers;

TEST_CASE("foreign recordings of the corpus" * doctest::test_suite("optional")) {
  const auto corpus = std::filesystem::path(MEDIC_SOURCE_DIR) / "../shared/corpus";
  if (!std::filesystem::exists(corpus)) {
    medic::support::skip("no corpus at ../shared/corpus");
    return;
  }
  struct Row {
    const Dialect& dialect;
    std::string_view file, events;
  };
  const Row rows[] = {
      {journal_json_dialect(), "1_seccomp_records/journalctl-o-json-seccomp-testfixture.json",
       "12337 (strace) x86_64:ptrace[] -> denied log"},
      // "System call 0", and 89 in the register.
      {logcat_dialect(), "1_seccomp_records/android-logcat-x86_64-call0-readlink.log",
       "4426 (app_process64) x86_64:readlink[?,?,4096] -> denied trap sig=31"},
      {wrapped_dialect(), "1_seccomp_records/dri-devel-snapd-desktop-wrapped.log",
       "2408 (snapd-desktop-i) x86_64:sched_setaffinity[] -> denied errno"},
      {wrapped_dialect(), "2_audit_testdata/moby-47749-signal-runc-peer-wrapped.log",
       "9289 (runc) apparmor denied op=signal perm=receive subj=docker-default tcontext=runc"},
  };
  for (const Row& row : rows) {
    std::ifstream in(corpus / row.file, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    CAPTURE(row.file);
    CHECK(testing::read(row.dialect, text.str()).text() == row.events);
    CHECK(testing::read_in_chunks(row.dialect, text.str(), 1).text() == row.events);
  }
}

TEST_CASE("a record as laurel writes it" * doctest::test_suite("optional")) {
  const auto folder = std::filesystem::path(MEDIC_SOURCE_DIR) / "../shared/corpus/2_audit_testdata";
  if (!std::filesystem::exists(folder)) {
    medic::support::skip("no corpus at ../shared/corpus");
    return;
  }
  std::ifstream in(folder / "laurel-record-nscd.json");
  std::ostringstream text;
  text << in.rdbuf();
  CHECK(testing::read(laurel_dialect(), text.str()).text() ==
        "3736674 (ls) x86_64:connect[4,0x7ffeabb1aa00,110,0] -> ENOENT ppid=1064378");
}
