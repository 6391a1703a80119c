// Runs the cases, and lets none be green that tested nothing: a case without an assertion fails, a
// run without a case fails, and a run in which a case had to be skipped ends with 77.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <iostream>

#include "support/skip.h"

namespace {

bool skipped = false, skipped_now = false, is_empty = false;

struct Watch : doctest::IReporter {
  explicit Watch(const doctest::ContextOptions&) {}
  void test_case_start(const doctest::TestCaseData& data) override {
    name_ = data.m_name;
    skipped_now = false;
  }
  void test_case_end(const doctest::CurrentTestCaseStats& stats) override {
    if (stats.numAssertsCurrentTest != 0 || skipped_now) return;
    std::cout << "ERROR: \"" << name_ << "\" asserts nothing\n";
    is_empty = true;
  }
  void test_run_end(const doctest::TestRunStats& stats) override {
    if (stats.numTestCasesPassingFilters != 0) return;
    std::cout << "ERROR: no case was run\n";
    is_empty = true;
  }
  void report_query(const doctest::QueryData&) override {}
  void test_run_start() override {}
  void test_case_reenter(const doctest::TestCaseData&) override {}
  void test_case_exception(const doctest::TestCaseException&) override {}
  void subcase_start(const doctest::SubcaseSignature&) override {}
  void subcase_end() override {}
  void log_assert(const doctest::AssertData&) override {}
  void log_message(const doctest::MessageData&) override {}
  void test_case_skipped(const doctest::TestCaseData&) override {}

 private:
  const char* name_ = "";
};
REGISTER_LISTENER("watch", 1, Watch);

}  // namespace

namespace medic::support {

void skip(const std::string& what_is_missing) {
  std::cout << "SKIPPED: " << what_is_missing << '\n';
  skipped = skipped_now = true;
}

}  // namespace medic::support

int main(int argc, char** argv) {
  constexpr int kSkipped = 77;
  doctest::Context context(argc, argv);
  const int failed = context.run();
  if (context.shouldExit()) return failed;
  if (failed != 0 || is_empty) return failed != 0 ? failed : 1;
  return skipped ? kSkipped : 0;
}
